"""A picture made anew: upright, as JPEG, with nothing in it but what can be seen."""

from __future__ import annotations

import warnings

import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ..domain.evidence import Trouble
from .errand import Errand, Made, Unreadable

MOST_PIXELS = 100_000_000
QUALITY = 88
THUMBNAIL_QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
PAPER = (255, 255, 255)  # behind what is transparent

pillow_heif.register_heif_opener(thumbnails=False)
# Counted here, before anything is decoded, and for every format alike.
Image.MAX_IMAGE_PIXELS = None


def make_picture(errand: Errand) -> Made:
    """Raises Unreadable."""
    try:
        with Image.open(errand.original, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Unreadable(Trouble.TOO_MANY_PIXELS)
            # JPEG can be decoded at an eighth of its size: less memory, and none of it needed.
            picture.draft("RGB", (errand.side, errand.side))
            shown = seen(picture, errand.side)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, EOFError) as wrong:
        raise Unreadable(Trouble.BROKEN) from wrong
    save_with_thumbnail(shown, errand, shown_as_jpeg=True)
    return Made(shown.width, shown.height)


def save_with_thumbnail(shown: Image.Image, errand: Errand, *, shown_as_jpeg: bool) -> None:
    """Write the thumbnail, and the picture too unless it is a video's."""
    if shown_as_jpeg:
        shown.save(errand.shown, "JPEG", quality=QUALITY, optimize=True, exif=b"")
    small = shown.copy()
    small.thumbnail((errand.thumbnail_side, errand.thumbnail_side))
    small.save(errand.thumbnail, "JPEG", quality=THUMBNAIL_QUALITY, exif=b"")


def seen(picture: Image.Image, side: int) -> Image.Image:
    """The pixels as a person sees them: sRGB, upright, on white, at most `side` long."""
    orientation = _orientation(picture)
    profile = picture.info.get("icc_profile")
    picture.thumbnail((side, side), reducing_gap=3.0)
    upright = _turned(picture, orientation)
    plain = _on_paper(upright, profile)
    # A new image: whatever hung on the old one (EXIF, XMP, comments, profiles) stays behind.
    bare = Image.new("RGB", plain.size)
    bare.paste(plain)
    return bare


def _orientation(picture: Image.Image) -> int:
    """Which side is up, 1 to 8; a tag that says anything else is not worth a picture."""
    said = picture.getexif().get(0x0112, 1)
    return said if isinstance(said, int) and 1 <= said <= 8 else 1


def _turned(picture: Image.Image, orientation: int) -> Image.Image:
    """Resizing may drop the tag that says which side is up, so it was read before."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    loose = picture.copy()
    loose.info = {"exif": exif.tobytes()}
    return ImageOps.exif_transpose(loose)


def _on_paper(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, PAPER)
        paper.paste(picture, mask=picture.getchannel("A"))
        picture = paper
    return _in_srgb(picture, profile) if profile else picture.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """A profile that cannot be read is left aside: the picture is worth more than its colours."""
    from io import BytesIO

    try:
        with warnings.catch_warnings(action="ignore"):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture.convert("RGB")
    return turned or picture.convert("RGB")
