"""The rules a return is made under …"""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from saleor_wechat_returns.domain.policy import Party
from saleor_wechat_returns.models import ReturnPolicy, Shop
from saleor_wechat_returns.usecases.policies import policy_for, read_rules, rules_of, write_rules


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop.objects.create(api_url="https://shop.example/graphql/")


def test_are_the_shipped_pack_where_a_shop_has_none(shop: Shop) -> None:
    row = policy_for(shop, "cn")

    assert (row.channel, row.version, row.created_by) == ("", 1, "")
    assert row.rules == write_rules(rules_of(None))
    assert row.rules["deadlines"]["send_hours"] == 168  # not in the pack
    assert policy_for(shop, "another") == row
    assert ReturnPolicy.objects.count() == 1


def test_are_the_latest_of_the_channel_else_of_all_channels(shop: Shop) -> None:
    rules = write_rules(rules_of(None))
    rows = {
        (channel, version): ReturnPolicy.objects.create(
            shop=shop, channel=channel, version=version, rules=rules
        )
        for channel, version in (("", 9), ("cn", 1), ("cn", 10), ("cn", 2))
    }

    assert policy_for(shop, "cn") == rows["cn", 10]
    assert policy_for(shop, "elsewhere") == rows["", 9]


def test_of_the_pack_are_those_of_the_law_and_of_clothing() -> None:
    rules = rules_of(None)

    assert rules.window.days == 7
    assert [reason.zh for reason in rules.reasons] == [
        "尺码不合",
        "质量问题(破损/脱线/污渍)",
        "褪色",
        "色差",
        "错发/漏发",
        "与描述不符",
        "七天无理由",
        "不想要了",
    ]
    at_fault = [reason for reason in rules.reasons if reason.is_merchants_fault]
    assert {reason.freight for reason in at_fault} == {Party.MERCHANT}


def test_say_the_path_of_every_mistake() -> None:
    written = write_rules(rules_of(None))
    written["window"]["days"] = "7"
    written["reasons"][0]["colour"] = "red"

    with pytest.raises(ValidationError) as wrong:
        read_rules(written)

    paths = [error["loc"] for error in wrong.value.errors()]
    assert paths == [("window", "days"), ("reasons", 0, "colour")]
