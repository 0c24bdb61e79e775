"""Return addresses are entered by staff, chosen with the approval, and shown after it."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnAddress, ReturnEvent, ReturnRequest
from tests import make
from tests.returning import (
    ADDRESS_ARCHIVE,
    ADDRESS_CREATE,
    ADDRESS_FIELDS,
    ADDRESS_UPDATE,
    WAREHOUSE,
    as_owner,
    enter_address,
)
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import World

LIST = f"{{ returnAddresses {{ {ADDRESS_FIELDS} }} }}"
READ = """query($id: ID) { returnRequest(id: $id) { version status
  returnAddress { id contactName phone province city area streetAddress name position } } }"""
APPROVE_TO = """mutation($id: ID!, $version: Int!, $address: ID) {
  returnRequestApprove(id: $id, expectedVersion: $version, addressId: $address) {
    returnRequest { id version status returnAddress { id } } errors { field code } } }"""
ASSIGN = """mutation($id: ID!, $address: ID!, $version: Int!) {
  returnAddressAssign(id: $id, addressId: $address, expectedVersion: $version) {
    returnRequest { version status returnAddress { id } events { kind label }
      deadline { dueAt } }
    warnings { code label en: label(languageCode: EN) } errors { field code } } }"""


def where(world: World, request: dict[str, Any]) -> str | None:
    """The id of the address, as Li sees it."""
    shown = world.shop.as_li(READ, id=request["id"]).data["returnRequest"]["returnAddress"]
    return shown["id"] if shown else None


# --- entering


def test_are_kept_as_saleor_would_write_them(world: World) -> None:
    entered = enter_address(world.shop, area="Nanshan Qu", reasons=["quality_defect"], position=2)

    assert entered == WAREHOUSE | {
        "id": entered["id"],
        "area": "南山区",
        "country": "CN",
        "note": "",
        "channel": "",
        "reasons": ["quality_defect"],
        "position": 2,
        "warehouseId": "",
        "archivedAt": None,
    }
    assert world.shop.as_clerk(LIST).data["returnAddresses"] == [entered]
    assert world.other_shop.as_clerk(LIST).data["returnAddresses"] == []


REFUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"province": "Shanghai"}, [("MALFORMED", "input.province")]),
    ({"province": "上海市", "city": "深圳市", "area": ""}, [("MALFORMED", "input.city")]),
    ({"area": "浦东新区"}, [("MALFORMED", "input.area")]),
    ({"postalCode": ""}, [("REQUIRED", "input.postalCode")]),
    ({"postalCode": "51800"}, [("MALFORMED", "input.postalCode")]),
    ({"country": "XX"}, [("MALFORMED", "input.country")]),
    ({"phone": "none"}, [("MALFORMED", "input.phone")]),
    ({"reasons": ["because"]}, [("REASON_UNKNOWN", "input.reasons")]),
    ({"position": -1}, [("MALFORMED", "input.position")]),
    ({"warehouseId": "a b"}, [("MALFORMED", "input.warehouseId")]),
    ({"warehouseId": "T3JkZXI6MQ=="}, [("MALFORMED", "input.warehouseId")]),  # an order's
    ({"note": "a\x00"}, [("MALFORMED", "input.note")]),
    ({"name": "仓" * 101}, [("TOO_LONG", "input.name")]),
    (
        {"name": " ", "contactName": "", "streetAddress": ""},
        [
            ("REQUIRED", "input.name"),
            ("REQUIRED", "input.contactName"),
            ("REQUIRED", "input.streetAddress"),
        ],
    ),
]


def test_are_refused(world: World) -> None:
    for changes, refusals in REFUSED:
        with nothing_changes(world):
            answer = as_owner(world.shop, ADDRESS_CREATE, input=WAREHOUSE | changes)
        assert answer.refusals == refusals, changes


def test_are_for_staff_who_may_change_settings(world: World) -> None:
    with nothing_changes(world):
        answer = world.shop.as_clerk(ADDRESS_CREATE, input=WAREHOUSE)

    assert answer.refusals == [("FORBIDDEN", None)]
    assert world.shop.as_li(LIST).body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_that_are_changed_are_others_for_what_is_approved_from_then_on(world: World) -> None:
    order = world.shop.order()
    old = enter_address(world.shop)
    before = make.approved(world.shop, order)

    new = as_owner(
        world.shop, ADDRESS_UPDATE, id=old["id"], input=WAREHOUSE | {"name": "新仓"}
    ).payload["returnAddress"]
    after = make.approved(world.shop, order)

    assert (where(world, before), where(world, after)) == (old["id"], new["id"])
    assert ReturnAddress.objects.get(name="新仓").replaces == ReturnAddress.objects.get(
        name="南山仓"
    )
    again = as_owner(world.shop, ADDRESS_UPDATE, id=old["id"], input=WAREHOUSE)
    assert again.refusals == [("ADDRESS_ARCHIVED", "id")]


def test_are_changed_once_by_two_at_the_same_moment(world: World) -> None:
    old = enter_address(world.shop)
    owner = world.shop.saleor.add_staff(
        "second@example.com", permissions=frozenset({"MANAGE_ORDERS", "MANAGE_APPS"})
    )
    token = world.shop.saleor.dashboard_token(owner, world.shop.app)
    variables = {"id": old["id"], "input": WAREHOUSE}

    answers = together([lambda: world.shop.ask(ADDRESS_UPDATE, variables, token)] * 2)

    assert sorted(answer.refusals for answer in answers) == [[], [("ADDRESS_ARCHIVED", "id")]]
    assert ReturnAddress.objects.filter(archived_at=None).count() == 1


def test_out_of_use_are_chosen_no_more(world: World) -> None:
    address = enter_address(world.shop)

    for _ in range(2):  # a repeat changes nothing
        answer = as_owner(world.shop, ADDRESS_ARCHIVE, id=address["id"]).payload
        assert (answer["errors"], bool(answer["returnAddress"]["archivedAt"])) == ([], True)

    assert where(world, make.approved(world.shop, world.shop.order())) is None


@pytest.mark.parametrize("of", ["nothing", "another shop"])
def test_of_nobody_are_not_found(world: World, of: str) -> None:
    id = "UmV0dXJuQWRkcmVzczo=" if of == "nothing" else enter_address(world.other_shop)["id"]

    with nothing_changes(world):
        answer = as_owner(world.shop, ADDRESS_ARCHIVE, id=id)

    assert answer.refusals == [("NOT_FOUND", "id")]


# --- choosing and showing


def test_are_shown_after_the_approval_and_never_before(world: World) -> None:
    address = enter_address(world.shop)
    order = world.shop.order()
    request = make.requested(world.shop, order)
    assert where(world, request) is None

    world.shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])

    shown = world.shop.as_li(READ, id=request["id"]).data["returnRequest"]["returnAddress"]
    told = ("contactName", "phone", "province", "city", "area", "streetAddress")
    assert {key: shown[key] for key in told} == {key: WAREHOUSE[key] for key in told}
    assert (shown["id"], shown["name"], shown["position"]) == (address["id"], "", 0)
    world.shop.as_li(make.CANCEL, id=request["id"], key=make.key())
    assert where(world, request) is None


def test_are_the_first_that_fit_channel_and_reason(world: World) -> None:
    enter_address(world.shop, name="other channel", channel="outlet", position=0)
    enter_address(world.shop, name="for defects", reasons=["quality_defect"], position=1)
    fits = enter_address(world.shop, name="fits", channel="cn", position=2)
    enter_address(world.shop, name="later", position=3)

    assert where(world, make.approved(world.shop, world.shop.order())) == fits["id"]


def test_are_none_for_money_alone(world: World) -> None:
    enter_address(world.shop)

    make.approved(world.shop, world.shop.order(), kind="REFUND_ONLY")

    assert ReturnRequest.objects.get().return_address is None


def test_are_no_condition_of_an_approval(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    assert (request["status"], where(world, request)) == ("APPROVED", None)


def test_come_with_an_accepted_offer_and_a_granted_appeal(world: World) -> None:
    address = enter_address(world.shop)
    order = world.shop.order()
    offered = make.offered(world.shop, order, {1: (1, 5000)}, kind="RETURN_AND_REFUND")
    make.accept(world.shop, offered)
    rejected = make.rejected(world.shop, order)
    appealed = make.appeal(world.shop, rejected).request
    make.resolve(world.shop, appealed, granted=True)

    assert [where(world, it) for it in (offered, appealed)] == [address["id"]] * 2


def test_may_be_named_with_the_approval(world: World) -> None:
    enter_address(world.shop)
    other = enter_address(world.shop, name="另一仓", position=9)
    request = make.requested(world.shop, world.shop.order())
    variables = {"id": request["id"], "version": request["version"]}

    with nothing_changes(world):
        unknown = world.shop.as_clerk(APPROVE_TO, address="x", **variables)
    assert unknown.refusals == [("NOT_FOUND", "addressId")]

    answer = world.shop.as_clerk(APPROVE_TO, address=other["id"], **variables)
    assert answer.request["returnAddress"] == {"id": other["id"]}


# --- sending one return elsewhere


def test_may_be_changed_for_one_return(world: World) -> None:
    """EC41: it was sent to the wrong address, and staff say where it goes now."""
    enter_address(world.shop)
    other = enter_address(world.shop, name="另一仓", position=9)
    request = make.approved(world.shop, world.shop.order())
    deadline = {"id": request["id"], "version": request["version"], "address": other["id"]}

    answer = world.shop.as_clerk(ASSIGN, **deadline)

    assert answer.request["returnAddress"] == {"id": other["id"]}
    assert answer.request["events"][-1] == {"kind": "address_assigned", "label": "退货地址已更改"}
    assert answer.payload["warnings"] == []
    make_sent = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
    sent = world.shop.as_li(make.SUBMIT, id=request["id"], input=make_sent, key=make.key())
    again = deadline | {"version": sent.request["version"]}
    assert world.shop.as_clerk(ASSIGN, **again).payload["warnings"] == [
        {
            "code": "PARCEL_UNDER_WAY",
            "label": "已有包裹寄往原地址,或已预约按原地址取件寄送",
            "en": "A parcel is under way to the old address, or booked to go there",
        }
    ]
    assert ReturnEvent.objects.filter(kind="address_assigned").count() == 1


@pytest.mark.parametrize(
    ("stage", "change", "refusal"),
    [
        (make.requested, {}, ("MOVE_NOT_ALLOWED", "id")),
        (make.received, {}, ("MOVE_NOT_ALLOWED", "id")),
        (make.approved, {"version": 99}, ("VERSION_CONFLICT", "expectedVersion")),
        (make.approved, {"address": "x"}, ("NOT_FOUND", "addressId")),
    ],
)
def test_cannot_be_changed_for_a_return(
    world: World, stage: Any, change: dict[str, Any], refusal: tuple[str, str]
) -> None:
    address = enter_address(world.shop)
    request = stage(world.shop, world.shop.order())
    fitting = {"id": request["id"], "version": request["version"], "address": address["id"]}

    with nothing_changes(world):
        answer = world.shop.as_clerk(ASSIGN, **(fitting | change))

    assert answer.refusals == [refusal]
