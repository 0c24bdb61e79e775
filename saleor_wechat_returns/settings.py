"""Every setting, read from the environment once; `.env.example` explains each name.

With DEBUG on, whatever is missing gets a value that is good for a laptop and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured

from saleor_wechat_returns import secretbox
from saleor_wechat_returns.vault_storage import vault_storage

PACKAGE = Path(__file__).parent


# May also come as NAME_FILE, the path of a file that holds the value.
SECRETS = (
    "SECRET_KEY",
    "SECRETS_KEYS",
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "EVIDENCE_SECRET_KEY",
)


def _variables() -> dict[str, str]:
    variables = dict(os.environ)
    for name in SECRETS:
        if file := variables.get(f"{name}_FILE"):
            try:
                variables[name] = Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ImproperlyConfigured(
                    f"{name}_FILE: {file} cannot be read ({error.strerror})."
                ) from error
    return variables


env = environ.Env()
env.ENVIRON = _variables()
DEBUG = env.bool("DEBUG", default=False)


def _required(name: str, what: str, *, debug: str) -> str:
    value: str = env.str(name, default="") or (debug if DEBUG else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {what} Or set DEBUG=1 to try things out.")
    return value


# Secrets

SECRET_KEY = _required(
    "SECRET_KEY",
    "give it 50 random characters and keep them for as long as the database lives.",
    debug="only-for-debug-and-known-to-everybody",
)
SECRETS_KEYS = secretbox.parse_keys(
    _required(
        "SECRETS_KEYS",
        "give it `id:key`, the key made by `python -c 'from cryptography.fernet import Fernet;"
        " print(Fernet.generate_key().decode())'`; a newer one goes in front, with a comma.",
        debug="debug:"
        + base64.urlsafe_b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()).decode(),
    )
)

# Who reaches us, and whom we trust

PUBLIC_URL = _required(
    "PUBLIC_URL",
    "give the https:// address at which Saleor and WeChat reach this service.",
    debug="http://localhost:8000",
).rstrip("/")
if not DEBUG and not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("PUBLIC_URL must begin with https://, as WeChat calls nothing else.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(PUBLIC_URL).hostname])
# Empty: any Saleor may install this app. Otherwise only these, written as Saleor-Api-Url has it.
ALLOWED_SALEOR_API_URLS = env.list("ALLOWED_SALEOR_API_URLS", default=[])

# How many proxies in front of us are ours: each appends the caller it heard to X-Forwarded-For.
# Nobody else's entry is believed, so with 0 the header says nothing.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
if TRUSTED_PROXY_COUNT < 0:
    raise ImproperlyConfigured("TRUSTED_PROXY_COUNT must be 0 or more.")

# Looks for a guest's order by number and phone, of callers without a WeChat log-in, all together.
GUEST_TRIES_PER_HOUR = env.int("GUEST_TRIES_PER_HOUR", default=1000)
if GUEST_TRIES_PER_HOUR < 1:
    raise ImproperlyConfigured("GUEST_TRIES_PER_HOUR must be 1 or more.")

# The Dashboard's address is not part of an installation, so any https page may frame ours until
# the merchant names it. Nothing in the frame is authorised by a cookie.
DASHBOARD_ORIGINS = env.list(
    "DASHBOARD_ORIGINS",
    default=["https:", *(["http://localhost:*", "http://127.0.0.1:*"] if DEBUG else [])],
)

# A page to try the API by hand at its own address, for whoever opens it in a browser.
GRAPHIQL = env.bool("GRAPHIQL", default=DEBUG)

# A checkout that is paid but not ordered. Minutes after its payment was told to Saleor: the first
# look, which completes it; and, where Saleor refuses to, giving the money back (0: never, staff
# decide). A deposit is never given back: after so many hours staff are told.
FIND_ORDER_AFTER_MINUTES = env.int("FIND_ORDER_AFTER_MINUTES", default=30)
REFUND_WITHOUT_ORDER_MINUTES = env.int("REFUND_WITHOUT_ORDER_MINUTES", default=60)
PART_PAID_WITHOUT_ORDER_HOURS = env.int("PART_PAID_WITHOUT_ORDER_HOURS", default=24)
if min(FIND_ORDER_AFTER_MINUTES, PART_PAID_WITHOUT_ORDER_HOURS) < 1:
    raise ImproperlyConfigured(
        "FIND_ORDER_AFTER_MINUTES and PART_PAID_WITHOUT_ORDER_HOURS must be 1 or more."
    )
if REFUND_WITHOUT_ORDER_MINUTES < 0:
    raise ImproperlyConfigured("REFUND_WITHOUT_ORDER_MINUTES must be 0 or more.")

# 发货信息管理: WeChat is told so long after something went out, so that an error seen at once is
# no correction.
SHIPPING_INFO_AFTER_MINUTES = env.int("SHIPPING_INFO_AFTER_MINUTES", default=10)
if SHIPPING_INFO_AFTER_MINUTES < 0:
    raise ImproperlyConfigured("SHIPPING_INFO_AFTER_MINUTES must be 0 or more.")

# What is done outside or was heard from there is forgotten after so many days, never before a
# provider could repeat it.
MESSAGES_KEPT_DAYS = env.int("MESSAGES_KEPT_DAYS", default=90)
if MESSAGES_KEPT_DAYS < 30:
    raise ImproperlyConfigured("MESSAGES_KEPT_DAYS must be 30 or more.")

# Deadlines of returns run so many times faster (1440: a day is a minute), for trying things out.
# So do the pauses between questions about parcels. Nothing else is scaled: tokens, signatures and
# leases need the real time of day.
CLOCK_SCALE = env.int("CLOCK_SCALE", default=1)
if CLOCK_SCALE < 1:
    raise ImproperlyConfigured("CLOCK_SCALE must be 1 or more.")
if CLOCK_SCALE > 1 and not DEBUG:
    raise ImproperlyConfigured("CLOCK_SCALE is for DEBUG=1 only: customers have real days.")

# Metadata of Saleor's fulfilment, public or private, that names the carrier of its tracking number,
# by a key or name of `returnCarriers`. Without it the number must tell its carrier beyond doubt.
FULFILLMENT_CARRIER_KEY = env.str("FULFILLMENT_CARRIER_KEY", default="carrier")

# WeChat has no sandbox of its own: tests and the demo name ours here.
WECHAT_PAY_API_URL = env.str("WECHAT_PAY_API_URL", default="https://api.mch.weixin.qq.com")
WECHAT_API_URL = env.str("WECHAT_API_URL", default="https://api.weixin.qq.com")

# Kuaidi100: tracking, and the one address of its pickups (商家寄件).
KUAIDI100_URL = env.str("KUAIDI100_URL", default="https://poll.kuaidi100.com").rstrip("/")
KUAIDI100_ORDER_URL = env.str(
    "KUAIDI100_ORDER_URL", default="https://poll.kuaidi100.com/order/borderapi.do"
)

# Couriers call this address; one that takes no https address needs one with http://, in front of
# the same service.
COURIER_CALLBACK_URL = env.str("COURIER_CALLBACK_URL", default="").rstrip("/") or PUBLIC_URL
if not COURIER_CALLBACK_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("COURIER_CALLBACK_URL must begin with https:// or http://.")

# Django

INSTALLED_APPS = ["saleor_wechat_returns"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
ROOT_URLCONF = "saleor_wechat_returns.urls"
WSGI_APPLICATION = "saleor_wechat_returns.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "dashboard" / "templates", PACKAGE / "templates"],
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "zh-hans"

# PostgreSQL

_database_url = _required(
    "DATABASE_URL",
    "name a PostgreSQL 14 or newer, postgresql://user:password@host/name, or start through"
    " `python -m saleor_wechat_returns.embedded -- COMMAND` for a throwaway one.",
    debug="postgresql:///saleor_wechat_returns",
)
if urlsplit(_database_url).scheme not in ("postgresql", "postgres"):
    raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://: no other will do.")
_database: dict[str, Any] = env.db_url_config(_database_url)
# Threads are few and live long, so each keeps its connection: no pool is needed (ADR 0002).
_database.update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
# Nobody waits for ever: not for a lock, not for a query, not for a transaction left open.
_database["OPTIONS"] = {
    "options": "-c lock_timeout=5s -c statement_timeout=30s"
    " -c idle_in_transaction_session_timeout=60s",
    # A server that is cut off says nothing: neither to a new connection nor to an old one.
    "connect_timeout": 5,
    "tcp_user_timeout": 40_000,
    **_database.get("OPTIONS", {}),
}
DATABASES = {"default": _database}

# Celery: the clock and the pool; what must not be lost is in PostgreSQL

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")
BROKER_DIR = Path(
    env.str("BROKER_DIR", default="")
    or Path(tempfile.gettempdir(), f"saleor-wechat-returns-{os.geteuid()}")
)

# Evidence: pictures and videos, in a private folder or in a bucket that speaks S3

EVIDENCE_BUCKET = env.str("EVIDENCE_BUCKET", default="")
EVIDENCE_DIR = env.str("EVIDENCE_DIR", default="")
if not EVIDENCE_BUCKET:
    EVIDENCE_DIR = _required(
        "EVIDENCE_DIR",
        "name a private folder for customers' pictures and videos, the same for web and worker,"
        " or an EVIDENCE_BUCKET.",
        debug=str(Path(tempfile.gettempdir(), f"saleor-wechat-returns-{os.geteuid()}", "evidence")),
    )
EVIDENCE_SECRET_KEY = env.str("EVIDENCE_SECRET_KEY", default="")
STORAGES = {
    "evidence": vault_storage(
        folder=EVIDENCE_DIR,
        bucket=EVIDENCE_BUCKET,
        endpoint_url=env.str("EVIDENCE_ENDPOINT_URL", default=""),
        region=env.str("EVIDENCE_REGION", default=""),
        access_key=env.str("EVIDENCE_ACCESS_KEY", default=""),
        secret_key=EVIDENCE_SECRET_KEY,
    )
}
EVIDENCE_PICTURE_MB = env.int("EVIDENCE_PICTURE_MB", default=10)
EVIDENCE_VIDEO_MB = env.int("EVIDENCE_VIDEO_MB", default=60)
EVIDENCE_VIDEO_SECONDS = env.int("EVIDENCE_VIDEO_SECONDS", default=180)
EVIDENCE_PICTURE_SIDE = env.int("EVIDENCE_PICTURE_SIDE", default=2560)
EVIDENCE_VIDEO_SIDE = env.int("EVIDENCE_VIDEO_SIDE", default=1280)
# The outbox leases an effect for five minutes, and files are fetched and stored in them too.
EVIDENCE_DECODE_SECONDS = env.int("EVIDENCE_DECODE_SECONDS", default=200)
if EVIDENCE_DECODE_SECONDS > 200:  # within a message's lease of 5 minutes, and room for storing
    raise ImproperlyConfigured("EVIDENCE_DECODE_SECONDS must be 200 or less.")
EVIDENCE_PER_RETURN = env.int("EVIDENCE_PER_RETURN", default=40)
EVIDENCE_LINK_MINUTES = env.int("EVIDENCE_LINK_MINUTES", default=10)
EVIDENCE_BUNDLE_DAYS = env.int("EVIDENCE_BUNDLE_DAYS", default=7)
EVIDENCE_UNATTACHED_HOURS = env.int("EVIDENCE_UNATTACHED_HOURS", default=24)
EVIDENCE_RETENTION_DAYS = env.int("EVIDENCE_RETENTION_DAYS", default=1096)
for _name in [name for name in list(globals()) if name.startswith("EVIDENCE_")]:
    if isinstance(globals()[_name], int) and globals()[_name] < 1:
        raise ImproperlyConfigured(f"{_name} must be 1 or more.")

# The warehouse: whoever has this permission of Saleor's and not MANAGE_ORDERS only handles parcels

WAREHOUSE_PERMISSION = env.str("WAREHOUSE_PERMISSION", default="MANAGE_PRODUCTS")

# Logs: JSON lines; readable ones with DEBUG

UNLOGGED = frozenset(
    ("token", "authorization", "openid", "phone", "address", "body", "secret", "password", "cookie")
)


def redact(_logger: object, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Drop every value whose name has an unlogged word, `app_token` as well as `token`."""
    return {
        name: redact(None, "", value) if isinstance(value, dict) else value
        for name, value in event.items()
        if UNLOGGED.isdisjoint(str(name).lower().replace("-", "_").split("_"))
    }


def hide_links(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Django names the address of what it could not answer; those of evidence open it."""
    event["event"] = re.sub(r"(/evidence/)\S+", r"\1…", str(event["event"]))
    return event


_before_rendering: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    redact,
    hide_links,
]
_rendering: list[Any] = (
    [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
    if DEBUG
    else [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
)
structlog.configure(
    processors=[*_before_rendering, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _before_rendering,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering,
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        # They log whole addresses, and WeChat's carry access tokens.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}
