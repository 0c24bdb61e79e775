"""Which points there must be: read from the service itself, so that a new step cannot be forgotten.

Every effect and every handler; and in their modules, and in those of what the web does about
refunds, every function that opens a transaction or calls Saleor or WeChat Pay.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator

from saleor_wechat_returns import inbox, outbox
from saleor_wechat_returns.usecases import (
    appeals,
    auto_decide,
    bundles,
    courier_callbacks,
    following,
    offer_answers,
    orders,
    outbound,
    reconciliation,
    refund_requested,
    refund_retried,
    refund_settled,
    review,
    safety,
    shipping_looks,
    shipping_pushes,
    take_from_bill,
    upload,
    visits,
    wechat_pushes,
)
from saleor_wechat_returns.usecases import inspect as inspecting
from saleor_wechat_returns.usecases.effects import EFFECTS, HANDLERS

# An effect or handler that no refund needs, with the reason.
NOT_OF_A_REFUND = {
    reconciliation.RECONCILE: "compares; killed in usecases/test_reconciliation_workers.py",
    bundles.BUILD: "a file; killed in usecases/test_bundle.py",
    safety.CHECK: "about what is written and shown; asked twice it does no harm",
    visits.VISITED: "the same, after a log-in",
    wechat_pushes.MEDIA_CHECKED: "the answer to it",
    take_from_bill.TAKE: "hears what a notice would have said; killed there as well",
    auto_decide.DECIDE: "decides again, or not; killed in usecases/test_auto_decide.py",
    orders.SHIPPED: "reads an order, to follow its parcels",
    following.SUBSCRIBE: "has a courier tell; asked twice it does no harm",
    following.FOLLOW_EARLIER: "queues the same for parcels already on their way",
    following.LOOK: "a question to a courier",
    outbound.REFUSED: "begins a return, which waits for staff; usecases/test_refused_parcels.py",
    courier_callbacks.BOOKINGS: "where a parcel is",
    courier_callbacks.PARCELS: "the same",
    shipping_looks.TELL: "asks WeChat what it knows first; usecases/test_shipping_info.py",
    shipping_looks.LOOK: "a question",
    shipping_pushes.TRADE: "queues one of the two",
    upload.PROCESS: "a picture or video; killed in usecases/test_process_evidence.py",
}
# What the web does about refunds, as a point names it.
WEB = {
    "ReturnInspect": inspecting,
    "ReturnRequestApprove": review,
    "ReturnOfferAccept": offer_answers,
    "ReturnAppealResolve": appeals,
    "ReturnRefundRetry": refund_retried,
    "ReturnRefundSettleManually": refund_settled,
    "saleor/refund-requested/": refund_requested,
    "saleor/order-updated/": inbox,
    "s/<str:shop_key>/wechat-pay/refund/": inbox,
}
# A function of these modules, or one step of it, that no refund needs, with the reason.
ELSEWHERE = {
    "review.reject": "no money",
    "review.close": "no money",
    "orders.read_shipped": "an order without a return",
    "orders.read_open_orders": "the clock queues what order.read does",
    "show_in_saleor.show_moved_returns": "the clock queues what order.show does",
    "detail in pickup_calls.book": "a callback gave the numbers, and did not say that he is booked",
    "commit in pickup_calls.book": "the same",
}
# Functions and methods of the adapters, and what each calls.
CALLS = {
    "create_refund": "POST refunds",
    "query_refund": "GET refunds",
    "variant_of_line": "OrderVariants",
    "stock_in": "VariantStock",
    "set_stock": "SetStock",
    "book": "bOrder",
    "cancel": "cancel",
    "find": "detail",
}


def needed() -> set[str]:
    """Beginnings or ends of points: `worker refund.grant: before commit`, `after commit in …`."""
    asked = {*EFFECTS, *HANDLERS} - set(NOT_OF_A_REFUND)
    who = {f"worker {topic}" for topic in asked} | {f"web {errand}" for errand in WEB}
    steps = [
        step for step in steps_of_modules() if not {step[1], " in ".join(step)} & ELSEWHERE.keys()
    ]
    return {
        needed
        for when in ("before", "after")
        for needed in (
            *(f"{one}: {when} commit" for one in who),
            *(f"{when} {what} in {place}" for what, place in steps),
        )
    }


def missing(deaths: set[str]) -> set[str]:
    """What is needed and none of the deaths was."""
    beginnings = {point.rpartition(" in ")[0] for point in deaths}
    ends = {point.partition(": ")[2] for point in deaths}
    return needed() - beginnings - ends


def steps_of_modules() -> Iterator[tuple[str, str]]:
    """What a function calls or commits, and its place."""
    functions = [f for name, f in {**EFFECTS, **HANDLERS}.items() if name not in NOT_OF_A_REFUND]
    names = {function.__module__ for function in functions}
    names |= {module.__name__ for module in (*WEB.values(), inbox, outbox)}
    for name in sorted(names):
        tree = ast.parse(inspect.getsource(importlib.import_module(name)))
        for function in tree.body:
            if isinstance(function, ast.FunctionDef):
                place = f"{name.rpartition('.')[2]}.{function.name}"
                yield from ((what, place) for what in _steps_of(function))


def _steps_of(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case ast.With(items=[ast.withitem(context_expr=ast.Call(func=opened))]):
                if ast.unparse(opened) == "transaction.atomic":
                    yield "commit"
            case ast.Call(
                func=ast.Attribute(attr="change" | "read"),
                args=[ast.Constant(value=str(operation)), *_],
            ):
                yield operation
            case ast.Call(func=ast.Attribute(attr=called) | ast.Name(id=called)) if called in CALLS:
                yield CALLS[called]
