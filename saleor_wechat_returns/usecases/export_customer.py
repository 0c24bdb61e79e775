"""PIPL art. 45: everything that is kept about one person, in one ZIP, evidence included."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import structlog

from ..domain.lifecycle import Actor
from .bundle_contents import contents_of, proof
from .bundle_money import Json
from .bundle_package import Package
from .customer_rows import rows_of_customer, rows_of_return
from .customers import Customer, loose_evidence_of, returns_of_customer

log = structlog.get_logger(__name__)

ROWS = "data.json"


def export_customer(customer: Customer, to: Path, *, now: datetime) -> int:
    """Write the file, readable by its owner only; how many returns are in it. Changes no row.

    Half a file is none. Raises ProviderUnavailable when the storage is away; UnreadableSecretError;
    OSError if the file cannot be written, FileExistsError if it is there already.
    """
    to.touch(mode=0o600, exist_ok=False)
    try:
        count = _write(customer, to, now)
    except BaseException:
        to.unlink()
        raise
    log.info("customer.exported", shop=customer.shop.key, returns=count)
    return count


def _write(customer: Customer, to: Path, now: datetime) -> int:
    count = 0
    with zipfile.ZipFile(to, "w") as archive:
        package = Package(archive, customer.shop.zone)
        for request in returns_of_customer(customer):
            folder = f"returns/{request.number}/"
            contents = contents_of(request, Actor.CUSTOMER, now=now, with_held=True)
            package.add_return(contents, folder=folder)
            package.add_json(folder + ROWS, rows_of_return(request, customer))
            count += 1
        uploads = _add_loose(customer, package)
        package.add_json("customer.json", _about(customer, now) | {"uploads": uploads})
        package.end()
    return count


def _add_loose(customer: Customer, package: Package) -> list[Json]:
    """What was uploaded and attached to nothing."""
    loose = loose_evidence_of(customer).select_related("line")
    told = [proof(row, number, True) for number, row in enumerate(loose, start=1)]
    for _, packed in told:
        if packed is not None:
            package.add_file(packed)
    return [facts for facts, _ in told]


def _about(customer: Customer, now: datetime) -> Json:
    return {
        "made_at": now,
        "shop": customer.shop.api_url,
        "account": customer.user_id,
        **rows_of_customer(customer),
    }
