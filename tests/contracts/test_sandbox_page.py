"""What docs/sandbox.md says of the sandboxes is so."""

import re
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.kuaidi100 import faults as courier_faults
from saleor_wechat_returns.sandbox.saleor import faults as saleor_faults
from saleor_wechat_returns.sandbox.wechat_mini import faults as mini_faults
from saleor_wechat_returns.sandbox.wechat_pay import faults as pay_faults
from tests.contracts.test_sandbox_saleor_recordings import NOT_REPLAYED

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
ERRCODES = {name: f"errcode {code}: {text}" for name, (code, text) in mini_faults.ERRCODES.items()}


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("### Saleor", {kind.value: text for kind, text in saleor_faults.FAULTS.items()}),
        ("### WeChat Pay, calls", dict(pay_faults.FAULTS)),
        ("### WeChat Pay, notices", dict(pay_faults.NOTICE_FAULTS)),
        ("### WeChat Pay, bills", dict(pay_faults.BILL_FAULTS)),
        ("### Mini-program API", {**mini_faults.FAULTS, **ERRCODES}),
        ("### Kuaidi100, calls", dict(courier_faults.CALL_FAULTS)),
        (
            "### Kuaidi100, orders",
            {**courier_faults.ORDER_FAULTS, **courier_faults.REPEAT_FAULTS},
        ),
        ("### Kuaidi100, callbacks", dict(courier_faults.CALLBACK_FAULTS)),
        ("## Not replayed", NOT_REPLAYED),
    ],
)
def test_every_table_is_that_of_the_code(heading: str, told: dict[str, str]) -> None:
    (section,) = re.findall(rf"^{heading}\n(.*?)(?=^#|\Z)", PAGE, re.M | re.S)

    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.M)

    assert dict(rows) == told
    assert set(saleor_faults.FAULTS) == set(saleor_faults.FaultKind)


def test_the_sandboxes_start_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    names: dict[str, Any] = {}

    exec(re.sub(r"\b800[012]\)", "0)", script), names)  # noqa: S102 - our own page; free ports

    shop, pay, mini = names["servers"]
    try:
        order_id, staff_token, js_code = capsys.readouterr().out.split()
        query = f'{{ order(id: "{order_id}") {{ status user {{ id }} }} }}'
        headers = {"Authorization": f"Bearer {staff_token}"}
        answer = httpx.post(f"{shop.url}/graphql/", json={"query": query}, headers=headers)
        assert answer.json()["data"]["order"] == {"status": "FULFILLED", "user": None}
        assert httpx.get(f"{url(pay)}/v3/certificates").status_code == 400
        query = f"appid=wx0000000000000001&secret=secret&js_code={js_code}"
        grant = "grant_type=authorization_code"
        session = httpx.get(f"{url(mini)}/sns/jscode2session?{query}&{grant}").json()
        assert session["openid"] == "openid-of-li"
    finally:
        shop.stop()
        for server in (pay, mini):
            threading.Thread(target=server.shutdown).start()


def url(server: ThreadingHTTPServer) -> str:
    host, port = server.server_address[:2]
    return f"http://{host!s}:{port}"
