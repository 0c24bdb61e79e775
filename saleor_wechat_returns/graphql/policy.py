"""The shop's rules: readable by anybody, changed by staff who may change settings."""

from __future__ import annotations

import json
from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..domain.policy import Basis, GiftRule, Reason
from ..models import ReturnPolicy
from ..usecases.access import need_staff
from ..usecases.policies import rules_of, write_rules
from ..usecases.policy_shown import NotReturnable, ShownPolicy, policy_before_buying
from ..usecases.policy_versions import list_policies, update_policy
from . import enums
from .context import shop_of, viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import label_field
from .pages import USUAL_ROWS
from .reasons import ReturnReason

CHANNEL = 'Saleor\'s channel slug; "" stands for every channel without rules of its own.'

ReturnExclusionBasis = graphene.Enum.from_enum(Basis, name="ReturnExclusionBasis")

GIFT_LABELS: dict[str, tuple[str, str]] = {
    GiftRule.COME_BACK: (
        "全部商品退回时,赠品须一并退回",
        "A free gift comes back with the last of the goods",
    ),
    GiftRule.STAY: ("赠品无需退回", "A free gift stays"),
}
OFFER_LABEL = (
    "套装及优惠商品可部分退货,按每件实际支付金额退款,不收取手续费",
    "Part of a bundle or an offer may come back: each piece at what was really paid, without a fee",
)


class ReturnPolicyExclusion(graphene.ObjectType):
    """Why a variant cannot be returned without the shop's fault."""

    code = graphene.String(required=True)
    label = label_field("In words, for the customer.")
    basis = graphene.Field(ReturnExclusionBasis, description="Null for a gift card.")
    needs_confirmation = graphene.Boolean(
        required=True,
        description="It holds only if the customer confirms it for this very purchase.",
    )
    confirmation_keys = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Metadata of the order or its line: the checkout writes one, once confirmed.",
    )

    @staticmethod
    def resolve_label(found: NotReturnable, _info: Any, language_code: Any) -> str:
        return _words(found.words, language_code)

    @staticmethod
    def resolve_needs_confirmation(found: NotReturnable, _info: Any) -> bool:
        return bool(found.confirmed_by)

    @staticmethod
    def resolve_confirmation_keys(found: NotReturnable, _info: Any) -> tuple[str, ...]:
        return found.confirmed_by


class ReturnPolicyType(graphene.ObjectType):
    """What the shop promises about returns."""

    class Meta:
        name = "ReturnPolicy"

    channel = graphene.String(required=True)
    version = graphene.Int(required=True, description="0: as shipped.")
    days = graphene.Int(required=True, description="Day 1 is the day after the signing.")
    buffer_days = graphene.Int(
        required=True,
        description="Where nobody told of the signing: days after the dispatch instead.",
    )
    window_label = label_field("The window in words.")
    gift_label = label_field("What becomes of a free gift, in words.")
    offer_label = label_field("How bundles and offers are taken apart, in words.")
    reasons = graphene.List(graphene.NonNull(ReturnReason), required=True)
    exclusion = graphene.Field(
        ReturnPolicyExclusion, description="Of the variant that was asked for; null: none."
    )

    @staticmethod
    def resolve_days(shown: ShownPolicy, _info: Any) -> int:
        return shown.rules.window.days

    @staticmethod
    def resolve_buffer_days(shown: ShownPolicy, _info: Any) -> int:
        return shown.rules.window.buffer_days

    @staticmethod
    def resolve_window_label(shown: ShownPolicy, _info: Any, language_code: Any) -> str:
        days, buffer = shown.rules.window.days, shown.rules.window.buffer_days
        zh = f"签收次日起 {days} 天内可申请;无法确认签收时间的,自发货次日起 {days + buffer} 天内"
        en = (
            f"Ask within {days} days from the day after it was signed for; where that is not"
            f" known, within {days + buffer} days from the day after it was sent"
        )
        return _words((zh, en), language_code)

    @staticmethod
    def resolve_gift_label(shown: ShownPolicy, _info: Any, language_code: Any) -> str:
        return enums.label(GIFT_LABELS, shown.rules.gifts, language_code)

    @staticmethod
    def resolve_offer_label(_shown: ShownPolicy, _info: Any, language_code: Any) -> str:
        return _words(OFFER_LABEL, language_code)

    @staticmethod
    def resolve_reasons(shown: ShownPolicy, _info: Any) -> tuple[Reason, ...]:
        return shown.rules.reasons


class ReturnPolicyVersion(graphene.ObjectType):
    """One version of the rules, never changed afterwards. For staff."""

    channel = graphene.String(required=True, description=CHANNEL)
    version = graphene.Int(required=True, description="Give the latest back as expectedVersion.")
    rules = graphene.String(required=True, description="As JSON.")
    created_at = graphene.DateTime(required=True)
    created_by = graphene.String(required=True, description="Saleor's user id; blank: as shipped.")

    @staticmethod
    def resolve_rules(row: ReturnPolicy, _info: Any) -> str:
        return json.dumps(write_rules(rules_of(row)), ensure_ascii=False)


class ReturnPolicyUpdate(graphene.Mutation):
    """Put rules in force for a channel. Returns that were made before stay under theirs."""

    class Arguments:
        channel = graphene.String(required=True, description=CHANNEL)
        rules = graphene.String(required=True, description="All of them, as JSON.")
        expected_version = graphene.Int(
            required=True, description="The channel's own latest, 0 where it has none."
        )

    policy = graphene.Field(ReturnPolicyVersion)
    errors = graphene.List(
        graphene.NonNull(ReturnError),
        required=True,
        description="`field` is the path of the mistake, such as `rules.reasons.0.kinds.1`.",
    )

    @staticmethod
    def mutate(
        _root: None, info: Any, channel: str, rules: str, expected_version: int
    ) -> dict[str, Any]:
        try:
            with busy_is_a_refusal():
                row = update_policy(
                    need_staff(viewer_of(info)),
                    channel,
                    rules,
                    expected_version=expected_version,
                    now=clock.now(),
                )
        except Refusal as no:
            return {"errors": no.faults}
        return {"policy": row, "errors": ()}


class PolicyQuery(graphene.ObjectType):
    return_policy = graphene.Field(
        ReturnPolicyType,
        required=True,
        channel=graphene.String(required=True, description=CHANNEL),
        variant_id=graphene.ID(description="Saleor's: whether this one can be returned."),
        description="What holds before buying. Needs no log-in.",
    )
    return_reasons = graphene.List(
        graphene.NonNull(ReturnReason),
        required=True,
        channel=graphene.String(default_value="", description=CHANNEL),
        description="The reasons of a channel, in the order to show them. Needs no log-in.",
    )
    return_policy_versions = graphene.List(
        graphene.NonNull(ReturnPolicyVersion),
        required=True,
        channel=graphene.String(description="Left out: of all channels."),
        first=graphene.Int(default_value=USUAL_ROWS, description="At most 100."),
        description="Channel by channel, newest first. For staff.",
    )

    @staticmethod
    def resolve_return_policy(
        _root: None, info: Any, channel: str, variant_id: str | None = None
    ) -> ShownPolicy:
        if variant_id is not None:
            info.context.spend.call()
        return policy_before_buying(shop_of(info), channel, variant_id)

    @staticmethod
    def resolve_return_reasons(_root: None, info: Any, channel: str | None) -> tuple[Reason, ...]:
        return policy_before_buying(shop_of(info), channel or "", None).rules.reasons

    @staticmethod
    def resolve_return_policy_versions(
        _root: None, info: Any, first: int | None, channel: str | None = None
    ) -> list[ReturnPolicy]:
        rows = USUAL_ROWS if first is None else first
        return list_policies(need_staff(viewer_of(info)), channel, first=rows)


def _words(words: tuple[str, str], language_code: Any) -> str:
    zh, en = words
    return en if language_code == enums.LanguageCode.EN else zh
