"""Where a process may be killed: before and after each call that it makes, and each commit.

A point is named by who was at what, as `worker refund.grant: after GrantRefund in
refund_in_saleor._granted`. Calls are cut at the wire, commits at the database connection, so a
new step of the service has its points without being told here.
"""

from __future__ import annotations

import mmap
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.db.backends.signals import connection_created
from django.http import HttpRequest

from saleor_wechat_returns.models import InboxMessage, OutboxMessage

PACKAGE = "saleor_wechat_returns."
# The adapters and the way out say what is called; these say who calls.
OURS = ("usecases.", "outbox", "inbox", "webhooks.", "graphql.")
RUNS_A_MESSAGE = {"_run", "_lease_one", "_handle_next"}
WRITES = ("INSERT", "UPDATE", "DELETE")

SAFE, ONCE, ALWAYS = 0, 1, 2


class Points:
    """Shared with every process that is forked later; kept in `folder`.

    A process that passes a point at which nobody has died yet dies there, by SIGKILL. Ours never
    does: it has not become anything.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "deaths"
        self._file.touch()
        self._mode = mmap.mmap(-1, 1)
        self._role = ""

    def become(self, role: str) -> None:
        """This process may die from now on."""
        self._role = role
        connection_created.connect(self._watch, weak=False)

    @contextmanager
    def deadly(self, *, mode: int = ALWAYS) -> Iterator[None]:
        """Whoever works while the block runs may die: `ONCE`, or at every point."""
        self._mode[0] = mode
        try:
            yield
        finally:
            self._mode[0] = SAFE

    @property
    def is_safe(self) -> bool:
        return self._mode[0] == SAFE

    def deaths(self) -> list[str]:
        """The points at which a process has died, in order."""
        return self._file.read_text().splitlines()

    def pass_by(self, when: str, what: str, errand: str = "") -> None:
        """Die here, if nobody has."""
        if not self._role or self.is_safe:
            return
        frames = list(_frames())
        who = f"{self._role} {errand or _errand(frames)}"
        point = f"{who}: {when} {what} in {_place(frames)}"
        if point in self.deaths():
            return
        with self._file.open("a") as file:
            file.write(f"{point}\n")
        if self._mode[0] == ONCE:
            self._mode[0] = SAFE
        os.kill(os.getpid(), signal.SIGKILL)

    def _watch(self, connection: Any, **_: Any) -> None:
        """Stand beside a connection of this process: around COMMIT, and around what needs none."""
        written_by = ""
        inner: Callable[[], None] = connection._commit

        def statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal written_by
            if not sql.startswith(WRITES):
                return execute(sql, params, many, context)
            if connection.in_atomic_block:
                # Whoever leases a message knows it now, and no more when it is committed.
                written_by = _errand(list(_frames()))
                return execute(sql, params, many, context)
            self.pass_by("before", "commit")
            result = execute(sql, params, many, context)
            self.pass_by("after", "commit")
            return result

        def commit() -> None:
            nonlocal written_by
            errand, written_by = written_by, ""
            if errand:
                self.pass_by("before", "commit", errand)
            inner()
            if errand:
                self.pass_by("after", "commit", errand)

        connection.execute_wrappers.append(statement)
        connection._commit = commit


def _frames() -> Iterator[FrameType]:
    """Of our package and of Django's handler, innermost first."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _place(frames: list[FrameType]) -> str:
    for frame in frames:
        module = frame.f_globals["__name__"].removeprefix(PACKAGE)
        if frame.f_globals["__name__"].startswith(PACKAGE) and module.startswith(OURS):
            return f"{module.rpartition('.')[2]}.{frame.f_code.co_qualname}"
    raise AssertionError("nobody of ours is at work")


def _errand(frames: list[FrameType]) -> str:
    """The topic or source of the message, the mutation, or the address that is asked."""
    for frame in frames:
        name = frame.f_code.co_name
        if name in RUNS_A_MESSAGE:
            message = frame.f_locals.get("message")
            match message:
                case OutboxMessage():
                    return message.topic
                case InboxMessage():
                    return message.source
        if name == "mutate" and frame.f_globals["__name__"].startswith(PACKAGE):
            return frame.f_code.co_qualname.partition(".")[0]
        request = frame.f_locals.get("request") if name == "_get_response" else None
        if isinstance(request, HttpRequest) and request.resolver_match is not None:
            return request.resolver_match.route
    return "drain"
