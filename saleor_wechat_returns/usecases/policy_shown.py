"""The rules as anybody may read them before buying, for a channel or one of its variants."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog

from ..domain.eligibility import OBSTACLES, Obstacle
from ..domain.errors import ErrorCode, ProviderError, Refusal, refuse
from ..domain.goods import Goods
from ..domain.policy import Basis, Rules
from ..models import Shop
from ..saleor.goods import goods_of_variant
from .policies import current_policy, rules_of
from .policy_versions import LONGEST_CHANNEL
from .shops import saleor_of
from .texts import fault_of_text, is_global_id

log = structlog.get_logger(__name__)

# Somebody looks at a product page.
SALEOR_SECONDS = 3.0
# A page that many look at is asked for once a minute by each process.
KEPT_SECONDS = 60
MOST_KEPT = 1024


@dataclass(frozen=True, slots=True)
class NotReturnable:
    """Why a variant cannot be returned without the shop's fault.

    `confirmed_by`: it can, unless the checkout writes one of these metadata keys to the order or
    its line, because the customer confirmed it. Empty: whatever the customer says.
    """

    code: str
    words: tuple[str, str]
    basis: Basis | None
    confirmed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """What holds now. `version` 0: the shop has said nothing, so it is as shipped."""

    channel: str
    version: int
    rules: Rules
    exclusion: NotReturnable | None = None


def policy_before_buying(shop: Shop, channel: str, variant_id: str | None) -> ShownPolicy:
    """What a customer may count on. Asks Saleor only about a variant. Raises Refusal.

    No transaction may be open.
    """
    if fault := fault_of_text(channel, "channel", longest=LONGEST_CHANNEL):
        raise Refusal(fault)
    row = current_policy(shop, channel)
    rules = rules_of(row)
    exclusion = None
    if variant_id is not None:
        exclusion = _exclusion(rules, _goods(shop, channel, variant_id, rules))
    return ShownPolicy(channel, row.version if row else 0, rules, exclusion)


def _exclusion(rules: Rules, goods: Goods) -> NotReturnable | None:
    if goods.is_gift_card:
        return NotReturnable(Obstacle.GIFT_CARD.value, OBSTACLES[Obstacle.GIFT_CARD], None)
    found = rules.possible_exclusion_of(goods)
    if found is None:
        return None
    return NotReturnable(found.code, (found.zh, found.en), found.basis, found.confirmed_by)


def _goods(shop: Shop, channel: str, variant_id: str, rules: Rules) -> Goods:
    if not is_global_id(variant_id):
        raise refuse(ErrorCode.MALFORMED, "variantId")
    keys = tuple(sorted(rules.metadata_keys))
    asked = (str(shop.pk), channel, variant_id, keys)
    kept = _kept.get(asked)
    if kept is not None:
        return kept
    variables = {"id": variant_id, "channel": channel or None, "keys": list(keys)}
    try:
        found = saleor_of(shop).read("VariantGoods", variables, seconds=SALEOR_SECONDS)
    except ProviderError as trouble:
        log.warning("variant.unreadable", shop=shop.key, error=str(trouble))
        raise refuse(ErrorCode.SALEOR_UNAVAILABLE) from trouble
    if found["productVariant"] is None:
        raise refuse(ErrorCode.NOT_FOUND, "variantId")
    goods = goods_of_variant(found["productVariant"])
    _kept.put(asked, goods)
    return goods


class _Kept:
    """Variants as read lately, in this process. Real time, whatever clock rows go by."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._goods: dict[object, tuple[float, Goods]] = {}

    def get(self, asked: object) -> Goods | None:
        with self._lock:
            read_at, goods = self._goods.get(asked, (float("-inf"), None))
        return goods if time.monotonic() - read_at < KEPT_SECONDS else None

    def put(self, asked: object, goods: Goods) -> None:
        with self._lock:
            if len(self._goods) >= MOST_KEPT:
                self._goods.clear()
            self._goods[asked] = (time.monotonic(), goods)

    def forget(self) -> None:
        with self._lock:
            self._goods.clear()


_kept = _Kept()
