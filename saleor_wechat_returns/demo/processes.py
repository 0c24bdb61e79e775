"""The service's own processes, run as in production: commands, web and worker, with their logs."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..embedded.tether import tied_to_this_process

END_SECONDS = 10.0


class StackFailed(Exception):
    """A part did not do what it must; the text says which, and what it said."""


class Processes:
    """Commands, and children by name. `environment` is theirs, `folder` has their files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: Mapping[str, str] = {}
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def manage(self, *command: str) -> str:
        """Run a management command to its end, as an operator would; what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackFailed(f"{command[0]} failed:\n{done.stderr.strip()[-2000:]}")
        return done.stdout

    def spawn(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, *command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=tied_to_this_process(signal.SIGTERM),
                start_new_session=True,  # Ctrl-C is for the demo, which ends its children itself
            )

    def said(self, name: str) -> str:
        """The end of a child's log."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    def end(self) -> None:
        """All at once: the worker takes seconds to end."""
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@contextmanager
def running() -> Iterator[Processes]:
    """No process and no file is left when the block ends."""
    with tempfile.TemporaryDirectory(prefix="returns-demo-") as folder:
        processes = Processes(Path(folder))
        try:
            yield processes
        finally:
            processes.end()
