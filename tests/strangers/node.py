"""Node.js beside the tests: installs what `package-lock.json` pins, and runs the scripts here."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

HERE = Path(__file__).parent
INSTALL_SECONDS = 300
ANSWER_SECONDS = 60
START_SECONDS = 120


class NoNode(Exception):
    """Node.js, npm or the packages cannot be had here. The text says what is wanting."""


class Node:
    """Programs get what a developer's shell would not give them: no proxies, no options."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._environment = {"PATH": os.environ.get("PATH", ""), "NODE_ENV": "production"}

    def ask(self, script: str, job: dict[str, Any]) -> Any:
        """One job in on stdin, one answer out on stdout, both JSON."""
        done = subprocess.run(
            [self._program, script],
            cwd=HERE,
            env=self._environment,
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=ANSWER_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    @contextmanager
    def serving(self, script: str, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A server, with what its first line says. It ends when its stdin is closed."""
        with subprocess.Popen(
            [self._program, script],
            cwd=HERE,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps(job) + "\n")
            server.stdin.flush()
            patience = Timer(START_SECONDS, server.kill)
            patience.start()
            first = server.stdout.readline()
            patience.cancel()
            assert first, f"{script} ended before it served"
            try:
                yield json.loads(first)
            finally:
                server.stdin.close()


def installed() -> Node:
    """Node.js with the packages, which are installed once for each lock file. Raises NoNode."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NoNode("Node.js with npm")
    with (HERE / "package-lock.json").open(encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests beside these would install at the same time
        wanted, mark = lock.read(), HERE / "node_modules" / ".installed"
        if not mark.exists() or mark.read_text("utf-8") != wanted:
            _install(npm)
            mark.write_text(wanted, encoding="utf-8")
    return Node(node)


def _install(npm: str) -> None:
    try:
        done = subprocess.run(
            [npm, "ci"], cwd=HERE, capture_output=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as slow:
        raise NoNode("npm ci to end in time") from slow
    if done.returncode:
        (why, *_) = done.stderr.decode().strip().splitlines() or ["no word why"]
        raise NoNode(f"npm ci to succeed, which said: {why}")
