"""A body that comes too slowly, or has no room … (EC58)"""

from __future__ import annotations

import socket
import time

import pytest
from django.test import RequestFactory

from saleor_wechat_returns.domain.errors import Refusal
from saleor_wechat_returns.graphql.one_file import OneFile
from saleor_wechat_returns.graphql.slow_clients import ends_in_time


def test_ends_for_whoever_reads_it_and_can_still_be_answered() -> None:
    client, server = socket.socketpair()
    request = RequestFactory().post("/", **{"gunicorn.socket": server})  # type: ignore[arg-type]
    with client, server:
        client.sendall(b"half a pict")
        before = time.monotonic()

        with ends_in_time(request, seconds=0.2):
            read = [server.recv(100), server.recv(100)]
            server.sendall(b"400")

        assert read == [b"half a pict", b""]
        assert 0.15 < time.monotonic() - before < 5
        assert client.recv(100) == b"400"


def test_that_came_in_time_is_left_alone() -> None:
    client, server = socket.socketpair()
    request = RequestFactory().post("/", **{"gunicorn.socket": server})  # type: ignore[arg-type]
    with client, server:
        with ends_in_time(request, seconds=0.05):
            pass
        time.sleep(0.1)

        client.sendall(b"the next request")
        assert server.recv(100) == b"the next request"


def test_on_a_full_disk_is_refused_in_a_way_that_can_be_repeated() -> None:
    request = RequestFactory().post("/")
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(Refusal) as no:
        OneFile(request, full, most=100).receive_data_chunk(b"\xff\xd8\xff", 0)

    assert [fault.code.name for fault in no.value.faults] == ["STORAGE_UNAVAILABLE"]
