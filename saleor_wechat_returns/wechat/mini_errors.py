"""From an errcode of the mini-program API to one of the three outcomes of a provider call.

Source: mini-program documentation, "auth.code2Session", "getStableAccessToken", "msgSecCheck",
"mediaCheckAsync", "uploadShippingInfo" and global return codes, read 2026-11.
"""

from __future__ import annotations

from ..domain.errors import ProviderError, ProviderRejected, ProviderUnavailable, Rejection

# Fetching a token anew may help, once; after that they mean wrong credentials.
TOKEN_CODES = frozenset({"40001", "40014", "42001"})
# The last two: of 发货信息管理.
BUSY = frozenset({-1, 10060012, 10060019})
PAUSE_SECONDS = 60
QUOTA_PAUSE_SECONDS = 3600

# A code that is missing here is a rule of theirs that we have not met: a task for staff.
KINDS = {
    "40029": Rejection.REQUEST,  # js_code is wrong, or older than 5 minutes
    "40163": Rejection.REQUEST,  # js_code was used
    "40226": Rejection.BUSINESS,  # 高风险等级用户: WeChat blocks this user's login
    "40013": Rejection.CONFIGURATION,  # appid
    "40125": Rejection.CONFIGURATION,  # secret
    "40164": Rejection.CONFIGURATION,  # our address is not in the app's list
    "40243": Rejection.CONFIGURATION,  # secret frozen
    "40003": Rejection.REQUEST,  # openid of another app
    "43104": Rejection.REQUEST,  # the same, of content checks
    "61010": Rejection.BUSINESS,  # the user was not in the mini-program within two hours
    "10060001": Rejection.NOT_FOUND,  # a payment that 发货信息管理 does not know
    **dict.fromkeys(TOKEN_CODES, Rejection.CONFIGURATION),
}


class QuotaUsedUp(ProviderUnavailable):
    """No calls of this kind are left until midnight in Beijing."""


def read_errcode(errcode: int, errmsg: str) -> ProviderError:
    """Decided by the number, never by the text."""
    if errcode in BUSY:
        return ProviderUnavailable("WeChat is busy")
    if errcode in (45011, 44991):  # 44991: of content checks; listed there without a word
        return ProviderUnavailable("WeChat asks for a pause", after_seconds=PAUSE_SECONDS)
    if errcode == 45009:
        return QuotaUsedUp("no calls left today", after_seconds=QUOTA_PAUSE_SECONDS)
    code = str(errcode)
    return ProviderRejected(KINDS.get(code, Rejection.BUSINESS), code, errmsg[:500])
