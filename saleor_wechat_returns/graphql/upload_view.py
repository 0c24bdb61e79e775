"""POST /s/<shop key>/uploads/<ticket>: one file, as `wx.uploadFile` sends it.

multipart/form-data with one file under any name, beside fields that are not looked at, in any
order. The ticket's secret stands in a header, so everything is known before the first byte.
"""

from __future__ import annotations

import tempfile

import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import clock
from ..domain.error_words import MEANINGS
from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..models import Evidence, Shop, UploadTicket
from ..usecases.upload import Arrived, most_bytes, open_ticket, receive_upload
from .errors import busy_is_a_refusal
from .label import global_id, read_id
from .one_file import OneFile
from .slow_clients import ends_in_time

log = structlog.get_logger(__name__)

# What boundaries, names and fields may add to the file.
MOST_AROUND = 64 * 1024
# A client that is still sending does not read the answer, so a refused body is taken to its end,
# but not for ever.
MOST_DISCARDED = 256 * 1024 * 1024
STATUS = {
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.TICKET_USED: 409,
    ErrorCode.TICKET_EXPIRED: 410,
    ErrorCode.FILE_TOO_LARGE: 413,
    ErrorCode.FILE_TYPE_UNKNOWN: 415,
    ErrorCode.STORAGE_UNAVAILABLE: 503,
    ErrorCode.BUSY: 503,
}


@csrf_exempt  # authorised by a secret in a header, never by a cookie
@require_POST
def upload_view(request: HttpRequest, shop_key: str, ticket_id: str) -> JsonResponse:
    """201 with the evidence's id, 200 for the same bytes again; else `errors`, and nothing kept."""
    with ends_in_time(request):
        try:
            with busy_is_a_refusal():
                return _received(request, shop_key, ticket_id)
        except Refusal as no:
            _discard(request)
            log.info("upload.refused", code=no.faults[0].code.name)
            return _refusal(no.faults[0])


def _received(request: HttpRequest, shop_key: str, ticket_id: str) -> JsonResponse:
    ticket = _ticket(request, shop_key, ticket_id)
    # It has no name on disk: however this process ends, the file ends with it.
    with tempfile.TemporaryFile() as kept:
        arrived = _read(request, OneFile(request, kept, most=most_bytes(ticket.medium)))
        was_used = ticket.used_at is not None
        evidence = receive_upload(ticket, arrived, now=clock.now())
    return JsonResponse(_answer(evidence), status=200 if was_used else 201)


def _ticket(request: HttpRequest, shop_key: str, ticket_id: str) -> UploadTicket:
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    pk = read_id(ticket_id, "ReturnUploadTicket")
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if shop is None or pk is None or scheme.lower() != "bearer":
        raise refuse(ErrorCode.NOT_FOUND)
    return open_ticket(shop, pk, secret.strip(), now=clock.now())


def _read(request: HttpRequest, file: OneFile) -> Arrived:
    """What came, to its end. Raises Refusal."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > file.most + MOST_AROUND:
        raise refuse(ErrorCode.FILE_TOO_LARGE)
    request.upload_handlers = [file]
    try:
        request.POST  # noqa: B018 - reads the body through the handler
    except UnreadablePostError as broken:
        raise refuse(ErrorCode.FILE_INCOMPLETE) from broken
    except (MultiPartParserError, SuspiciousOperation) as wrong:
        raise refuse(ErrorCode.MALFORMED) from wrong
    return file.arrived()


def _discard(request: HttpRequest) -> None:
    """Read what is still coming, and keep none of it."""
    left = MOST_DISCARDED
    try:
        while left > 0 and (chunk := request.read(MOST_AROUND)):
            left -= len(chunk)
    except UnreadablePostError:
        log.info("upload.broke_off")


def _answer(evidence: Evidence) -> dict[str, str]:
    status = evidence.status.upper()
    return {"id": global_id(evidence, "ReturnEvidence"), "status": status}


def _refusal(fault: Fault) -> JsonResponse:
    zh, en = MEANINGS[fault.code]
    said = {"code": fault.code.name, "message": zh, "messageEn": en, "field": fault.field}
    return JsonResponse({"errors": [said]}, status=STATUS.get(fault.code, 400))
