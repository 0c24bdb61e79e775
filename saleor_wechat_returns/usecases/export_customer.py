"""PIPL art. 45: everything that is kept about one person, in one ZIP, evidence included."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from ..domain.lifecycle import Actor
from ..models import WechatAccount, WechatVisit
from .bundle_contents import contents_of
from .bundle_package import Package
from .customers import Customer, loose_evidence_of, payments_of, returns_of_customer

log = structlog.get_logger(__name__)


def export_customer(customer: Customer, to: Path, *, now: datetime) -> int:
    """Write the file, readable by its owner only; how many returns are in it. Changes no row.

    Raises ProviderUnavailable when the storage is away; OSError if the file cannot be written,
    FileExistsError if it is there already.
    """
    to.touch(mode=0o600, exist_ok=False)
    count = 0
    with zipfile.ZipFile(to, "w") as archive:
        package = Package(archive, customer.shop.zone)
        for request in returns_of_customer(customer):
            contents = contents_of(request, Actor.CUSTOMER, now=now, with_held=True)
            package.add_return(contents, folder=f"returns/{request.number}/")
            count += 1
        package.add_json("customer.json", _about(customer, now))
        package.end()
    log.info("customer.exported", shop=customer.shop.key, returns=count)
    return count


def _about(customer: Customer, now: datetime) -> dict[str, Any]:
    links = WechatAccount.objects.filter(
        shop=customer.shop, openid_index__in=customer.openid_indexes
    )
    visits = WechatVisit.objects.filter(
        shop=customer.shop, openid_index__in=customer.openid_indexes
    )
    return {
        "made_at": now,
        "shop": customer.shop.api_url,
        "account": customer.user_id,
        "wechat_links": list(links.order_by("id").values("appid", "linked_at")),
        "visits": list(visits.order_by("id").values("appid", "visited_at")),
        "payments": list(
            payments_of(customer).values(
                "out_trade_no",
                "wechat_transaction_id",
                "amount_fen",
                "description",
                "status",
                "success_at",
            )
        ),
        "uploads_attached_to_nothing": list(
            loose_evidence_of(customer).values("received_at", "sha256", "size", "medium", "status")
        ),
    }
