"""Uploads to the service in processes of its own: what becomes of them when somebody goes away.

EC58.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import pytest

from saleor_wechat_returns.demo.stack import Stack, running_stack, start_worker
from tests import evidence, make, videos
from tests.journeys.served import PATIENCE_SECONDS, ServedShop, own_database

MEGABYTE = 1024 * 1024


class UploadingShop(ServedShop):
    """A shop on a port, and the folders of the service."""

    def __init__(self, stack: Stack, database_url: str, temporary: Path) -> None:
        super().__init__(stack, database_url)
        self.files = stack.processes.folder / "evidence"
        self.temporary = temporary

    @property
    def web(self) -> psutil.Process:
        """gunicorn's worker, which answers."""
        (worker,) = psutil.Process(self.stack.processes.children["web"].pid).children()
        return worker

    def rows(self, query: LiteralString) -> list[Any]:
        with psycopg.connect(self._database_url) as connection:
            return [value for (value,) in connection.execute(query).fetchall()]

    def evidence_count(self) -> int:
        (count,) = self.rows("SELECT count(*) FROM saleor_wechat_returns_evidence")
        return int(count)

    def unknown(self) -> set[str]:
        """Files that no row names."""
        there = [path for path in self.files.rglob("*") if path.is_file()]
        named = self.rows("SELECT key FROM saleor_wechat_returns_storedfile")
        return {path.relative_to(self.files).as_posix() for path in there} - set(named)

    def send(self, ticket: Any, content: bytes) -> evidence.Uploaded:
        answer = httpx.post(
            ticket["uploadUrl"],
            headers={header["name"]: header["value"] for header in ticket["headers"]},
            files={"file": ("tmp.jpg", content, "image/jpeg")},
            timeout=60,
        )
        return evidence.Uploaded(answer.status_code, answer.json())

    def begin(self, ticket: Any, content: bytes, *, announced: int) -> socket.socket:
        """Send the head and so much of the body, and hold the line."""
        url = urlsplit(ticket["uploadUrl"])
        (secret,) = [header["value"] for header in ticket["headers"]]
        head = (
            f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: {secret}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n"
            f"Content-Length: {announced}\r\n\r\n"
            '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        )
        line = socket.create_connection((url.hostname or "", url.port or 0), timeout=30)
        line.sendall(head.encode() + content)
        return line


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UploadingShop]:
    temporary = tmp_path_factory.mktemp("temporary")
    with own_database() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", url)
        environment.setenv("TMPDIR", str(temporary))
        with running_stack(threading.Event()) as stack:
            yield UploadingShop(stack, url, temporary)


def eventually(what: str, shop: UploadingShop, is_so: Any) -> None:
    shop.stack.wait_for(what, is_so, seconds=60)


def spooled(shop: UploadingShop) -> list[str]:
    """Files without a name that the web process holds open, but for gunicorn's own."""
    folder = Path(f"/proc/{shop.web.pid}/fd")
    open_files = [os.readlink(link) for link in folder.iterdir() if link.is_symlink()]
    ours = [name for name in open_files if name.startswith(str(shop.temporary))]
    return [name for name in ours if "gunicorn" not in name]


def test_of_a_client_that_goes_away_leave_nothing(shop: UploadingShop) -> None:
    ticket, before = evidence.ticket(shop), shop.evidence_count()
    line = shop.begin(ticket, evidence.picture() + bytes(MEGABYTE), announced=5 * MEGABYTE)
    eventually("half a picture on disk", shop, lambda: spooled(shop))

    line.close()

    eventually("the end of the upload", shop, lambda: not spooled(shop))
    assert (shop.evidence_count(), shop.unknown()) == (before, set())
    assert list(shop.temporary.glob("tmp*")) == []
    assert shop.send(ticket, evidence.picture()).status == 201


def test_of_a_web_process_that_is_killed_leave_nothing(shop: UploadingShop) -> None:
    ticket, before = evidence.ticket(shop), shop.evidence_count()
    with shop.begin(ticket, evidence.picture() + bytes(MEGABYTE), announced=5 * MEGABYTE):
        eventually("half a picture on disk", shop, lambda: spooled(shop))

        shop.web.kill()

    eventually("another web process", shop, lambda: is_healthy(shop))
    assert (shop.evidence_count(), shop.unknown()) == (before, set())
    assert list(shop.temporary.glob("tmp*")) == []
    assert shop.send(ticket, evidence.picture()).status == 201


def is_healthy(shop: UploadingShop) -> bool:
    try:
        url = f"{shop.stack.public_url}/health/"
        return httpx.get(url, timeout=PATIENCE_SECONDS).is_success
    except httpx.TransportError:
        return False


def test_of_200_mb_are_told_why(shop: UploadingShop) -> None:
    done = shop.send(evidence.ticket(shop), evidence.picture().ljust(200 * MEGABYTE, b"\0"))

    assert done.refusal == (413, "FILE_TOO_LARGE")
    assert spooled(shop) == []


def test_load_no_decoder_into_the_web_process(shop: UploadingShop) -> None:
    given = [{"id": shop.send(evidence.ticket(shop), evidence.picture()).id}]
    request = make.requested(shop, shop.order(), evidence=given)
    eventually("the picture", shop, lambda: seen(shop, request)["status"] == "READY")
    assert httpx.get(seen(shop, request)["url"]).is_success

    maps = Path(f"/proc/{shop.web.pid}/maps").read_text()

    assert "psycopg" in maps
    assert [name for name in ("PIL/", "pillow", "av.libs", "libavcodec") if name in maps] == []


def seen(shop: UploadingShop, request: dict[str, Any]) -> dict[str, Any]:
    (found,) = evidence.shown(shop, request)
    return found


def decoders(shop: UploadingShop) -> list[psutil.Process]:
    found = psutil.Process(shop.stack.processes.children["worker"].pid).children(recursive=True)
    return [child for child in found if "saleor_wechat_returns.media" in child.cmdline()]


def test_survive_a_worker_that_is_killed_while_it_decodes(shop: UploadingShop) -> None:
    video = videos.video(size=(1920, 1080), seconds=20, rate=30)
    given = [{"id": shop.send(evidence.ticket(shop, "VIDEO"), video).id}]
    request = make.requested(shop, shop.order(), evidence=given)
    eventually("the decoder", shop, lambda: decoders(shop))

    worker = shop.stack.processes.children["worker"]
    orphans = decoders(shop)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    shop.end_leases()
    start_worker(shop.stack)

    eventually("the video", shop, lambda: seen(shop, request)["status"] == "READY")
    told = videos.look_at(httpx.get(seen(shop, request)["url"]).content)
    assert (told.video, told.size) == ("h264", (1280, 720))
    eventually("the end of the orphan", shop, lambda: not any(o.is_running() for o in orphans))
    unwanted = shop.rows(
        "SELECT key FROM saleor_wechat_returns_storedfile s WHERE delete_after IS NULL"
        " AND NOT EXISTS (SELECT FROM saleor_wechat_returns_evidence"
        " WHERE s.key IN (original_key, shown_key, thumbnail_key))"
        " AND NOT EXISTS (SELECT FROM saleor_wechat_returns_safetycheck WHERE s.key = media_key)"
    )
    assert unwanted == []


def test_hold_up_nobody_who_asks_something_else(shop: UploadingShop) -> None:
    lines = [
        shop.begin(evidence.ticket(shop), evidence.picture(), announced=MEGABYTE) for _ in range(5)
    ]
    before = time.monotonic()

    evidence.ticket(shop)

    assert time.monotonic() - before < PATIENCE_SECONDS
    for line in lines:
        line.close()
