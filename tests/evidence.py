"""Pictures and videos made for tests, and people who upload them as `wx.uploadFile` does."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image
from pillow_heif import register_heif_opener

from tests import make
from tests.world import Answer, TestShop

register_heif_opener()

TICKET = f"""mutation($input: ReturnEvidenceUploadInput!, $key: String!) {{
  returnEvidenceUploadCreate(input: $input, idempotencyKey: $key) {{
    ticket {{ id uploadUrl headers {{ name value }} expiresAt maxBytes }} {make.ERRORS} }} }}"""
FIELDS = """id medium shows label status statusLabel safety url thumbnailUrl width height duration
  sha256 size receivedAt actor orderLineId"""
READ = f"query($id: ID!) {{ returnRequest(id: $id) {{ evidence {{ {FIELDS} }} }} }}"

ONE = f"query($id: ID!) {{ returnEvidence(id: $id) {{ {FIELDS} }} }}"


@dataclass(frozen=True)
class Uploaded:
    """What the REST endpoint answered."""

    status: int
    body: dict[str, Any]

    @property
    def id(self) -> str:
        assert self.status in (200, 201), self.body
        return str(self.body["id"])

    @property
    def refusal(self) -> tuple[int, str]:
        """The HTTP status, and the code of the one error."""
        (error,) = self.body["errors"]
        return self.status, str(error["code"])


def ticket(shop: TestShop, medium: str = "IMAGE", *, ask: Any = None, **more: Any) -> Any:
    """A new ticket of Li's, or of whoever asks."""
    return (ask or shop.as_li)(TICKET, input={"medium": medium, **more}, key=make.key()).payload[
        "ticket"
    ]


def send(
    shop: TestShop,
    ticket: Any,
    content: bytes,
    *,
    name: str = "tmp_1f.jpg",
    content_type: str = "image/jpeg",
    fields: dict[str, str] | None = None,
) -> Uploaded:
    """One file and some fields, in one multipart body."""
    headers = {header["name"]: header["value"] for header in ticket["headers"]}
    path = httpx.URL(ticket["uploadUrl"]).path
    files = {"file": (name, content, content_type)}
    answer = shop.world.us.post(path, headers=headers, files=files, data=fields or {})
    return Uploaded(answer.status_code, answer.json())


def uploaded(shop: TestShop, content: bytes, medium: str = "IMAGE", *, ask: Any = None) -> str:
    """The id of evidence that is attached to nothing yet."""
    return send(shop, ticket(shop, medium, ask=ask), content).id


def shown(shop: TestShop, request: dict[str, Any], *, ask: Any = None) -> list[dict[str, Any]]:
    """The evidence of a return as somebody sees it, Li unless told."""
    answer: Answer = (ask or shop.as_li)(READ, id=request["id"])
    return list(answer.data["returnRequest"]["evidence"])


def get(shop: TestShop, url: str, **headers: str) -> httpx.Response:
    """Follow a link."""
    return shop.world.us.get(httpx.URL(url).path, headers=headers)


def picture(width: int = 640, height: int = 480, form: str = "JPEG", **options: Any) -> bytes:
    """A picture whose corners can be told apart: red at the top left, green at the top right."""
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 4, height // 4))
    image.paste("green", (width - width // 4, 0, width, height // 4))
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def of_fault(shop: TestShop, reason: str = "quality_defect") -> dict[str, Any]:
    """A reason that is the shop's fault, with all that any of them asks for."""
    content = picture(40, 30)
    shows = ("DAMAGE", "LABEL", "GOODS", "PARCEL_SLIP")
    given = [{"id": uploaded(shop, content), "shows": what} for what in shows]
    return {"reason": reason, "evidence": given}
