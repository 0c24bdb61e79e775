"""The web process stays small however many upload at once.

One gunicorn worker of 16 threads, as README starts it; first one picture of 10 MB, then fifty at
the same moment. Measured is the resident memory of that worker, sampled every 10 ms.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
from PIL import Image

from saleor_wechat_returns.demo.providers import HERE, free_port
from saleor_wechat_returns.demo.stack import Stack, running_stack

MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 300
PICTURE_MEGABYTES = 10
AT_ONCE = 50
ANSWER_SECONDS = 300.0
TICKET = """mutation($key: String!) {
  returnEvidenceUploadCreate(input: {medium: IMAGE}, idempotencyKey: $key) {
    ticket { uploadUrl headers { name value } } errors { code } } }"""


class Memory:
    """The most that a process took while somebody looked."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.peak = 0

    @property
    def now(self) -> int:
        return int(self._process.memory_info().rss)

    @contextmanager
    def watched(self) -> Iterator[None]:
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.01):
                self.peak = max(self.peak, self.now)

        self.peak = self.now
        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def measure() -> bool:
    """Print the figures; does the claim hold?"""
    with running_stack(threading.Event()) as stack:
        address, worker = _serve(stack)
        picture = _picture()
        memory = Memory(worker)
        print(f"\n  50 uploads at once, {len(picture) / MEGABYTE:.1f} MB each\n")
        idle = memory.now
        _show("idle", idle, 0, 0.0)
        found = {}
        for count in (1, AT_ONCE):
            before = time.monotonic()
            with memory.watched():
                done = _upload(stack, address, picture, count)
            if done != [201] * count:
                raise AssertionError(f"not every upload was taken: {done}")
            found[count] = memory.peak
            _show(f"{count} at once", memory.peak, memory.peak - idle, time.monotonic() - before)
    holds = found[AT_ONCE] < MOST_MEGABYTES * MEGABYTE
    print(f"\n  {'✓' if holds else '✗'} the web process stays under {MOST_MEGABYTES} MB\n")
    return holds


def _show(what: str, peak: int, more: int, seconds: float) -> None:
    print(
        f"  {what:12}{peak / MEGABYTE:7.1f} MB resident   {more / MEGABYTE:+7.1f} MB"
        f"   {seconds:6.1f} s"
    )


def _serve(stack: Stack) -> tuple[str, psutil.Process]:
    """A second web process beside the stack's, with the threads that README names."""
    bind = f"{HERE}:{free_port()}"
    gunicorn = ("-m", "gunicorn", "--worker-class", "gthread", "--threads", "16")
    stack.processes.spawn("bench", *gunicorn, "--bind", bind, "saleor_wechat_returns.wsgi")
    address = f"http://{bind}"

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/ready/").is_success
        except httpx.TransportError:
            return False

    stack.wait_for("the start of gunicorn", answers, seconds=60)
    (worker,) = psutil.Process(stack.processes.children["bench"].pid).children()
    return address, worker


def _picture() -> bytes:
    """Noise, which JPEG cannot make small."""
    side = 1000
    while True:
        file = io.BytesIO()
        noise = Image.frombytes("RGB", (side, side), os.urandom(3 * side * side))
        noise.save(file, "JPEG", quality=97)
        size = file.tell()
        if 0.95 * PICTURE_MEGABYTES * MEGABYTE < size <= PICTURE_MEGABYTES * MEGABYTE:
            return file.getvalue()
        side = int(side * (0.98 * PICTURE_MEGABYTES * MEGABYTE / size) ** 0.5)


def _upload(stack: Stack, address: str, picture: bytes, count: int) -> list[int]:
    """Statuses. All begin at the same moment."""
    headers = {"Authorization": f"Bearer {stack.token_of_li(hours=1)}"}
    keys = [os.urandom(8).hex() for _ in range(count)]
    asked = [{"query": TICKET, "variables": {"key": key}} for key in keys]
    with httpx.Client(headers=headers) as client:
        answers = [client.post(stack.api_url, json=body).json() for body in asked]
    tickets = [a["data"]["returnEvidenceUploadCreate"]["ticket"] for a in answers]
    ready = threading.Barrier(count)

    def send(ticket: dict[str, Any]) -> int:
        path = httpx.URL(ticket["uploadUrl"]).path
        secret = {it["name"]: it["value"] for it in ticket["headers"]}
        files = {"file": ("tmp.jpg", picture, "image/jpeg")}
        ready.wait()
        return httpx.post(
            f"{address}{path}", headers=secret, files=files, timeout=ANSWER_SECONDS
        ).status_code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(send, tickets))
