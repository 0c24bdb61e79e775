"""What the doctor can find, each with a code of its own, and the shape of its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only BROKEN makes the command fail, unless it is strict."""

    OK = "ok"
    WARNING = "warning"  # it works, and somebody should look
    BROKEN = "broken"  # something that customers or staff need does not work


class Code(StrEnum):
    """One per thing that can be found. `docs/runbook.md` has what to do about the bad ones."""

    # This service
    DATABASE = "database"
    DATABASE_AWAY = "database_away"
    DATABASE_TOO_OLD = "database_too_old"
    MIGRATIONS = "migrations"
    MIGRATIONS_MISSING = "migrations_missing"
    BROKER = "broker"
    BROKER_ON_THIS_MACHINE = "broker_on_this_machine"
    BROKER_AWAY = "broker_away"
    WORKER = "worker"
    WORKER_NEVER = "worker_never"
    WORKER_LATE = "worker_late"
    CLOCK_STOPPED = "clock_stopped"
    OUTBOX = "outbox"
    OUTBOX_SLOW = "outbox_slow"
    OUTBOX_LATE = "outbox_late"
    OUTBOX_FAILING = "outbox_failing"
    INBOX = "inbox"
    INBOX_LATE = "inbox_late"
    INBOX_FAILING = "inbox_failing"
    DEADLINES = "deadlines"
    DEADLINES_LATE = "deadlines_late"
    SECRETS = "secrets"
    SECRETS_UNREADABLE = "secrets_unreadable"
    SETTINGS = "settings"
    DEBUG_ON = "debug_on"
    SECRET_KEY_WEAK = "secret_key_weak"  # noqa: S105 - no secret
    ANY_SALEOR_MAY_INSTALL = "any_saleor_may_install"
    PUBLIC_URL = "public_url"
    PUBLIC_URL_UNREACHED = "public_url_unreached"
    PUBLIC_URL_FOREIGN = "public_url_foreign"
    NO_SHOP = "no_shop"
    CHECK_FAILED = "check_failed"
    # A shop
    REFUNDS = "refunds"
    REFUNDS_UNDER_WAY = "refunds_under_way"
    REFUNDS_OLD = "refunds_old"
    REFUNDS_OVERDUE = "refunds_overdue"
    TASKS = "tasks"
    TASKS_OPEN = "tasks_open"
    RECONCILED = "reconciled"
    RECONCILIATION_LATE = "reconciliation_late"
    DIFFERENCES_OPEN = "differences_open"
    # Its Saleor
    APP = "app"
    APP_BACK = "app_back"
    APP_REFUSED = "app_refused"
    APP_TOKEN_UNREADABLE = "app_token_unreadable"  # noqa: S105 - no secret
    SALEOR_AWAY = "saleor_away"
    SALEOR_UNREAD = "saleor_unread"
    SALEOR_VERSION_UNTRIED = "saleor_version_untried"
    PERMISSIONS = "permissions"
    PERMISSIONS_MISSING = "permissions_missing"
    WEBHOOKS = "webhooks"
    WEBHOOKS_DIFFER = "webhooks_differ"
    KEYS = "keys"
    KEYS_UNREADABLE = "keys_unreadable"
    CHANNELS = "channels"
    NO_CNY_CHANNEL = "no_cny_channel"
    AUTO_COMPLETE_OFF = "auto_complete_off"
    FLOW_NOT_CHARGE = "flow_not_charge"
    FUNDS_RELEASED = "funds_released"
    ORDERS_EXPIRE_EARLY = "orders_expire_early"
    # Clocks
    CLOCK = "clock"
    CLOCK_OFF = "clock_off"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_UNKNOWN = "clock_unknown"
    # WeChat
    MERCHANT = "merchant"
    MERCHANT_MISSING = "merchant_missing"
    MERCHANT_UNUSABLE = "merchant_unusable"
    MERCHANT_REFUSED = "merchant_refused"
    WECHAT_PAY_AWAY = "wechat_pay_away"
    WECHAT_PAY_DOUBTFUL = "wechat_pay_doubtful"
    ANSWERS = "answers"
    ANSWERS_UNPROVEN = "answers_unproven"
    APIV3_KEY = "apiv3_key"
    APIV3_KEY_HEARD = "apiv3_key_heard"
    APIV3_KEY_UNPROVEN = "apiv3_key_unproven"
    CERTIFICATES_OVERDUE = "certificates_overdue"
    CERTIFICATES_REFUSED = "certificates_refused"
    NOTICES = "notices"
    NOTICES_UNREACHED = "notices_unreached"
    PROGRAM = "program"
    PROGRAM_MISSING = "program_missing"
    PROGRAM_REFUSED = "program_refused"
    PROGRAM_UNREADABLE = "program_unreadable"
    WECHAT_AWAY = "wechat_away"
    PUSH = "push"
    PUSH_MISSING = "push_missing"
    PUSH_UNPROVEN = "push_unproven"
    SHIPPING_INFO = "shipping_info"
    SHIPPING_INFO_OFF = "shipping_info_off"
    SHIPPING_INFO_REFUSED = "shipping_info_refused"
    # Stock
    RESTOCK = "restock"
    RESTOCK_NO_WAREHOUSE = "restock_no_warehouse"
    RESTOCK_WAREHOUSE_GONE = "restock_warehouse_gone"
    # Couriers
    ADDRESSES = "addresses"
    ADDRESS_MISSING = "address_missing"
    COURIER = "courier"
    COURIER_NONE = "courier_none"
    COURIER_UNUSABLE = "courier_unusable"
    COURIER_REFUSED = "courier_refused"
    COURIER_AWAY = "courier_away"
    COURIER_ADDRESS_LONG = "courier_address_long"


@dataclass(frozen=True, slots=True)
class Finding:
    """`shop` is its API URL, blank for the service itself; `about` a channel, number,
    AppID or courier provider."""

    code: Code
    shop: str = ""
    about: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """`{…}` is filled with the finding's facts. What is in order needs no remedy."""

    level: Level
    zh: str
    en: str
    remedy_zh: str = ""
    remedy_en: str = ""


def ok(zh: str, en: str) -> Words:
    return Words(Level.OK, zh, en)


def warning(zh: str, en: str, remedy_zh: str, remedy_en: str) -> Words:
    return Words(Level.WARNING, zh, en, remedy_zh, remedy_en)


def broken(zh: str, en: str, remedy_zh: str, remedy_en: str) -> Words:
    return Words(Level.BROKEN, zh, en, remedy_zh, remedy_en)
