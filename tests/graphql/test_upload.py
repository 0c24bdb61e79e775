"""An upload … (EC58)"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from saleor_wechat_returns.models import Evidence, OutboxMessage, Shop, StoredFile, UploadTicket
from saleor_wechat_returns.usecases import upload
from tests import evidence, make, videos
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes, rows_stay
from tests.world import TestShop, World

MEGABYTE = 1024 * 1024
PICTURE = evidence.picture()


def files() -> set[Path]:
    """Everything in the storage of the shops there are now; other tests' are gone."""
    shops = [Path(settings.EVIDENCE_DIR) / shop.pk.hex for shop in Shop.objects.order_by("id")]
    return {path for shop in shops for path in shop.rglob("*") if path.is_file()}


def post(shop: TestShop, ticket: Any, content: bytes, boundary: str = "b") -> evidence.Uploaded:
    """Exactly these bytes as the body."""
    headers = {header["name"]: header["value"] for header in ticket["headers"]}
    headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
    path = httpx.URL(ticket["uploadUrl"]).path
    answer = shop.world.us.post(path, content=content, headers=headers)
    return evidence.Uploaded(answer.status_code, answer.json())


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    kind = "\r\nContent-Type: image/jpeg" if filename is not None else ""
    head = f'Content-Disposition: form-data; name="{name}"{file}{kind}\r\n\r\n'
    return b"--b\r\n" + head.encode() + content + b"\r\n"


def test_becomes_evidence_of_the_return_it_is_attached_to(world: World) -> None:
    shop = world.shop
    ticket = evidence.ticket(shop, shows="DAMAGE")
    done = evidence.send(shop, ticket, PICTURE)
    order = shop.order()
    line = order.lines[0].id

    request = make.requested(shop, order, evidence=[{"id": done.id, "orderLineId": line}])

    assert (done.status, done.body["status"]) == (201, "STORED")
    (found,) = evidence.shown(shop, request)
    assert found["sha256"] == hashlib.sha256(PICTURE).hexdigest()
    assert (found["size"], found["medium"]) == (len(PICTURE), "IMAGE")
    assert (found["shows"], found["label"]) == ("DAMAGE", "破损或问题处")
    assert (found["actor"], found["orderLineId"]) == ("CUSTOMER", line)
    assert (found["status"], found["url"]) == ("STORED", None)


@rules(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(["file", "field", "empty field", "long field"]),
    name=st.sampled_from(["file", "0", "照片", "shows"]),
    filename=st.sampled_from(["a.jpg", "图片.JPG", "x" * 200, "..\\..\\x.exe", "blob"]),
)
def test_may_have_its_parts_in_any_order(
    world: World, order: list[str], name: str, filename: str
) -> None:
    parts = {
        "file": part(name, PICTURE, filename),
        "field": part("formData", "尺码".encode()),
        "empty field": part("note", b""),
        "long field": part("more", b"x" * 20_000),
    }

    done = post(
        world.shop,
        evidence.ticket(world.shop),
        b"".join(parts[which] for which in order) + b"--b--\r\n",
    )

    assert done.status == 201
    assert Evidence.objects.latest("id").sha256 == hashlib.sha256(PICTURE).hexdigest()


def test_is_kept_where_only_the_service_may_read(world: World) -> None:
    before = files()

    evidence.uploaded(world.shop, PICTURE)

    (file,) = files() - before
    assert file.read_bytes() == PICTURE
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.relative_to(settings.EVIDENCE_DIR).as_posix() == Evidence.objects.get().original_key


def test_sent_twice_is_the_same_evidence(world: World) -> None:
    shop, before = world.shop, files()
    ticket = evidence.ticket(shop)
    first = evidence.send(shop, ticket, PICTURE)
    world.clock.forward(days=1)  # its ticket is long over

    second = evidence.send(shop, ticket, PICTURE, name="other.png")

    assert (first.status, second.status) == (201, 200)
    assert first.id == second.id
    assert len(files() - before) == 1


def test_sent_twice_at_the_same_moment_is_the_same_evidence(world: World) -> None:
    ticket = evidence.ticket(world.shop)

    done = together([lambda: evidence.send(world.shop, ticket, PICTURE)] * 4)

    assert len({one.id for one in done}) == 1
    assert Evidence.objects.count() == 1
    assert StoredFile.objects.filter(delete_after=None).count() == 1


def test_of_another_file_with_a_used_ticket_is_refused(world: World) -> None:
    ticket = evidence.ticket(world.shop)
    evidence.send(world.shop, ticket, PICTURE)
    before = files()

    with nothing_changes(world):
        done = evidence.send(world.shop, ticket, evidence.picture(100, 100))

    assert done.refusal == (409, "TICKET_USED")
    assert files() == before


def test_with_a_ticket_that_is_over_is_refused(world: World) -> None:
    ticket = evidence.ticket(world.shop)
    world.clock.forward(minutes=15)

    refused(world, ticket, PICTURE, (410, "TICKET_EXPIRED"))


def test_needs_the_secret_of_its_own_ticket(world: World) -> None:
    shop = world.shop
    mine, others = evidence.ticket(shop), evidence.ticket(shop, ask=shop.as_wang)
    token = shop.saleor.user_token(shop.wang)
    forged = [
        {**mine, "headers": others["headers"]},
        {**mine, "headers": [{"name": "Authorization", "value": f"Bearer {token}"}]},
        {**mine, "headers": []},
        {**mine, "uploadUrl": others["uploadUrl"]},
        {**mine, "uploadUrl": mine["uploadUrl"].replace(shop.row.key, world.other_shop.row.key)},
    ]

    for ticket in forged:
        refused(world, ticket, PICTURE, (404, "NOT_FOUND"))
    assert evidence.send(shop, mine, PICTURE).status == 201


def refused(
    world: World, ticket: Any, content: bytes, expected: tuple[int, str], **sent: Any
) -> None:
    """With this error, and nothing written, queued or stored."""
    before = files()
    with nothing_changes(world):
        done = evidence.send(world.shop, ticket, content, **sent)
    assert done.refusal == expected
    assert files() == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (400, "FILE_EMPTY")),
        (b"<svg onload='alert(1)'/>", (415, "FILE_TYPE_UNKNOWN")),
        (b"%PDF-1.7", (415, "FILE_TYPE_UNKNOWN")),
        (b"GIF89a" + bytes(100), (415, "FILE_TYPE_UNKNOWN")),
        (b"\xff\xd8", (415, "FILE_TYPE_UNKNOWN")),
        (b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00M4A ", (415, "FILE_TYPE_UNKNOWN")),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42", (400, "FILE_OF_OTHER_MEDIUM")),
    ],
)
def test_of_what_is_no_picture_is_refused_whatever_it_is_called(
    world: World, content: bytes, expected: tuple[int, str]
) -> None:
    refused(world, evidence.ticket(world.shop), content, expected, name="photo.jpg")


def test_of_a_picture_as_a_video_is_refused(world: World) -> None:
    ticket = evidence.ticket(world.shop, "VIDEO")

    refused(
        world,
        ticket,
        PICTURE,
        (400, "FILE_OF_OTHER_MEDIUM"),
        name="a.mp4",
        content_type="video/mp4",
    )


def test_of_a_picture_with_another_name_and_type_is_taken_by_its_bytes(world: World) -> None:
    ticket = evidence.ticket(world.shop)

    done = evidence.send(
        world.shop, ticket, PICTURE, name="virus.exe", content_type="text/html; charset=x"
    )

    assert done.status == 201
    assert Evidence.objects.get().content_type == "image/jpeg"


@pytest.mark.parametrize(("medium", "megabytes"), [("IMAGE", 10), ("VIDEO", 60)])
def test_may_be_as_large_as_the_ticket_says_and_no_byte_larger(
    world: World, medium: str, megabytes: int
) -> None:
    begin = PICTURE if medium == "IMAGE" else videos.video(seconds=0.2)
    ticket = evidence.ticket(world.shop, medium)
    most = megabytes * MEGABYTE

    assert ticket["maxBytes"] == most
    refused(world, ticket, begin.ljust(most + 1, b"\0"), (413, "FILE_TOO_LARGE"))
    assert evidence.send(world.shop, ticket, begin.ljust(most, b"\0")).status == 201


def test_of_200_mb_is_refused_without_being_kept(world: World) -> None:
    ticket = evidence.ticket(world.shop)

    refused(world, ticket, bytes(200 * MEGABYTE), (413, "FILE_TOO_LARGE"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (part("note", b"x") + b"--b--\r\n", (400, "FILE_MISSING")),
        (b"--b--\r\n", (400, "FILE_MISSING")),
        (b"", (400, "FILE_MISSING")),
        (b"rubbish", (400, "FILE_MISSING")),
        (part("file", b"", "a.jpg") + b"--b--\r\n", (400, "FILE_EMPTY")),
        (
            part("a", PICTURE, "a.jpg") + part("b", PICTURE, "b.jpg") + b"--b--\r\n",
            (400, "FILES_SEVERAL"),
        ),
        (part("file", PICTURE, "a.jpg")[:-400], (400, "FILE_INCOMPLETE")),
        (part("file", PICTURE, "a.jpg"), (400, "FILE_INCOMPLETE")),
        (part("file", PICTURE, "a.jpg") + b"--", (400, "FILE_INCOMPLETE")),
        (part("x", b"y" * 300_000) + part("file", PICTURE, "a.jpg"), (400, "MALFORMED")),
        (part("x", b"y") * 2000 + part("file", PICTURE, "a.jpg"), (400, "MALFORMED")),
    ],
)
def test_that_is_cut_or_twisted_is_refused(
    world: World, body: bytes, expected: tuple[int, str]
) -> None:
    ticket, before = evidence.ticket(world.shop), files()

    with nothing_changes(world):
        done = post(world.shop, ticket, body)

    assert done.refusal == expected
    assert files() == before
    assert evidence.send(world.shop, ticket, PICTURE).status == 201


def test_that_is_no_multipart_is_refused(world: World) -> None:
    ticket = evidence.ticket(world.shop)
    headers = {header["name"]: header["value"] for header in ticket["headers"]}
    path = httpx.URL(ticket["uploadUrl"]).path

    answer = world.us.post(path, content=PICTURE, headers=headers)

    assert evidence.Uploaded(answer.status_code, answer.json()).refusal == (400, "FILE_MISSING")


def test_answers_in_both_languages(world: World) -> None:
    done = evidence.send(world.shop, evidence.ticket(world.shop), b"")

    assert done.body == {
        "errors": [
            {
                "code": "FILE_EMPTY",
                "message": "文件是空的,请重新选择。",
                "messageEn": "The file is empty: please choose another.",
                "field": None,
            }
        ]
    }


def test_while_the_storage_is_away_can_be_repeated(
    world: World,
) -> None:
    ticket, folder = evidence.ticket(world.shop), Path(settings.EVIDENCE_DIR)
    before = files()
    shop_folder = folder / world.shop.row.pk.hex
    shop_folder.write_text("a file where a folder should be")  # nothing can be stored there

    done = evidence.send(world.shop, ticket, PICTURE)

    assert done.refusal == (503, "STORAGE_UNAVAILABLE")
    assert not Evidence.objects.exists()
    assert not OutboxMessage.objects.filter(topic=upload.PROCESS).exists()
    shop_folder.unlink()
    assert files() == before
    assert evidence.send(world.shop, ticket, PICTURE).status == 201


def test_ticket_is_the_same_for_the_same_key(world: World) -> None:
    wanted = {"medium": "IMAGE", "shows": "LABEL"}

    tickets = [
        world.shop.as_li(evidence.TICKET, input=wanted, key="tap").payload["ticket"]
        for _ in range(2)
    ]
    others = world.shop.as_wang(evidence.TICKET, input=wanted, key="tap").payload["ticket"]

    assert tickets[0] == tickets[1]
    assert others["id"] != tickets[0]["id"]


def test_ticket_is_one_for_a_double_tap(world: World) -> None:
    def tap() -> str:
        answer = world.shop.as_li(evidence.TICKET, input={"medium": "IMAGE"}, key="tap")
        return str(answer.payload["ticket"]["id"])

    assert len(set(together([tap] * 4))) == 1
    assert UploadTicket.objects.count() == 1


def test_ticket_of_which_nobody_says_what_it_shows(world: World) -> None:
    null = world.shop.as_li(evidence.TICKET, input={"medium": "IMAGE", "shows": None}, key="tap")
    left_out = world.shop.as_li(evidence.TICKET, input={"medium": "IMAGE"}, key="tap")

    assert null.payload == left_out.payload
    assert UploadTicket.objects.get().shows == "other"


def test_ticket_is_not_for_another_question_with_the_same_key(world: World) -> None:
    world.shop.as_li(evidence.TICKET, input={"medium": "IMAGE"}, key="tap")

    answer = world.shop.as_li(evidence.TICKET, input={"medium": "VIDEO"}, key="tap")

    assert answer.refusals == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, ("FILE_EMPTY", "size")), (10 * MEGABYTE + 1, ("FILE_TOO_LARGE", "size"))],
)
def test_ticket_is_refused_for_a_size_that_could_not_be_sent(
    world: World, size: int, expected: tuple[str, str]
) -> None:
    with rows_stay():
        answer = world.shop.as_li(evidence.TICKET, input={"medium": "IMAGE", "size": size}, key="k")

    assert answer.refusals == [expected]


def test_ticket_needs_somebody_who_is_known(world: World) -> None:
    answer = world.shop.ask(evidence.TICKET, {"input": {"medium": "IMAGE"}, "key": "k"})

    assert answer.refusals == [("UNAUTHENTICATED", None)]


def test_leaves_no_file_open_and_none_in_the_temporary_folder(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = len(os.listdir("/proc/self/fd"))

    evidence.uploaded(world.shop, PICTURE)
    post(world.shop, evidence.ticket(world.shop), part("file", PICTURE, "a.jpg")[:-400])

    assert len(os.listdir("/proc/self/fd")) == opened
    assert list(tmp_path.iterdir()) == []
