"""The worker makes what was uploaded anew, and the file as it came is deleted.

Decoding happens in a process with limits (media/), so that a bomb or a crash of a decoder costs
that one file and nothing else. Done again after a crash of ours, it begins from the original.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from .. import clock, vault
from ..domain.errors import ProviderUnavailable
from ..domain.evidence import EvidenceStatus, Medium, Trouble
from ..domain.lifecycle import Actor
from ..media.errand import TRY_AGAIN, Errand, Made, Unreadable
from ..models import Evidence, OutboxMessage
from .auto_decide import decide_later
from .safety import Picture, check_pictures
from .scratch import scratch
from .stored_files import give_up, store, take
from .upload import PROCESS

log = structlog.get_logger(__name__)

THUMBNAIL_SIDE = 400
# The process ends itself in time; if even that does not work, it is ended.
GRACE_SECONDS = 10
# WeChat checks no videos, but pictures out of them.
FRAMES = 4
FRAMES_SECONDS = 30
# Whoever ends the worker may end its children first: that says nothing about the file.
ENDED_FROM_OUTSIDE = {-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, -signal.SIGKILL}

ENDED = "decoding was ended by "


def process(evidence_id: UUID) -> None:
    """Make one file anew: READY, or UNREADABLE with words for its sender.

    Raises ProviderUnavailable when the storage is away, or the worker is being ended.
    """
    evidence = Evidence.objects.select_related("shop").get(pk=evidence_id)
    if evidence.status != EvidenceStatus.STORED:
        return
    with scratch("media") as folder:
        errand = _errand(evidence, folder)
        with open(errand.original, "wb") as original:
            vault.fetch(evidence.original_key, original)
        try:
            made = _made(errand, seconds=settings.EVIDENCE_DECODE_SECONDS)
        except Unreadable as why:
            _write_unreadable(evidence, Trouble(str(why)))
            return
        _write_ready(evidence, errand, made, _frames_of(evidence, errand))


def _errand(evidence: Evidence, folder: Path) -> Errand:
    is_video = evidence.medium == Medium.VIDEO
    return Errand(
        medium=evidence.medium,
        original=str(folder / "original"),
        shown=str(folder / "shown"),
        thumbnail=str(folder / "thumbnail"),
        side=settings.EVIDENCE_VIDEO_SIDE if is_video else settings.EVIDENCE_PICTURE_SIDE,
        thumbnail_side=THUMBNAIL_SIDE,
        seconds=settings.EVIDENCE_VIDEO_SECONDS,
    )


def _frames_of(evidence: Evidence, errand: Errand) -> list[Path]:
    """Pictures out of a customer's video, for WeChat to look at; its poster if that fails."""
    if evidence.medium != Medium.VIDEO or evidence.actor != Actor.CUSTOMER:
        return []
    frame = str(Path(errand.shown).with_name("frame"))
    wanted = replace(errand, original=errand.shown, shown=frame, frames=FRAMES)
    try:
        _made(wanted, seconds=FRAMES_SECONDS)
    except Unreadable as why:
        log.warning("evidence.no_frames", evidence=str(evidence.pk), why=str(why))
        return [Path(errand.thumbnail)]
    return [Path(f"{frame}-{number}") for number in range(FRAMES)]


def _made(errand: Errand, *, seconds: int) -> Made:
    """Raises Unreadable, also where the decoder crashed, and ProviderUnavailable where we end."""
    asked = asdict(errand) | {"limit_seconds": seconds}
    child = subprocess.Popen(
        [sys.executable, "-m", "saleor_wechat_returns.media"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    )
    try:
        said, complained = child.communicate(
            json.dumps(asked).encode(), timeout=seconds + GRACE_SECONDS
        )
    except subprocess.TimeoutExpired as late:
        child.kill()
        child.wait()
        raise Unreadable(Trouble.TOO_SLOW) from late
    if child.returncode == -signal.SIGALRM:
        raise Unreadable(Trouble.TOO_SLOW)
    if child.returncode in ENDED_FROM_OUTSIDE:
        raise ProviderUnavailable(f"{ENDED}{signal.Signals(-child.returncode).name}")
    if child.returncode == TRY_AGAIN:
        raise ProviderUnavailable("no room to make a file anew")
    if child.returncode:
        said_last = complained[-500:].decode(errors="replace")
        log.warning("evidence.crashed", code=child.returncode, said=said_last)
        raise Unreadable(Trouble.BROKEN)
    answer = json.loads(said)
    if trouble := answer.get("trouble"):
        raise Unreadable(trouble)
    return Made(**answer)


def _write_ready(evidence: Evidence, errand: Errand, made: Made, frames: list[Path]) -> None:
    shown, thumbnail = Path(errand.shown), Path(errand.thumbnail)
    with shown.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        shown_key = store(evidence.shop, file, now=clock.now())
    with thumbnail.open("rb") as file:
        thumbnail_key = store(evidence.shop, file, now=clock.now())
    to_check = [_stored(evidence, frame) for frame in frames]
    frame_keys = [picture.key for picture in to_check]
    now = clock.now()
    with transaction.atomic():
        row = _lock_waiting(evidence)
        if row is None:
            give_up(shown_key, thumbnail_key, *frame_keys, now=now)
            return
        take(shown_key, thumbnail_key, *frame_keys, now=now)
        give_up(row.original_key, now=now)
        row.status, row.original_key = EvidenceStatus.READY, ""
        row.shown_key, row.shown_size, row.shown_sha256 = shown_key, shown.stat().st_size, digest
        row.thumbnail_key, row.thumbnail_size = thumbnail_key, thumbnail.stat().st_size
        row.width, row.height, row.duration_seconds = asdict(made).values()
        row.save()
        if row.actor == Actor.CUSTOMER:
            check_pictures(row, to_check or [Picture(shown_key, row.shown_size)], now=now)
        if row.request is not None:
            decide_later(row.request, now=now)
    log.info("evidence.ready", evidence=str(evidence.pk), bytes=shown.stat().st_size)


def _stored(evidence: Evidence, frame: Path) -> Picture:
    with frame.open("rb") as file:
        return Picture(store(evidence.shop, file, now=clock.now()), frame.stat().st_size)


def _write_unreadable(evidence: Evidence, why: Trouble) -> None:
    """What nobody can look at proves nothing: the file goes, its hash stays."""
    with transaction.atomic():
        row = _lock_waiting(evidence)
        if row is None:
            return
        give_up(row.original_key, now=clock.now())
        row.status, row.trouble, row.original_key = EvidenceStatus.UNREADABLE, why, ""
        row.save()
    log.info("evidence.unreadable", evidence=str(evidence.pk), why=why)


def give_up_on(message: OutboxMessage) -> bool:
    """A file whose decoding is killed again and again is unreadable. Is the message of evidence?"""
    if message.topic != PROCESS:
        return False
    if message.latest_error.startswith(ENDED):
        _write_unreadable(Evidence.objects.get(pk=message.subject), Trouble.TOO_SLOW)
    return True


def _lock_waiting(evidence: Evidence) -> Evidence | None:
    """Unless somebody else has made or erased it meanwhile."""
    found = Evidence.objects.select_for_update().filter(pk=evidence.pk)
    return found.filter(status=EvidenceStatus.STORED).first()
