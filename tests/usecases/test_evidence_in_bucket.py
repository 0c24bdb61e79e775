"""Evidence in a bucket … The store is moto: somebody else's reading of S3, spoken over HTTP."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer
from PIL import Image

from saleor_wechat_returns import tasks, vault
from saleor_wechat_returns.models import Evidence, StoredFile
from saleor_wechat_returns.vault_storage import vault_storage
from tests import evidence, make, videos
from tests.world import World

_numbers = itertools.count()


class Store:
    """A store on a port of this machine, with one private bucket."""

    def __init__(self) -> None:
        self.bucket = f"returns-{next(_numbers)}"  # this process has one world of buckets
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        self.client = boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="cn-hangzhou",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        where: Any = {"LocationConstraint": "cn-hangzhou"}
        self.client.create_bucket(Bucket=self.bucket, CreateBucketConfiguration=where)

    def keys(self) -> set[str]:
        listed = self.client.list_objects_v2(Bucket=self.bucket)
        return {it["Key"] for it in listed.get("Contents", ())}

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def store(settings: Any) -> Iterator[Store]:
    running = Store()
    with kept_in(running, settings):
        yield running
    running.stop()


@contextmanager
def kept_in(store: Store, settings: Any, *, bucket: str = "") -> Iterator[None]:
    """The service keeps its files there while the block runs."""
    settings.EVIDENCE_BUCKET = bucket or store.bucket
    settings.STORAGES = {
        "evidence": vault_storage(
            folder="",
            bucket=settings.EVIDENCE_BUCKET,
            endpoint_url=store.url,
            region="cn-hangzhou",
            access_key="key",
            secret_key="secret",
        )
    }
    vault._faults.cache_clear()
    try:
        yield
    finally:
        vault._faults.cache_clear()


def test_goes_the_whole_way(world: World, store: Store) -> None:
    shop = world.shop
    id = evidence.uploaded(shop, evidence.picture())
    original = Evidence.objects.get().original_key
    assert store.keys() == {original}
    head = store.client.get_object(Bucket=store.bucket, Key=original)
    assert head["Body"].read() == evidence.picture()

    request = make.requested(shop, shop.order(), evidence=[{"id": id}])
    world.quiet()
    tasks.delete_files()

    (found,) = evidence.shown(shop, request)
    shown = evidence.get(shop, found["url"])
    assert Image.open(io.BytesIO(shown.content)).size == (640, 480)
    row = Evidence.objects.get()
    assert store.keys() == {row.shown_key, row.thumbnail_key}


def test_answers_the_part_that_a_player_asks_for(world: World, store: Store) -> None:
    shop = world.shop
    id = evidence.uploaded(shop, videos.video(seconds=0.5), "VIDEO")
    request = make.requested(shop, shop.order(), evidence=[{"id": id}])
    world.quiet()
    url = evidence.shown(shop, request)[0]["url"]

    whole = evidence.get(shop, url).content
    part = evidence.get(shop, url, Range="bytes=100-299")

    assert (part.status_code, part.content) == (206, whole[100:300])


def test_is_private(world: World, store: Store) -> None:
    evidence.uploaded(world.shop, evidence.picture())

    (key,) = store.keys()

    grants = store.client.get_object_acl(Bucket=store.bucket, Key=key)["Grants"]
    assert [grant["Grantee"].get("URI") for grant in grants] == [None]


def test_waits_while_the_store_is_away(world: World, settings: Any) -> None:
    shop, running = world.shop, Store()
    with kept_in(running, settings):
        ticket = evidence.ticket(shop)
        given = [{"id": evidence.uploaded(shop, evidence.picture())}]
        request = make.requested(shop, shop.order(), evidence=given)
        running.stop()

        refused = evidence.send(shop, ticket, evidence.picture())
        world.work()

        assert refused.refusal == (503, "STORAGE_UNAVAILABLE")
        assert evidence.shown(shop, request)[0]["status"] == "STORED"
        assert Evidence.objects.count() == 1


def test_waits_while_the_store_does_not_let_us_in(
    world: World, store: Store, settings: Any
) -> None:
    ticket = evidence.ticket(world.shop)
    with kept_in(store, settings, bucket="somebody-elses"):
        refused = evidence.send(world.shop, ticket, evidence.picture())

    assert refused.refusal == (503, "STORAGE_UNAVAILABLE")
    with kept_in(store, settings):
        assert evidence.send(world.shop, ticket, evidence.picture()).status == 201


def test_whose_answer_was_lost_is_stored_again_and_the_first_deleted(
    world: World, store: Store
) -> None:
    ticket = evidence.ticket(world.shop)
    storage: Any = storages["evidence"]
    connection = storage.connection.meta.client

    def lose(**_: Any) -> None:
        connection.meta.events.unregister("after-call.s3.PutObject", lose)
        raise ConnectionResetError("answer lost")

    connection.meta.events.register("after-call.s3.PutObject", lose)

    first = evidence.send(world.shop, ticket, evidence.picture())
    second = evidence.send(world.shop, ticket, evidence.picture())

    assert (first.status, second.status) == (503, 201)
    assert len(store.keys()) == 2
    world.quiet()
    world.clock.forward(hours=1)
    tasks.delete_files()
    row = Evidence.objects.get()
    assert store.keys() == {row.shown_key, row.thumbnail_key}
    assert StoredFile.objects.count() == 2
