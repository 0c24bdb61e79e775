"""WeChat Pay's daily bills: asked for, downloaded, proven, handed over row by row.

Owns the way from a day to rows that can be believed. Nothing of a bill is seen before all of it
was received, its hash agreed with the signed answer, and its rows agreed with its own totals.
A bill stands in a file without a name meanwhile, never in memory.
Source: WeChat Pay v3, "apply for trade bill", "apply for fund flow bill", "download bill", read
2026-11: the address lives for 5 minutes; the hash is of the unpacked file; the file is not signed.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from tempfile import TemporaryFile
from typing import BinaryIO, Generic
from urllib.parse import urlsplit

import httpx

from ..domain.errors import OutcomeUnknown, ProviderRejected, ProviderUnavailable
from .bill_rows import FundRow, Row, TradeRow, fund_rows, read_all, trade_rows
from .exchange import Exchange
from .merchant import BACKUP_HOST, MAIN_HOST, Merchant
from .wire import JsonObject, Malformed, read_object, read_text

TRADE_BILL = "/v3/bill/tradebill"
FUND_BILL = "/v3/bill/fundflowbill"

NONE_THAT_DAY = "NO_STATEMENT_EXIST"
BEING_MADE = "STATEMENT_CREATING"
BEING_MADE_PAUSE_SECONDS = 1800

LARGEST_BILL = 2 * 1024**3
PIECE = 64 * 1024
GZIP = 31  # zlib's word for: with gzip's own header and checksum
GZIP_BEGINS = b"\x1f\x8b"


class BillBeingMade(ProviderUnavailable):
    """WeChat Pay still makes this bill, or the day had nothing: the documents leave that open."""


@dataclass(frozen=True, slots=True)
class Bill(Generic[Row]):
    """A bill that was proven. Lives as long as the block that got it."""

    count: int
    _file: BinaryIO
    _rows: Callable[[BinaryIO], Iterator[Row]]

    def rows(self) -> Iterator[Row]:
        """Every row, in WeChat Pay's order; each call begins anew."""
        return self._rows(self._file)


class BillClient:
    """One merchant's bills. A question changes nothing there, so each may be repeated.

    Every call may end in ProviderRejected, ProviderUnavailable, BillBeingMade or OutcomeUnknown,
    the last also where a bill is not what its hash or its totals say.
    """

    def __init__(self, merchant: Merchant, http: httpx.Client, now: Callable[[], datetime]) -> None:
        self._exchange = Exchange(merchant, http, now)

    @contextmanager
    def trade_bill(self, day: date) -> Iterator[Bill[TradeRow] | None]:
        """Payments and refunds of a day in Beijing, for `with`; None if there were none.

        Made from 10:00 on of the next day; kept for three months.
        """
        target = f"{TRADE_BILL}?bill_date={day}&bill_type=ALL&tar_type=GZIP"
        with self._bill(target, trade_rows) as bill:
            yield bill

    @contextmanager
    def fund_bill(self, day: date) -> Iterator[Bill[FundRow] | None]:
        """What came into the merchant's account and went out of it, as `trade_bill`."""
        target = f"{FUND_BILL}?bill_date={day}&account_type=BASIC&tar_type=GZIP"
        with self._bill(target, fund_rows) as bill:
            yield bill

    @contextmanager
    def _bill(
        self, target: str, rows: Callable[[BinaryIO], Iterator[Row]]
    ) -> Iterator[Bill[Row] | None]:
        told = self._apply(target)
        if told is None:
            yield None
            return
        with TemporaryFile() as file:
            try:
                self._download(told, file)
                count = read_all(rows, file)
            except Malformed as malformed:
                raise OutcomeUnknown(f"bill not understood: {malformed}") from None
            yield Bill(count, file, rows)

    def _apply(self, target: str) -> JsonObject | None:
        try:
            return read_object(self._exchange.ask("GET", target))
        except Malformed as malformed:
            raise OutcomeUnknown(f"answer not understood: {malformed}") from None
        except ProviderRejected as no:
            # Decided by the code alone: 400 in the documents, 404 has been seen.
            if no.code == NONE_THAT_DAY:
                return None
            if no.code == BEING_MADE:
                pause = BEING_MADE_PAUSE_SECONDS
                raise BillBeingMade("the bill is being made", after_seconds=pause) from no
            raise

    def _download(self, told: JsonObject, file: BinaryIO) -> None:
        if read_text(told, "hash_type") != "SHA1":
            raise Malformed("the hash is not SHA1")
        digest = hashlib.sha1(usedforsecurity=False)
        size = 0
        with self._exchange.file(self._own_target(read_text(told, "download_url"))) as pieces:
            for piece in _unpacked(pieces):
                size += len(piece)
                if size > LARGEST_BILL:
                    raise Malformed("too large")
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != read_text(told, "hash_value").lower():
            raise Malformed("its hash is another")

    def _own_target(self, url: str) -> str:
        """Path and query: asked of the host we know, so that no other sees our signature."""
        told, own = urlsplit(url), self._exchange.merchant.base_url
        hosts = {own, MAIN_HOST, BACKUP_HOST} if own in {MAIN_HOST, BACKUP_HOST} else {own}
        if f"{told.scheme}://{told.netloc}" not in hosts or not told.path.startswith("/"):
            raise Malformed("the address is of another host")
        return told.path + (f"?{told.query}" if told.query else "")


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What gzip had packed, in pieces of 64 KB at most; unpacked bytes as they are.

    Raises Malformed where it is cut or damaged.
    """
    first = b""
    while len(first) < len(GZIP_BEGINS) and (piece := next(pieces, b"")):
        first += piece
    if not first.startswith(GZIP_BEGINS):
        yield first
        yield from pieces
        return
    unpacker = zlib.decompressobj(GZIP)
    try:
        for piece in chain([first], pieces):
            rest = piece
            while rest:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(GZIP)
                yield unpacker.decompress(rest, PIECE)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
    except zlib.error:
        raise Malformed("damaged") from None
    if not unpacker.eof:
        raise Malformed("cut")
