"""A courier comes to Li's door: offered, booked, and the parcel followed until it is signed for."""

from __future__ import annotations

from typing import Any

from . import voice
from .people import Person, second_staff_in_the_dashboard
from .stack import Stack

SECONDS = 60.0
WAREHOUSE = {
    "name": "南山仓",
    "contactName": "退货组",
    "phone": "0755-12345678",
    "province": "广东省",
    "city": "深圳市",
    "area": "南山区",
    "streetAddress": "科技园路 1 号 B 栋",
    "postalCode": "518000",
}
LIS_DOOR = {
    "name": "李雷",
    "phone": "13800138000",
    "province": "广东省",
    "city": "广州市",
    "area": "海珠区",
    "streetAddress": "新港中路 397 号",
}
# What the parcel has been through in the end, first to last; its courier says some of it twice.
WAY = ["COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "SIGNED"]

ADDRESS = """mutation($input: ReturnAddressInput!) { answer: returnAddressCreate(input: $input) {
  returnAddress { city area } errors { code message } } }"""
WINDOWS = """query($id: ID!, $sender: ReturnPickupSenderInput!) {
  returnPickupWindows(id: $id, sender: $sender) { payer consent { version }
    offers { courier courierLabel windows { startsAt endsAt } estimate { amount } } } }"""
BOOK = """mutation($id: ID!, $input: ReturnPickupInput!) {
  answer: returnPickupBook(id: $id, input: $input, idempotencyKey: "demo-2") {
    returnRequest { version statusLabel } errors { code message } } }"""
READ = """query($id: ID!) { returnRequest(id: $id) { version statusLabel deliveries {
  waybillNo parcelStatus pickup { status courierName }
  events { status label text en: label(languageCode: EN) } } } }"""


def tell_address(stack: Stack) -> None:
    """Where goods go, as whoever may change settings enters it."""
    address = second_staff_in_the_dashboard(stack).do(ADDRESS, input=WAREHOUSE)["returnAddress"]
    text = f"退货地址:{address['city']}{address['area']}"
    voice.say("lead", text, "where returns go; shown to customers once approved")


def have_it_fetched(stack: Stack, li: Person, request_id: str) -> dict[str, Any]:
    """Booked, and followed until its courier says that it was signed for. What Li then sees."""
    asked = {"id": request_id, "sender": LIS_DOOR}
    found = li.ask(WINDOWS, **asked)["returnPickupWindows"]
    offer = found["offers"][0]
    window = offer["windows"][0]
    price = offer["estimate"]["amount"] if offer["estimate"] else "?"
    when = f"{window['startsAt'][11:16]}–{window['endsAt'][11:16]}"
    text = f"{offer['courierLabel']}可上门,{when}"
    voice.say("service", text, f"about {price} yuan, the {found['payer'].lower()} pays")
    wanted = {
        "window": window,
        "sender": LIS_DOOR,
        "courier": offer["courier"],
        "consent": {"version": found["consent"]["version"]},
    }
    booked = li.do(BOOK, id=request_id, input=wanted)["returnRequest"]
    text = f"同意提供地址,预约上门 → {booked['statusLabel']}"
    voice.say("customer", text, "agreed that the courier gets her address")
    return _follow(stack, li, request_id)


def fetched(li: Person, request_id: str) -> dict[str, Any]:
    """The return with its parcel, as Li sees it."""
    return dict(li.ask(READ, id=request_id)["returnRequest"])


def _follow(stack: Stack, li: Person, request_id: str) -> dict[str, Any]:
    """Say each thing as it happens."""
    told: set[str] = set()
    seen: dict[str, Any] = {}

    def is_signed() -> bool:
        seen.update(fetched(li, request_id))
        (delivery,) = seen["deliveries"]
        for key, text, detail in _signs(delivery):
            if key not in told:
                told.add(key)
                voice.say("courier", text, detail)
        return str(delivery["parcelStatus"]) == "SIGNED"

    stack.wait_for("the courier", is_signed, seconds=SECONDS)
    return seen


def _signs(delivery: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What is known of the pickup and the parcel now, in the order in which it comes about."""
    name = delivery["pickup"]["courierName"]
    signs = [("assigned", f"{name}来取件", "assigned")] if name else []
    for event in reversed(delivery["events"]):
        if event["status"] in WAY:
            text = f"包裹{event['label']}"
            signs.append((event["status"], text, f"{event['en']}; {delivery['waybillNo']}"))
    return signs


def is_told_whole(request: dict[str, Any]) -> bool:
    """Print the check, true if the parcel's way stands in the timeline as it went."""
    (delivery,) = request["deliveries"]
    stops = [event["status"] for event in reversed(delivery["events"])]
    way = list(dict.fromkeys(stop for stop in stops if stop in WAY))
    text = f"courier: {delivery['waybillNo']} {', '.join(way).lower().replace('_', ' ')}"
    voice.verdict({text: way == WAY})
    return way == WAY
