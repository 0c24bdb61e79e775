"""Who may see a return in a real Saleor, asked as a gateway asks …"""

from __future__ import annotations

from tests import make
from tests.graphql.subgraph import RETURNS_OF, numbers, reference
from tests.graphql.wechat_logins import LINK, LOG_IN
from tests.live import payer, walk
from tests.live.live_shop import LiveOrder, LiveShop

OPENID = "openid-of-a-guest"


def test_is_the_customer_or_staff_and_nobody_else(shop: LiveShop) -> None:
    one, two = shop.order([1]), shop.order([1])
    request = walk.requested(shop, one)
    both = [reference(two.id), reference(one.id)]

    assert numbers(shop.as_li(RETURNS_OF, of=both)) == [[], [request["number"]]]
    assert numbers(shop.as_clerk(RETURNS_OF, of=both)) == [[], [request["number"]]]
    assert numbers(shop.as_wang(RETURNS_OF, of=both)) == [[], []]


def test_is_whoever_paid_known_by_wechat_alone(shop: LiveShop) -> None:
    order = payer.buy(shop, [1], buyer=payer.guest(), openid=OPENID)
    as_payer, as_stranger = _session(shop, OPENID), _session(shop, "openid-of-a-stranger")

    wish = {"input": make.wanted(order), "key": make.key()}
    refused = shop.ask(make.CREATE, wish, as_stranger)
    request = shop.ask(make.CREATE, wish, as_payer).request

    assert refused.refusals == [("NOT_FOUND", "orderId")]
    assert _seen(shop, order, as_payer) == [[request["number"]]]
    assert _seen(shop, order, as_stranger) == [[]]


def test_is_the_wechat_user_whom_a_customer_tied_to_the_account(shop: LiveShop) -> None:
    order = shop.order([1])
    request = walk.requested(shop, order)
    before = _seen(shop, order, _session(shop, "openid-of-li"))

    tied = shop.as_li(LINK, code=shop.mini.login("openid-of-li")).payload

    assert tied["errors"] == []
    assert before == [[]]
    assert _seen(shop, order, _session(shop, "openid-of-li")) == [[request["number"]]]


def _session(shop: LiveShop, openid: str) -> str:
    payload = shop.as_nobody(LOG_IN, code=shop.mini.login(openid)).payload
    assert payload["errors"] == []
    return str(payload["token"])


def _seen(shop: LiveShop, order: LiveOrder, token: str) -> list[list[str]]:
    return numbers(shop.ask(RETURNS_OF, {"of": [reference(order.id)]}, token))
