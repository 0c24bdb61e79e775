"""What a file is, by its first bytes. Names and claimed types are not asked: they may lie."""

from __future__ import annotations

from .evidence import Medium

HEAD_BYTES = 4096

# Brands of ISO base media files. Sources: ISO/IEC 23008-12 annex B and C (HEIF), the registry at
# mp4ra.org and Apple's QuickTime File Format, read 2026-11.
HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
QUICKTIME = b"qt  "
MP4_BRANDS = frozenset(
    (
        *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"),
        *(b"mp41", b"mp42", b"mp71", b"avc1", b"hvc1", b"M4V ", b"M4VH", b"M4VP", b"MSNV"),
        *(b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gr6", b"3gs6", b"3g2a", b"3g2b", b"3g2c"),
        *(b"dash", b"f4v ", b"XAVC", b"FACE"),
    )
)
# Old QuickTime files begin without a brand.
QUICKTIME_ATOMS = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))

MEDIUM_OF_TYPE = {
    "image/jpeg": Medium.IMAGE,
    "image/png": Medium.IMAGE,
    "image/webp": Medium.IMAGE,
    "image/heic": Medium.IMAGE,
    "video/mp4": Medium.VIDEO,
    "video/quicktime": Medium.VIDEO,
}


def sniff(head: bytes) -> str | None:
    """The content type that the first bytes of a file show, or None if it is none we take."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return _sniff_boxes(head)


def _sniff_boxes(head: bytes) -> str | None:
    """The first box of an ISO base media or QuickTime file: four bytes of length, four of name."""
    name = head[4:8]
    if name != b"ftyp":
        return "video/quicktime" if name in QUICKTIME_ATOMS else None
    major, brands = head[8:12], _compatible_brands(head)
    if major in HEIF_BRANDS:
        return "image/heic"
    if major == QUICKTIME:
        return "video/quicktime"
    if major in MP4_BRANDS or brands & MP4_BRANDS:
        return "video/mp4"
    return "image/heic" if brands & HEIF_BRANDS else None


def _compatible_brands(head: bytes) -> set[bytes]:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[at : at + 4] for at in range(16, length - 3, 4)}
