"""The rules of a shop: read by anybody, changed by staff who may change settings."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from saleor_wechat_returns.models import ReturnPolicy, ShopApp
from saleor_wechat_returns.sandbox.saleor import FaultKind
from saleor_wechat_returns.usecases.policies import rules_of, write_rules
from tests import make
from tests.usecases.together import together
from tests.usecases.transports import watched
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, Answer, World

POLICY = """query($channel: String!, $variant: ID) {
  returnPolicy(channel: $channel, variantId: $variant) {
    channel version days bufferDays windowLabel en: windowLabel(languageCode: EN) giftLabel
    offerLabel reasons { code label days freightPayer }
    exclusion { code label basis needsConfirmation confirmationKeys } } }"""
UPDATE = """mutation($channel: String!, $rules: String!, $version: Int!) {
  returnPolicyUpdate(channel: $channel, rules: $rules, expectedVersion: $version) {
    policy { channel version rules createdBy } errors { field code message } } }"""
VERSIONS = """query($channel: String) { returnPolicyVersions(channel: $channel) {
  channel version createdBy rules } }"""
CONFIRMED = {
    "code": "underwear",
    "zh": "内衣拆封后影响卫生",
    "en": "Underwear cannot be resold",
    "basis": "confirmed_at_purchase",
    "confirmed_by": ["no_return_confirmed"],
}


def policy(world: World, channel: str = "cn", variant: str | None = None) -> dict[str, Any]:
    answer = world.shop.ask(POLICY, {"channel": channel, "variant": variant})
    return dict(answer.data["returnPolicy"])


def as_owner(world: World, query: str, **variables: Any) -> Answer:
    owner = world.shop.saleor.add_staff(
        "owner@example.com", permissions=frozenset({"MANAGE_ORDERS", "MANAGE_APPS"})
    )
    token = world.shop.saleor.dashboard_token(owner, world.shop.app)
    return world.shop.ask(query, variables, token)


def update(
    world: World, rules: object, *, channel: str = "", version: int = 0
) -> list[tuple[str, str | None]]:
    text = rules if isinstance(rules, str) else json.dumps(rules)
    return as_owner(world, UPDATE, channel=channel, rules=text, version=version).refusals


def shipped(**sections: Any) -> dict[str, Any]:
    return write_rules(rules_of(None)) | sections


def bought_variant(world: World) -> Any:
    return world.shop.order([HOODIE]).lines[0].variant


# --- before buying


def test_are_readable_without_a_login(world: World) -> None:
    found = policy(world)

    reasons = {reason.pop("code"): reason for reason in found.pop("reasons")}
    assert reasons["quality_defect"] == {
        "label": "质量问题(破损/脱线/污渍)",
        "days": 15,
        "freightPayer": "MERCHANT",
    }
    assert reasons["no_reason_seven_days"]["freightPayer"] == "CUSTOMER"
    assert found == {
        "channel": "cn",
        "version": 0,
        "days": 7,
        "bufferDays": 5,
        "windowLabel": "签收次日起 7 天内可申请;无法确认签收时间的,自发货次日起 12 天内",
        "en": "Ask within 7 days from the day after it was signed for; where that is not known,"
        " within 12 days from the day after it was sent",
        "giftLabel": "全部商品退回时,赠品须一并退回",
        "offerLabel": "套装及优惠商品可部分退货,按每件实际支付金额退款,不收取手续费",
        "exclusion": None,
    }
    assert not ReturnPolicy.objects.exists()


def test_list_the_reasons_of_the_channel(world: World) -> None:
    only = [r for r in shipped()["reasons"] if r["code"] == "changed_mind"]
    assert update(world, shipped(reasons=only), channel="outlet") == []
    reasons = "query($c: String) { returnReasons(channel: $c) { code } }"

    outlet = world.shop.ask(reasons, {"c": "outlet"}).data["returnReasons"]
    elsewhere = world.shop.ask(reasons, {"c": "cn"}).data["returnReasons"]

    assert outlet == [{"code": "changed_mind"}]
    assert len(elsewhere) == 8


def test_tell_of_a_variant_that_nothing_stands_against_it(world: World) -> None:
    assert policy(world, variant=bought_variant(world).id)["exclusion"] is None


def test_tell_which_goods_need_a_confirmation_at_the_checkout(world: World) -> None:
    variant = bought_variant(world)
    goods = {"products": [variant.product.id]}
    assert update(world, shipped(exclusions=[CONFIRMED | {"goods": goods}])) == []

    assert policy(world, variant=variant.id)["exclusion"] == {
        "code": "underwear",
        "label": "内衣拆封后影响卫生",
        "basis": "CONFIRMED_AT_PURCHASE",
        "needsConfirmation": True,
        "confirmationKeys": ["no_return_confirmed"],
    }


def test_tell_of_virtual_goods(world: World) -> None:
    """EC17"""
    variant = bought_variant(world)
    variant.product.product_type.is_shipping_required = False

    found = policy(world, variant=variant.id)["exclusion"]

    assert (found["code"], found["needsConfirmation"]) == ("digital_goods", False)


def test_tell_of_a_gift_card(world: World) -> None:
    """EC16"""
    variant = bought_variant(world)
    variant.product.product_type.kind = "GIFT_CARD"

    assert policy(world, variant=variant.id)["exclusion"]["code"] == "gift_card"


def test_ask_saleor_for_a_variant_once_a_minute(world: World) -> None:
    variant = bought_variant(world)

    with watched(world.shop) as sent:
        for _ in range(3):
            policy(world, variant=variant.id)

    assert sent == ["POST /graphql/"]


@pytest.mark.parametrize(
    ("variant", "code"),
    [("", "MALFORMED"), ("x" * 1000, "MALFORMED"), ("UHJvZHVjdFZhcmlhbnQ6OTk5", "NOT_FOUND")],
)
def test_know_no_other_variants(world: World, variant: str, code: str) -> None:
    answer = world.shop.ask(POLICY, {"channel": "cn", "variant": variant})

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": code, "field": "variantId"}


@pytest.mark.parametrize(
    "kind", [FaultKind.HTTP_500, FaultKind.TIMEOUT_BEFORE, FaultKind.TIMEOUT_AFTER_ACCEPT]
)
def test_say_so_while_saleor_is_away(world: World, kind: FaultKind) -> None:
    variant = bought_variant(world)
    world.shop.saleor.faults.add(kind, "productVariant")

    answer = world.shop.ask(POLICY, {"channel": "cn", "variant": variant.id})

    assert answer.body["errors"][0]["extensions"]["code"] == "SALEOR_UNAVAILABLE"
    assert policy(world, variant=variant.id)["exclusion"] is None


def test_say_so_while_saleor_refuses_our_app(world: World) -> None:
    variant = bought_variant(world)
    ShopApp.objects.filter(shop=world.shop.row).update(refused_at=world.clock.now)

    answer = world.shop.ask(POLICY, {"channel": "cn", "variant": variant.id})

    assert answer.body["errors"][0]["extensions"]["code"] == "SALEOR_UNAVAILABLE"
    assert policy(world)["days"] == 7


@pytest.mark.parametrize("channel", ["\x00", "x" * 256])
def test_know_no_such_channel(world: World, channel: str) -> None:
    answer = world.shop.ask(POLICY, {"channel": channel})

    assert answer.body["errors"][0]["extensions"]["field"] == "channel"


# --- changing them


def test_get_a_new_version_and_keep_the_old_ones(world: World) -> None:
    make.requested(world.shop, world.shop.order())
    longer = shipped(window={"days": 15, "buffer_days": 3, "signed_at_keys": ["signed_at"]})

    answer = as_owner(world, UPDATE, channel="", rules=json.dumps(longer), version=1)

    made = answer.payload["policy"]
    assert (made["channel"], made["version"]) == ("", 2)
    assert json.loads(made["rules"]) == longer
    assert policy(world)["days"] == 15
    versions = as_owner(world, VERSIONS).data["returnPolicyVersions"]
    assert [(row["version"], bool(row["createdBy"])) for row in versions] == [(2, True), (1, False)]
    assert json.loads(versions[1]["rules"]) == shipped()


def test_of_a_channel_stand_before_those_of_all(world: World) -> None:
    window = {"days": 30, "buffer_days": 0, "signed_at_keys": []}

    assert update(world, shipped(window=window), channel="cn") == []

    assert [policy(world, channel)["days"] for channel in ("cn", "elsewhere")] == [30, 7]


def test_are_left_to_staff_who_may_change_settings(world: World) -> None:
    rules = json.dumps(shipped())

    with nothing_changes(world):
        by_clerk = world.shop.as_clerk(UPDATE, channel="", rules=rules, version=0)
        by_li = world.shop.as_li(UPDATE, channel="", rules=rules, version=0)
        read = world.shop.as_li(VERSIONS)

    assert (by_clerk.refusals, by_li.refusals) == ([("FORBIDDEN", None)], [("FORBIDDEN", None)])
    assert read.body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_are_changed_through_a_gateway_too(world: World) -> None:
    """The token of a log-in names no permissions: Saleor is asked for them."""
    owner = world.shop.saleor.add_staff(
        "boss@example.com", permissions=frozenset({"MANAGE_ORDERS", "MANAGE_APPS"})
    )
    variables = {"channel": "", "rules": json.dumps(shipped()), "version": 0}

    answer = world.shop.ask(UPDATE, variables, world.shop.saleor.user_token(owner))

    assert answer.payload["policy"]["version"] == 1


@pytest.mark.parametrize("version", [-1, 1, 2**31 - 1])
def test_are_not_written_over_what_somebody_else_wrote(world: World, version: int) -> None:
    with nothing_changes(world):
        assert update(world, shipped(), version=version) == [
            ("VERSION_CONFLICT", "expectedVersion")
        ]


def test_of_two_at_once_are_written_one_after_the_other(world: World) -> None:
    owner = world.shop.saleor.add_staff(
        "boss@example.com", permissions=frozenset({"MANAGE_ORDERS", "MANAGE_APPS"})
    )
    token = world.shop.saleor.dashboard_token(owner, world.shop.app)
    variables = {"channel": "", "rules": json.dumps(shipped()), "version": 0}

    answers = together([partial(world.shop.ask, UPDATE, variables, token)] * 4)

    refusals = sorted(answer.refusals for answer in answers)
    assert refusals == [[], *[[("VERSION_CONFLICT", "expectedVersion")]] * 3]
    assert ReturnPolicy.objects.count() == 1


BAD = {
    "no JSON": ("{", [("RULES_INVALID", "rules")]),
    "a list": ("[]", [("RULES_INVALID", "rules")]),
    "nested": ("[" * 100_000, [("RULES_INVALID", "rules")]),
    "NUL": (json.dumps(shipped() | {"\x00": 1}), [("MALFORMED", "rules")]),
    "large": (" " * 200_001, [("TOO_LONG", "rules")]),
    "nothing": ("{}", [("RULES_INVALID", "rules.window"), ("RULES_INVALID", "rules.reasons")]),
}


@pytest.mark.parametrize(("text", "refused"), BAD.values(), ids=BAD)
def test_are_not_what_cannot_be_read(
    world: World, text: str, refused: list[tuple[str, str]]
) -> None:
    with nothing_changes(world):
        assert update(world, text) == refused


def reason(**changes: Any) -> dict[str, Any]:
    first: dict[str, Any] = shipped()["reasons"][0]
    return first | changes


MISTAKES = {
    "unknown section": (shipped(windows={}), "rules.windows"),
    "days as text": (
        shipped(window={"days": "7", "buffer_days": 1}),
        "rules.window.days",
    ),
    "days as a fraction": (shipped(window={"days": 7.5, "buffer_days": 1}), "rules.window.days"),
    "negative days": (shipped(window={"days": -1, "buffer_days": 1}), "rules.window"),
    "no reasons": (shipped(reasons=[]), "rules"),
    "a reason twice": (shipped(reasons=[reason(), reason()]), "rules"),
    "a kind": (shipped(reasons=[reason(kinds=["exchange"])]), "rules.reasons.0.kinds.0"),
    "a party": (shipped(reasons=[reason(fault="courier")]), "rules.reasons.0.fault"),
    "a field": (shipped(reasons=[reason(colour="red")]), "rules.reasons.0.colour"),
    "a code": (shipped(reasons=[reason(code="尺码")]), "rules.reasons.0"),
    "no words": (shipped(reasons=[reason(zh=" ")]), "rules.reasons.0"),
    "evidence": (
        shipped(reasons=[reason(evidence=[{"shows": "face"}])]),
        "rules.reasons.0.evidence.0.shows",
    ),
    "too much evidence": (
        shipped(reasons=[reason(evidence=[{"shows": "goods", "count": 99}])]),
        "rules.reasons.0.evidence.0",
    ),
    "no confirmation": (
        shipped(exclusions=[CONFIRMED | {"confirmed_by": [], "goods": {}}]),
        "rules.exclusions.0",
    ),
    "a basis": (
        shipped(exclusions=[CONFIRMED | {"basis": "because", "goods": {}}]),
        "rules.exclusions.0.basis",
    ),
    "empty id": (
        shipped(exclusions=[CONFIRMED | {"goods": {"products": [""]}}]),
        "rules.exclusions.0.goods",
    ),
}


@pytest.mark.parametrize(("rules", "path"), MISTAKES.values(), ids=MISTAKES)
def test_name_the_place_of_a_mistake(world: World, rules: dict[str, Any], path: str) -> None:
    with nothing_changes(world):
        assert update(world, rules) == [("RULES_INVALID", path)]


# --- from a file


def test_come_from_a_file_and_go_into_one(world: World, tmp_path: Path, capsys: Any) -> None:
    api_url = world.shop.row.api_url
    call_command("return_policy", shop=api_url)
    rules = json.loads(capsys.readouterr().out)
    assert rules == shipped()
    rules["window"]["days"] = 10
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(rules), encoding="utf-8")

    call_command("return_policy", shop=api_url, load=file)

    assert "Version 1 is in force for every channel." in capsys.readouterr().out
    assert policy(world)["days"] == 10
    call_command("return_policy", shop=api_url, channel="cn")
    assert json.loads(capsys.readouterr().out) == rules


def test_of_a_file_with_a_mistake_stay_out(world: World, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(shipped(gifts="sell")), encoding="utf-8")

    with pytest.raises(CommandError, match=r"rules\.gifts: Input should be"):
        call_command("return_policy", shop=world.shop.row.api_url, load=file)

    assert not ReturnPolicy.objects.exists()
