"""A simulator of the mini-program's server API, with its own reading of the documents.

Imports nothing of the rest of the package but the simulated WeChat Pay: its doors and payments.
Source: mini-program documentation, "auth.code2Session", "getStableAccessToken", "message push",
"order shipping management", global return codes, read 2026-11.
"""

from .pushes import Push, PushAddress
from .simulator import Call, WechatMiniSandbox

__all__ = ["Call", "Push", "PushAddress", "WechatMiniSandbox"]
