"""Every column that may hold something of a customer …

EC60: a new model or column fails here until it is said whether it is handed over and erased.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import BinaryField, CharField, Field, JSONField, Model, TextField

from saleor_wechat_returns import models as rows
from saleor_wechat_returns import tasks
from saleor_wechat_returns.secretbox import blind_index, open_sealed, seal
from saleor_wechat_returns.usecases.customer_rows import (
    LEFT_OUT,
    OF_CUSTOMER,
    OF_PARCEL,
    OF_RETURN,
    ONLY_TO_RUN,
    columns_handed_over,
)
from saleor_wechat_returns.usecases.rotate_keys import sealed_columns
from tests import evidence
from tests.graphql.wechat_logins import link
from tests.usecases import parcels, payer
from tests.usecases.test_customer_data import OPENID, YEARS, command, everything, exported
from tests.world import TestShop, World

# Nobody's, or nothing but hashes for as long as it takes (docs/privacy.md).
NOT_OF_CUSTOMERS = frozenset(
    {
        "CourierAccount",
        "Difference",
        "CountedTry",
        "Heartbeat",
        "InboxMessage",
        "OutboxMessage",
        "Reconciliation",
        "ReturnAddress",
        "ReturnPolicy",
        "Shop",
        "ShopApp",
        "StockChange",
        "StoredFile",
        "WechatAccessToken",
        "WechatMerchant",
        "WechatMiniProgram",
        "WechatPush",
    }
)
OURS = (*OF_RETURN, *OF_PARCEL, *OF_CUSTOMER, *ONLY_TO_RUN)
# Who it is: not filled with words here, but looked for when it should be gone.
WHO = frozenset({"customer_id", "user_id", "openid_index", "caller", "actor_id", "extended_by"})
# Codes, numbers and names of goods and companies: they lead to nobody, and the books need them.
STAYS = {
    "Evidence": "sha256 content_type original_key shown_key thumbnail_key shown_sha256",
    "EvidenceBundle": "key sha256",
    "InspectedPieces": "warehouse_id inspected_by",
    "OutboundDelivery": "fulfillment_id reported_by",
    "Parcel": "courier carrier",
    "Payment": "transaction_id psp_reference",
    "PickupBooking": "provider courier number consent_version charges",
    "Refund": "grant_id failure settled_reference settled_by",
    "ReturnAppeal": "rejected_by resolved_by",
    "ReturnEvent": "kind",
    "ReturnLine": "parcels",
    "ReturnMessage": "wants",
    "ReturnOffer": "made_by",
    "ReturnRequest": "number reason rejection_code known_return_events return_fulfillment_id"
    " return_event_id shown_status",
    "ReturnableLine": "order_line_id product_name variant_name sku",
    "ReturnableOrder": "order_id number channel currency saleor_status",
    "SafetyCheck": "media_key appid trace_id trouble decided_by",
    "SaleorRefundRequest": "psp_reference",
    "ShippingInfo": "order_id trouble",
    "StaffTask": "closed_by",
    "UnmatchedParcel": "carrier received_by ended_by",
    "UploadTicket": "digest",
    "WechatAccount": "appid",
    "WechatPayment": "transaction_id source_id channel appid out_trade_no description prepay_id"
    " wechat_transaction_id latest_error",
    "WechatRefund": "out_refund_no wechat_transaction_id reason wechat_refund_id latest_error",
    "WechatVisit": "appid",
}


def test_is_of_a_model_that_is_known_to_be_a_customers_or_not() -> None:
    every = {model.__name__ for model in apps.get_app_config("saleor_wechat_returns").get_models()}

    assert {model.__name__ for model in OURS} == every - NOT_OF_CUSTOMERS
    assert every >= NOT_OF_CUSTOMERS


def test_is_handed_over_and_goes(world: World, tmp_path: Path) -> None:
    shop = world.shop
    link(shop, OPENID, shop.saleor.user_token(shop.li))
    with_a_row_of_each(shop)
    words = {word for model in OURS for word in filled(model)}
    who = {shop.li.id, rows.WechatAccount.objects.get().openid_index, blind_index(parcels.NUMBER)}

    files = exported(shop, shop.li.id, tmp_path)
    world.clock.forward(**YEARS)
    said = command("erase_customer", shop, shop.li.id)
    tasks.delete_files()

    told = b"".join(files.values()).decode(errors="ignore")
    is_his = {word for word in words if is_handed_over(word)}
    assert {word for word in is_his if word not in told} == set()
    assert len(is_his) > 20
    assert {word for word in words - is_his if word in told} == set()
    assert said[-1] == "Nothing personal is left."
    left = everything_kept()
    assert {word for word in words | who if word in left} == set()


def text_columns(model: type[Model]) -> list[Field[Any, Any]]:
    """Where words can be: no numbers, times, links to rows, or choices."""
    stays = STAYS.get(model.__name__, "").split()
    return [
        column
        for column in model._meta.concrete_fields
        if isinstance(column, CharField | TextField | JSONField | BinaryField)
        and not column.choices
        and column.name not in stays
        and column.name not in WHO
        and not column.name.endswith(("key_id", "_index", "digest"))
    ]


def filled(model: type[Model]) -> list[str]:
    """Write a word of its own into each such column of every row; the words."""
    columns = text_columns(model)
    found = list(model._default_manager.all())
    assert found, model
    for row in found:
        for column in columns:
            setattr(row, column.name, value_of(column, row))
        sealed = [it.key_id for it in sealed_columns() if it.model is model]
        for key_id in sealed:
            setattr(row, key_id, seal("")[1])
        row.save()
    return [word_of(column) for column in columns]


def value_of(column: Field[Any, Any], row: Model) -> Any:
    word = word_of(column)
    if isinstance(column, BinaryField):
        return seal(word)[0]
    if isinstance(column, JSONField):
        there = getattr(row, column.name)
        return there | {"said": word} if isinstance(there, dict) else [*there, word]
    if column.name in ("key", "idempotency_key"):  # each caller's own
        return f"{word}{row.pk.hex[-6:]}"
    return word[: column.max_length]


def word_of(column: Field[Any, Any]) -> str:
    return f"<{column.model.__name__}.{column.name}>".replace("_sealed", "")


def is_handed_over(word: str) -> bool:
    model, _, name = word.strip("<>").partition(".")
    found = apps.get_model("saleor_wechat_returns", model)
    if found in ONLY_TO_RUN:
        return False
    return bool({name, f"{name}_sealed"} & set(columns_handed_over(found)))


def everything_kept() -> str:
    """All rows of all models, with what is sealed in clear."""
    kept = []
    for model in apps.get_app_config("saleor_wechat_returns").get_models():
        kept += [str(row) for row in model._default_manager.values()]
    for columns in sealed_columns():
        for row in columns.model._default_manager.values(columns.key_id, *columns.names):
            sealed = [row[name] for name in columns.names if row[name]]
            kept += [open_sealed(bytes(one), row[columns.key_id]) for one in sealed]
    return "\n".join(kept)


def test_is_left_out_by_a_name_that_it_has() -> None:
    for model, names in LEFT_OUT.items():
        assert names <= {column.attname for column in model._meta.concrete_fields}, model
    for name, stays in STAYS.items():
        columns = apps.get_model("saleor_wechat_returns", name)._meta.concrete_fields
        assert set(stays.split()) <= {column.attname for column in columns}, name


def with_a_row_of_each(shop: TestShop) -> None:
    """A return of Li's that is over and paid, with all that may be kept beside it."""
    payer.pay(shop, payer.begin(shop, payer.fill(shop)))
    everything(shop)
    now, common = shop.world.clock.now, {"shop": shop.row}
    request = rows.ReturnRequest.objects.get()
    payment = rows.WechatPayment.objects.get()
    rows.ShippingInfo.objects.get_or_create(payment=payment, defaults=common)
    nothing, key_id = seal("")
    line = request.lines.get()
    offer = rows.ReturnOffer.objects.create(
        **common,
        request=request,
        kind="refund_only",
        amount_fen=1,
        expires_at=now,
        status="declined",
        ended_at=now,
    )
    rows.ReturnOfferLine.objects.create(
        **common, offer=offer, line=line.line, quantity=1, amount_fen=1
    )
    made = {"sealed_key_id": key_id, "waybill_sealed": nothing, "phone_sealed": nothing}
    index = blind_index(parcels.NUMBER)
    sent = rows.Parcel.objects.create(**common, **made, carrier="京东物流", waybill_index=index)
    rows.TrackingEvent.objects.create(
        **common, parcel=sent, status="signed", at=now, raw_sealed=nothing, raw_key_id=key_id
    )
    rows.OutboundDelivery.objects.create(
        **common, order=request.order, fulfillment_id="F1", parcel=sent
    )
    fetched = rows.Parcel.objects.create(**common, **made, carrier="京东物流")
    delivery = rows.ReverseDelivery.objects.create(
        **common, request=request, parcel=fetched, method="pickup", status="canceled"
    )
    people = ("sender_sealed", "salt_sealed", "courier_name_sealed", "courier_phone_sealed")
    rows.PickupBooking.objects.create(
        **common,
        **dict.fromkeys(people, nothing),
        sealed_key_id=key_id,
        request=request,
        delivery=delivery,
        provider="kuaidi100",
        courier="jd",
        number="P1",
        status="canceled",
        starts_at=now,
        ends_at=shop.world.clock.now.replace(hour=23),
        consented_at=now,
        consent_version="kuaidi100-1",
        merchant_pays=True,
    )
    rows.UnmatchedParcel.objects.create(
        **common,
        request=request,
        received_at=now,
        waybill_sealed=nothing,
        waybill_key_id=key_id,
    )
    rows.StaffTask.objects.create(**common, request=request, kind="stuck", closed_at=now)
    deadline = request.deadlines.order_by("id").first()
    assert deadline is not None
    deadline.extended_at, deadline.extension_reason, deadline.extended_by = now, "–", shop.li.id
    deadline.save()
    evidence.uploaded(shop, evidence.picture(40, 30))
