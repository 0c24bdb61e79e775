"""Settings: what is refused, what comes from files, what is never logged."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

from saleor_wechat_returns.settings import SECRETS, hide_links, redact

ROOT = Path(settings.PACKAGE).parent
KEY = Fernet.generate_key().decode()
COMPLETE = {
    "SECRET_KEY": "s" * 50,
    "SECRETS_KEYS": f"first:{KEY}",
    "PUBLIC_URL": "https://returns.example",
    "DATABASE_URL": "postgresql://returns@db.example/returns",
    "EVIDENCE_DIR": "/var/lib/returns",
}


def read(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a fresh process has as setting `name`, as JSON on its standard output."""
    script = (
        "import json; from saleor_wechat_returns import settings;"
        f"print(json.dumps(settings.{name}, default=list))"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def refusal(**variables: str) -> str:
    done = read("DEBUG", **variables)
    assert done.returncode == 1
    return done.stderr.splitlines()[-1].removeprefix(
        "django.core.exceptions.ImproperlyConfigured: "
    )


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in COMPLETE.items() if key != name}


def test_a_complete_environment_is_accepted_and_is_not_debug() -> None:
    done = read("DEBUG", **COMPLETE)

    assert (done.returncode, done.stdout, done.stderr) == (0, "false\n", "")


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_refuses_to_start_without(name: str) -> None:
    message = refusal(**without(name))

    assert message.startswith(f"{name} is not set: ")
    assert message.endswith("Or set DEBUG=1 to try things out.")


def test_debug_needs_nothing_else() -> None:
    done = read("PUBLIC_URL", DEBUG="1")

    assert (done.returncode, done.stdout) == (0, '"http://localhost:8000"\n')


def test_a_faster_clock_is_for_trying_things_out_only() -> None:
    assert read("CLOCK_SCALE", **COMPLETE).stdout == "1\n"
    assert read("CLOCK_SCALE", DEBUG="1", CLOCK_SCALE="1440").stdout == "1440\n"
    assert refusal(**COMPLETE, CLOCK_SCALE="1440") == (
        "CLOCK_SCALE is for DEBUG=1 only: customers have real days."
    )
    assert refusal(DEBUG="1", CLOCK_SCALE="0") == "CLOCK_SCALE must be 1 or more."


IN_FILES = {
    "SECRET_KEY": ("SECRET_KEY", "from-file", "from-file"),
    "SECRETS_KEYS": ("SECRETS_KEYS.keys()", f"filed:{KEY}", ["filed"]),
    "DATABASE_URL": (
        "DATABASES['default']['HOST']",
        "postgresql://filed.example/x",
        "filed.example",
    ),
    "CELERY_BROKER_URL": ("CELERY_BROKER_URL", "redis://filed.example", "redis://filed.example"),
    "EVIDENCE_SECRET_KEY": ("EVIDENCE_SECRET_KEY", "filed", "filed"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    setting, content, expected = IN_FILES[name]
    file = tmp_path / "secret"
    file.write_text(f"{content}\n")

    done = read(setting, **without(name), **{f"{name}_FILE": str(file)})

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected


def test_refuses_a_secret_file_that_is_not_there() -> None:
    message = refusal(**without("SECRET_KEY"), SECRET_KEY_FILE="/nowhere/secret")

    assert message == (
        "SECRET_KEY_FILE: /nowhere/secret cannot be read (No such file or directory)."
    )


def test_refuses_another_database_than_postgresql() -> None:
    message = refusal(**COMPLETE | {"DATABASE_URL": "sqlite:///returns.db"})

    assert message == "DATABASE_URL must begin with postgresql://: no other will do."


def test_refuses_a_public_url_without_https() -> None:
    message = refusal(**COMPLETE | {"PUBLIC_URL": "http://returns.example"})

    assert message == "PUBLIC_URL must begin with https://, as WeChat calls nothing else."


def test_couriers_may_call_elsewhere() -> None:
    elsewhere = {"COURIER_CALLBACK_URL": "http://couriers.returns.example/"}

    assert read("COURIER_CALLBACK_URL", **COMPLETE).stdout == '"https://returns.example"\n'
    done = read("COURIER_CALLBACK_URL", **COMPLETE, **elsewhere)
    assert done.stdout == '"http://couriers.returns.example"\n'
    assert refusal(**COMPLETE, COURIER_CALLBACK_URL="returns.example") == (
        "COURIER_CALLBACK_URL must begin with https:// or http://."
    )


def test_a_slash_at_the_end_of_the_public_url_is_dropped() -> None:
    done = read("PUBLIC_URL", **COMPLETE | {"PUBLIC_URL": "https://returns.example/"})

    assert done.stdout == '"https://returns.example"\n'


def test_answers_to_the_host_of_the_public_url() -> None:
    done = read("ALLOWED_HOSTS", **COMPLETE)

    assert done.stdout == '["returns.example"]\n'


def test_nobody_waits_for_ever_on_the_database() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]["options"]

    assert "lock_timeout=5s" in options
    assert "statement_timeout=30s" in options
    assert "idle_in_transaction_session_timeout=60s" in options


def test_a_database_that_is_cut_off_is_given_up_unless_its_address_says_otherwise() -> None:
    url = COMPLETE["DATABASE_URL"]
    patient = COMPLETE | {"DATABASE_URL": f"{url}?connect_timeout=20"}

    found = [json.loads(read("DATABASES", **it).stdout)["default"] for it in (COMPLETE, patient)]

    assert [str(it["OPTIONS"]["connect_timeout"]) for it in found] == ["5", "20"]
    assert [it["OPTIONS"]["tcp_user_timeout"] for it in found] == [40_000, 40_000]


def test_logs_drop_what_must_not_be_read() -> None:
    event = {
        "event": "session.created",
        "app_token": "t",
        "Authorization": "a",
        "payer_openid": "o",
        "receiver": {"phone": "138", "city": "Hangzhou"},
        "return_number": "R1",
    }

    assert redact(None, "info", event) == {
        "event": "session.created",
        "receiver": {"city": "Hangzhou"},
        "return_number": "R1",
    }


def test_logs_name_no_link_to_evidence() -> None:
    event = {"event": "Not Found: /s/key/evidence/01a2.shown.customer.9.x-Y_z"}

    assert hide_links(None, "warning", event) == {"event": "Not Found: /s/key/evidence/…"}


def test_a_log_line_in_production_is_json_without_secrets() -> None:
    script = (
        "import django, structlog; django.setup();"
        "structlog.get_logger('x').warning('refund.submitted', amount_fen=30, token='t')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=COMPLETE | {"DJANGO_SETTINGS_MODULE": "saleor_wechat_returns.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    line = json.loads(done.stderr)

    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "refund.submitted",
        "amount_fen": 30,
        "level": "warning",
        "logger": "x",
    }


def test_refuses_a_negative_number_of_proxies() -> None:
    message = refusal(**COMPLETE, TRUSTED_PROXY_COUNT="-1")

    assert message == "TRUSTED_PROXY_COUNT must be 0 or more."


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [("EVIDENCE_VIDEO_MB", "0", "1 or more"), ("EVIDENCE_DECODE_SECONDS", "201", "200 or less")],
)
def test_refuses_numbers_that_make_no_sense(name: str, value: str, most: str) -> None:
    assert refusal(**COMPLETE, **{name: value}) == f"{name} must be {most}."


def test_a_bucket_needs_no_folder() -> None:
    done = read("STORAGES['evidence']['BACKEND']", **without("EVIDENCE_DIR"), EVIDENCE_BUCKET="b")

    assert done.stdout == '"storages.backends.s3.S3Storage"\n'


def broker(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from saleor_wechat_returns.celery import app; app.conf.broker_url"],
        cwd=ROOT,
        env=COMPLETE | {"BROKER_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_brokers_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    done = broker(tmp_path / "broker")

    assert done.returncode == 0, done.stderr
    folders = [tmp_path / "broker", *sorted((tmp_path / "broker").iterdir())]
    assert [folder.name for folder in folders] == ["broker", "control", "messages"]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_refuses_a_brokers_folder_that_others_may_enter(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    folder.chmod(0o755)

    done = broker(folder)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        f"The broker's folder {folder} is open to others: chmod 700 it, or set BROKER_DIR."
    )


def test_the_example_explains_exactly_the_settings_that_are_read() -> None:
    source = (ROOT / "saleor_wechat_returns" / "settings.py").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    read_names = set(re.findall(r'(?:env\.\w+|_required)\(\s*"([A-Z_]+)"', source))
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", example, flags=re.MULTILINE))

    assert explained == read_names
