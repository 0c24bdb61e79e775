"""After the story: what a stranger can try by hand while the shop stays open."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ..sandbox.saleor import Address, PaidWith
from . import voice
from .buying import HOODIES, IDENTIFIER, OPENID_OF_LI
from .fetching import LIS_DOOR
from .providers import now
from .stack import MCHID, PASSWORD, Stack

HOURS = 8
GUESTS_PHONE = "13800138001"
GUESTS_PAYMENT = "4200000000202611230000000001"

MINE = (
    "{ returnRequests { edges { node { number statusLabel slipUrl"
    " deliveries { waybillNo parcelStatusLabel } refunds { amount { amount } } } } } }"
)
ANSWER = (
    "{ returnRequest { id number version statusLabel availableActions { action } }"
    " errors { code message } }"
)
CREATE = (
    'mutation { returnRequestCreate(idempotencyKey: "try-1", input: { orderId: "%s",'
    ' kind: RETURN_AND_REFUND, reason: "changed_mind",'
    ' lines: [{ orderLineId: "%s", quantity: 1 }] }) ' + ANSWER + " }"
)
APPROVE = 'mutation { returnRequestApprove(id: "…", expectedVersion: 1) ' + ANSWER + " }"
_DOOR = ", ".join(f'{name}: "{text}"' for name, text in LIS_DOOR.items())
PICKUP = (
    f'{{ returnPickupWindows(id: "…", sender: {{ {_DOOR} }}) {{ payerLabel idNotice'
    " consent { version text } offers { courierLabel windows { startsAt endsAt }"
    " estimate { amount } } } }"
)
GUEST = (
    'mutation { returnGuestSessionCreate(orderNumber: "%s", phone: "%s")'
    " { token orderId errors { code message } } }"
)
LOG_IN = 'mutation { wechatSessionCreate(code: "%s") { token isLinked errors { code message } } }'
ORDER = (
    '{ order(id: "%s") { number status transactions'
    " { pspReference chargedAmount { amount } refundedAmount { amount } } } }"
)


def invite(stack: Stack, order: Any) -> None:
    """Print addresses, tokens and questions to paste. Puts a guest's order into the shop."""
    voice.title("商店还开着 · The shop stays open. Try it, and end it with Ctrl-C.")
    print(f"  API; GraphiQL in a browser    {stack.api_url}")
    print(f"  simulated Saleor, POST only   {stack.providers.saleor_url}")
    print(f"  manifest, for another Saleor  {stack.public_url}/saleor/manifest/")
    print(f"  logs of web and worker        {stack.processes.folder}")
    _tokens(stack)
    _in_graphiql(stack, order)
    _in_a_shell(stack, order)
    voice.topic("Deadlines")
    voice.line(
        "CLOCK_SCALE=1440 make demo makes a minute of a day; started plainly, days are days."
    )
    voice.topic("What cannot be tried by hand")
    voice.line("Paying, more wx.login codes, faults: the simulators have no door for them.")
    voice.line("docs/sandbox.md starts them in Python; the tests meet every fault, by its name.")


def _tokens(stack: Stack) -> None:
    voice.topic(f"Tokens for {HOURS} hours, to paste into a shell (a real Saleor's: five minutes)")
    voice.line(f"export LI={stack.token_of_li(hours=HOURS)}")
    voice.line(f"export STAFF={stack.token_of_staff(hours=HOURS)}")


def _in_graphiql(stack: Stack, order: Any) -> None:
    voice.topic("Li, in GraphiQL: her token behind Bearer, under Headers; a T-shirt is still hers")
    voice.line(MINE)
    voice.line(CREATE % (order.id, order.lines[1].id))
    voice.topic("Staff, the same with theirs, and with the id that Li was answered")
    voice.line(APPROVE)
    voice.topic("Li again: who would fetch it, when, and for how much; slipUrl opens its slip")
    voice.line(PICKUP)
    voice.topic("A guest, without a token: an order, and no account")
    voice.line(GUEST % (_place_guest_order(stack).number, GUESTS_PHONE))


def _in_a_shell(stack: Stack, order: Any) -> None:
    code = stack.providers.mini.login(OPENID_OF_LI)
    as_staff = ' -H "Authorization: Bearer $STAFF"'
    voice.topic("Li, by WeChat alone: this code of wx.login is good once, within five minutes")
    voice.line(_curl(stack.api_url, LOG_IN % code))
    pages = f"{stack.public_url}/dashboard/returns/"
    voice.topic(f"Staff, {pages} opens only inside a Saleor Dashboard; its content:")
    voice.line(f"curl -s '{stack.public_url}/dashboard/content/returns/?locale=en'{as_staff}")
    voice.topic(f"At Saleor (tokenCreate takes li@ or staff@example.com, password {PASSWORD})")
    voice.line(_curl(stack.providers.saleor_url, ORDER % order.id) + as_staff)


def _place_guest_order(stack: Stack) -> Any:
    """Two hoodies, paid and delivered; put there without the walk through the checkout."""
    order = stack.providers.saleor.seed_order(
        user_email="guest@example.com",
        lines=[HOODIES],
        shipping=Decimal("12.00"),
        paid_with=[PaidWith(IDENTIFIER, GUESTS_PAYMENT)],
        fulfilled="all",
        shipping_address=Address("QWRkcmVzczox", phone=f"+86{GUESTS_PHONE}"),
    )
    fen = int(order.total * 100)
    stack.providers.wechat.add_payment(
        MCHID, GUESTS_PAYMENT, "SO00000001", fen, "openid-of-a-guest", now()
    )
    return order


def _curl(url: str, query: str) -> str:
    body = json.dumps({"query": query}, ensure_ascii=False)
    return f"curl -s {url} -H 'Content-Type: application/json' -d '{body}'"
