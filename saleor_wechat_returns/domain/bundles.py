"""The words for evidence bundles (证据包)."""

from __future__ import annotations

from enum import StrEnum


class BundleStatus(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    DELETED = "deleted"


BUNDLE_LABELS: dict[str, tuple[str, str]] = {
    BundleStatus.WAITING: ("正在生成", "Being built"),
    BundleStatus.READY: ("可下载", "Ready"),
    BundleStatus.DELETED: ("已过期,请重新生成", "Over: please ask for another"),
}
