"""Somebody who only handles parcels …"""

from __future__ import annotations

from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_object_type, is_required_argument

from saleor_wechat_returns.graphql.schema import schema
from saleor_wechat_returns.models import ReturnRequest
from tests import evidence, make
from tests.parcels import FIND, HERE, as_packer
from tests.usecases.unchanged import nothing_changes
from tests.world import TestShop, World

QUESTIONS = {"returnFind", "returnUnmatchedParcels", "returnEvidence"}
ERRANDS = {
    "returnReceive",
    "returnInspect",
    "returnEvidenceUploadCreate",
    "returnUnmatchedParcelCreate",
    "returnUnmatchedParcelMatch",
    "returnUnmatchedParcelClose",
}
# Whatever a warehouse is shown is of these.
SHOWN = {
    "ReturnFound",
    "ReturnAtWarehouse",
    "ReturnLineAtWarehouse",
    "ReturnInspectedPieces",
    "ReturnParcelAtWarehouse",
    "ReturnUnmatchedParcel",
    "ReturnUnmatchedParcelConnection",
    "ReturnUnmatchedParcelEdge",
    "ReturnPageInfo",
    "ReturnEvidence",
}
LOG_INS = {"wechatSessionCreate", "wechatAccountLink", "returnGuestSessionCreate"}
# A federated gateway's: the schema, and entities, which ask who is there field by field.
GATEWAYS = {"_service", "_entities"}
RECEIVE = f"""mutation($id: ID!, $version: Int!) {{
  returnReceive(id: $id, expectedVersion: $version) {{
    returnRequest {{ {make.FIELDS} }} atWarehouse {{ {HERE} }} {make.ERRORS} }} }}"""
INSPECT = f"""mutation($id: ID!, $version: Int!, $lines: [ReturnInspectedLineInput!]!,
    $evidence: [ReturnEvidenceInput!], $shipping: Boolean) {{
  returnInspect(id: $id, lines: $lines, expectedVersion: $version, rejectionCode: NOT_INTACT,
      explanation: "有污渍", evidence: $evidence, refundShipping: $shipping) {{
    returnRequest {{ {make.FIELDS} }} atWarehouse {{ {HERE} }} {make.ERRORS} }} }}"""


def fields_of(kind: GraphQLObjectType, but: set[str]) -> dict[str, Any]:
    return {name: field for name, field in kind.fields.items() if name not in but}


# The rules of the shop, and who carries parcels, are everybody's to know.
OPEN = {"returnPolicy", "returnReasons", "returnCarriers", "returnCarrierGuess"}
QUERIES = fields_of(schema.graphql_schema.query_type, QUESTIONS | GATEWAYS | OPEN)
MUTATIONS = fields_of(schema.graphql_schema.mutation_type, ERRANDS | LOG_INS)


def asked(name: str, field: Any) -> tuple[str, dict[str, Any]]:
    """The field with something in every argument that must be there, and what it needs for it."""
    needed = {arg: it.type for arg, it in field.args.items() if is_required_argument(it)}
    declared = ", ".join(f"${arg}: {type_}" for arg, type_ in needed.items())
    given = ", ".join(f"{arg}: ${arg}" for arg in needed)
    chosen = "{ __typename }" if is_object_type(get_named_type(field.type)) else ""
    head = f"({declared})" if declared else ""
    call = f"{name}({given})" if given else name
    return f"{head} {{ {call} {chosen} }}", {arg: some(type_) for arg, type_ in needed.items()}


def some(type_: Any) -> Any:
    """Any value of an input type."""
    named = get_named_type(type_)
    if "[" in str(type_):
        return [some(named)]
    if hasattr(named, "fields"):
        parts = named.fields.items()
        return {name: some(part.type) for name, part in parts if str(part.type).endswith("!")}
    if hasattr(named, "values"):
        return next(iter(named.values))
    return {"Int": 1, "Boolean": True, "DateTime": "2026-11-30T00:00:00+00:00"}.get(
        named.name, "Order"
    )


def test_may_ask_nothing_else(world: World) -> None:
    """Whatever is added to the API is refused to them, until it is made theirs here."""
    answers = {}
    for name, field in QUERIES.items():
        question, given = asked(name, field)
        body = as_packer(world.shop, f"query{question}", **given).body
        answers[name] = [error["extensions"]["code"] for error in body.get("errors", ())]

    assert answers == {name: ["FORBIDDEN"] for name in QUERIES}


def test_may_do_nothing_else(world: World) -> None:
    answers = {}
    with nothing_changes(world):
        for name, field in MUTATIONS.items():
            question, given = asked(name, field)
            question = question.replace("{ __typename }", "{ errors { code } }")
            (payload,) = as_packer(world.shop, f"mutation{question}", **given).data.values()
            answers[name] = [error["code"] for error in payload["errors"]]

    assert answers == {name: ["FORBIDDEN"] for name in MUTATIONS}


def test_is_shown_neither_money_nor_people() -> None:
    """Nothing else can be reached from what may be asked."""
    reached: set[str] = set()
    waiting = [schema.graphql_schema.query_type.fields[name].type for name in QUESTIONS]
    waiting.append(schema.graphql_schema.type_map["ReturnAtWarehouse"])
    while waiting:
        kind = get_named_type(waiting.pop())
        if is_object_type(kind) and kind.name not in reached:
            reached.add(kind.name)
            waiting += [field.type for field in kind.fields.values()]

    assert reached == SHOWN
    words = {name.lower() for kind in SHOWN for name in schema.graphql_schema.type_map[kind].fields}
    told = (
        "amount",
        "fen",
        "customer",
        "phone",
        "address",
        "message",
        "appeal",
        "refund",
        "sender",
    )
    # Of pieces the inspector says it himself.
    assert [word for word in words if any(part in word for part in told)] == ["isrefunded"]


def test_receives_and_inspects(world: World) -> None:
    shop, order = world.shop, world.shop.order()
    request = make.in_transit(shop, order)
    (here,) = as_packer(shop, FIND, code=request["number"]).data["returnFind"]["returns"]
    assert (here["id"], here["availableActions"]) == (request["id"], ["RECEIVE"])

    received = as_packer(shop, RECEIVE, id=here["id"], version=here["version"]).payload

    assert (received["returnRequest"], received["errors"]) == (None, [])
    here = received["atWarehouse"]
    assert (here["status"], here["availableActions"]) == ("RECEIVED", ["INSPECT"])
    photo = evidence.uploaded(shop, evidence.picture(), ask=lambda q, **v: as_packer(shop, q, **v))
    inspected = inspect(shop, order, here, evidence=[{"id": photo}]).payload
    assert (inspected["returnRequest"], inspected["errors"]) == (None, [])
    assert inspected["atWarehouse"]["availableActions"] == []
    found = inspected["atWarehouse"]["lines"][0]["inspected"]
    assert found == [{"quantity": 1, "outcome": "ACCEPTED"}]
    assert [it["id"] for it in inspected["atWarehouse"]["evidence"]] == [photo]
    assert make.read(shop, request)["status"] == "REFUNDING"


def test_does_not_say_who_gets_the_shipping(world: World) -> None:
    """That is about money."""
    order = world.shop.order()
    request = make.received(world.shop, order)

    with nothing_changes(world):
        answer = inspect(world.shop, order, request, shipping=True)

    assert answer.refusals == [("FORBIDDEN", "refundShipping")]


def test_does_not_say_who_bears_what_was_lost_on_the_way(world: World) -> None:
    """EC47: what was found it says; the rule of the courier decides, or other staff."""
    order = world.shop.order()
    request = make.received(world.shop, order)
    pieces = [{"quantity": 1, "outcome": "MISSING", "refund": True}]
    lines = [{"orderLineId": order.lines[0].id, "pieces": pieces}]
    call = {"id": request["id"], "version": request["version"], "lines": lines}

    with nothing_changes(world):
        answer = as_packer(world.shop, INSPECT, **call)

    assert answer.refusals == [("FORBIDDEN", "lines.pieces.refund")]
    del pieces[0]["refund"]
    assert as_packer(world.shop, INSPECT, **call).payload["errors"] == []


def test_sees_no_picture_of_the_customers(world: World) -> None:
    shop = world.shop
    request = make.in_transit(shop, shop.order(), **evidence.of_fault(shop))
    theirs = [it["id"] for it in evidence.shown(shop, request)]
    assert theirs

    (here,) = as_packer(shop, FIND, code=request["number"]).data["returnFind"]["returns"]

    assert here["evidence"] == []
    one = as_packer(shop, evidence.ONE, id=theirs[0])
    assert one.data["returnEvidence"] is None


def test_is_nobody_where_the_setting_is_empty(world: World, settings: Any) -> None:
    settings.WAREHOUSE_PERMISSION = ""

    (error,) = as_packer(world.shop, FIND, code="SF1234567890123").body["errors"]

    assert error["extensions"]["code"] == "FORBIDDEN"


def test_may_come_with_the_token_of_a_log_in(world: World) -> None:
    """As through a gateway: Saleor is asked what the person may do."""
    request = make.in_transit(world.shop, world.shop.order())
    token = world.shop.saleor.user_token(world.shop.packer)

    answer = world.shop.ask(FIND, {"code": request["number"]}, token)

    assert [it["number"] for it in answer.data["returnFind"]["returns"]] == [request["number"]]


def test_is_staff_where_they_may_also_manage_orders(world: World) -> None:
    """The narrow role is for who may do nothing more."""
    request = make.in_transit(world.shop, world.shop.order())
    clerk = world.shop.as_clerk(RECEIVE, id=request["id"], version=request["version"]).payload

    assert clerk["returnRequest"]["status"] == clerk["atWarehouse"]["status"] == "RECEIVED"
    assert ReturnRequest.objects.get().status == "received"


def inspect(shop: TestShop, order: Any, request: dict[str, Any], **more: Any) -> Any:
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    return as_packer(
        shop, INSPECT, id=request["id"], version=request["version"], lines=lines, **more
    )
