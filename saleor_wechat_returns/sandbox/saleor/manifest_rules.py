"""What each Saleor version accepts in a manifest: one forbidden word, and nothing is installed.

Source: Saleor 3.21.69, 3.22.67 and 3.23.28, recordings `m-*` of each; 3.24 as read in its code.
"""

from typing import Any
from urllib.parse import urlsplit

Problem = tuple[str, str]  # field and code, as `appFetchManifest` answers them
Manifest = dict[str, Any]

_PAGES = ("OVERVIEW_CREATE", "OVERVIEW_MORE_ACTIONS", "DETAILS_MORE_ACTIONS")
_AREAS = ("CATALOG", "ORDERS", "CUSTOMERS", "DISCOUNTS", "TRANSLATIONS", "PAGES")
_NAVIGATION = frozenset(f"NAVIGATION_{area}" for area in _AREAS)
_LATER_WITH_WIDGETS = ("COLLECTION", "GIFT_CARD", "DRAFT_ORDER", "VOUCHER")
_LATER_WITHOUT = ("CATEGORY", "DISCOUNT", "PAGE", "PAGE_TYPE", "MENU")
_EARLY = ("ORDER", "CUSTOMER", "PRODUCT")
MOUNTS_3_21 = _NAVIGATION | {f"{t}_{p}" for t in _EARLY for p in _PAGES}
MOUNTS_3_22 = (
    MOUNTS_3_21
    | {f"{t}_{p}" for t in _LATER_WITH_WIDGETS + _LATER_WITHOUT for p in _PAGES}
    | {f"{t}_DETAILS_WIDGETS" for t in _EARLY + _LATER_WITH_WIDGETS}
    | {"TRANSLATIONS_MORE_ACTIONS"}
)
_METHODS = ("GET", "POST")
_OPTIONS = {"widgetTarget": "WIDGET", "newTabTarget": "NEW_TAB"}


def problems_of(manifest: Manifest, schema_version: str) -> list[Problem]:
    """Why this Saleor would not install the app; empty if it would. Queries are checked apart."""
    version = tuple(int(part) for part in schema_version.split(".")[:2])
    problems: list[Problem] = []
    if version < (3, 23) and "tokenTargetUrl" not in manifest:
        problems.append(("tokenTargetUrl", "REQUIRED"))
    if version >= (3, 24) and "MANAGE_APPS" in manifest.get("permissions", ()):
        problems.append(("permissions", "INVALID"))
    for extension in manifest.get("extensions", ()):
        problems += _of_extension(extension, manifest, version)
    if version >= (3, 23):
        identifiers = [e["identifier"] for e in manifest.get("extensions", ()) if "identifier" in e]
        if len(identifiers) > len(set(identifiers)):
            problems.append(("extensions", "DUPLICATED_EXTENSION_IDENTIFIER"))
    return problems


def _of_extension(
    extension: Manifest, manifest: Manifest, version: tuple[int, ...]
) -> list[Problem]:
    codes = []
    if not set(extension.get("permissions", ())) <= set(manifest.get("permissions", ())):
        codes.append("OUT_OF_SCOPE_PERMISSION")
    if version < (3, 23):
        codes += _of_fixed_words(extension, version)
    if not codes:
        codes += _of_url(extension, manifest, version)
    return [("extensions", code) for code in codes]


def _of_fixed_words(extension: Manifest, version: tuple[int, ...]) -> list[str]:
    mount, target = extension["mount"], extension.get("target", "POPUP")
    is_old = version < (3, 22)
    targets = ("POPUP", "APP_PAGE") if is_old else ("POPUP", "APP_PAGE", "NEW_TAB", "WIDGET")
    if target not in targets or mount not in (MOUNTS_3_21 if is_old else MOUNTS_3_22):
        return ["INVALID"]
    if is_old:
        return []  # and options are not looked at
    fits = all(
        target == _OPTIONS[name] and value.get("method") in _METHODS
        for name, value in extension.get("options", {}).items()
        if name in _OPTIONS
    )
    is_misplaced = target == "WIDGET" and not mount.endswith("_WIDGETS")
    return [] if fits and not is_misplaced else ["INVALID"]


def _of_url(extension: Manifest, manifest: Manifest, version: tuple[int, ...]) -> list[str]:
    url, target = extension["url"], extension.get("target", "POPUP")
    is_relative = url.startswith("/")
    if is_relative and target != "APP_PAGE" and not manifest.get("appUrl"):
        # Before 3.23 it breaks: the key must be there.
        return ["INVALID_URL_FORMAT" if version >= (3, 23) else "KeyError"]
    if version < (3, 23) and not is_relative:
        posts = any(v.get("method") == "POST" for v in extension.get("options", {}).values())
        own = urlsplit(manifest.get("tokenTargetUrl", "")).hostname
        if target == "APP_PAGE" or (posts and urlsplit(url).hostname != own):
            return ["INVALID_URL_FORMAT"]
    return []
