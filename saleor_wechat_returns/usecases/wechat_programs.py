"""A shop's mini-program: its credentials opened, and the access token all processes share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.conf import settings
from django.db import connection

from .. import clock, outgoing
from ..models import Shop, WechatAccessToken, WechatMiniProgram, WechatPush
from ..secretbox import open_sealed, seal
from ..wechat.mini import TIMEOUT_SECONDS, AccessToken, MiniClient, MiniProgram
from ..wechat.push import PushKeys
from .shops import installed_shop


def program_for(shop: Shop, channel: str) -> WechatMiniProgram | None:
    """The channel's own mini-program, else the shop's."""
    found = WechatMiniProgram.objects.filter(shop=shop, channel__in=[channel, ""])
    return found.order_by("-channel").first()


def program_of(shop: Shop, appid: str) -> WechatMiniProgram | None:
    """The shop's credentials for this mini-program, whatever channel they are stored for."""
    found = WechatMiniProgram.objects.filter(shop=shop, appid=appid)
    return found.order_by("channel").first()


def keep_program(
    api_url: str,
    appid: str,
    secret: str,
    *,
    channel: str = "",
    check: bool = True,
    push: PushKeys | None = None,
) -> WechatMiniProgram:
    """Store or replace the mini-program of one channel; `check` asks WeChat whether it takes it.

    Without `push`, what is stored of its message push stays.

    Raises ShopUnknown, ProviderRejected with the field that cannot be right, and what asking may
    end in. No transaction may be open.
    """
    shop = installed_shop(api_url)
    program = MiniProgram(appid, secret, base_url=settings.WECHAT_API_URL)
    if check:
        _try(program, TIMEOUT_SECONDS)
    sealed, key_id = seal(secret)
    stored, _ = WechatMiniProgram.objects.update_or_create(
        shop=shop,
        channel=channel,
        defaults={"appid": appid, "secret_sealed": sealed, "sealed_key_id": key_id},
    )
    if push is not None:
        _keep_push(push)
    return stored


def _keep_push(keys: PushKeys) -> None:
    token, key_id = seal(keys.token)
    aes_key = seal(keys.encoding_aes_key)[0] if keys.encoding_aes_key else None
    WechatPush.objects.update_or_create(
        appid=keys.appid,
        defaults={"token_sealed": token, "aes_key_sealed": aes_key, "sealed_key_id": key_id},
    )


def mini_of(program: WechatMiniProgram, *, seconds: float = TIMEOUT_SECONDS) -> MiniClient:
    """The mini-program's server API. Raises ProviderRejected for credentials that cannot work."""
    return MiniClient(_opened(program), outgoing.client(), AccessTokens(), clock.now, seconds)


def try_program(program: WechatMiniProgram, *, seconds: float) -> None:
    """Return if WeChat takes the stored credentials; nothing is stored.

    Raises UnreadableSecretError, and what asking may end in.
    """
    _try(_opened(program), seconds)


def _opened(program: WechatMiniProgram) -> MiniProgram:
    secret = open_sealed(bytes(program.secret_sealed), program.sealed_key_id)
    return MiniProgram(program.appid, secret, base_url=settings.WECHAT_API_URL)


def _try(program: MiniProgram, seconds: float) -> None:
    """Without the shared token, which a former secret may have got."""
    MiniClient(program, outgoing.client(), _OwnTokens(), clock.now, seconds).check_access()


class AccessTokens:
    """The token store: rows, sealed; the lock is PostgreSQL's, held without a transaction."""

    def get(self, appid: str) -> AccessToken | None:
        row = WechatAccessToken.objects.filter(appid=appid).first()
        if row is None:
            return None
        return AccessToken(open_sealed(bytes(row.token_sealed), row.sealed_key_id), row.expires_at)

    def set(self, appid: str, token: AccessToken) -> None:
        sealed, key_id = seal(token.value)
        WechatAccessToken.objects.update_or_create(
            appid=appid,
            defaults={
                "token_sealed": sealed,
                "sealed_key_id": key_id,
                "expires_at": token.expires_at,
            },
        )

    @contextmanager
    def locked(self, appid: str) -> Iterator[None]:
        """An advisory lock of this session: WeChat is called meanwhile, so it is no transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [_lock_name(appid)])
            try:
                yield
            finally:
                cursor.execute(
                    "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_lock_name(appid)]
                )


class _OwnTokens:
    """A token store that nobody shares."""

    def __init__(self) -> None:
        self._kept: dict[str, AccessToken] = {}

    def get(self, appid: str) -> AccessToken | None:
        return self._kept.get(appid)

    def set(self, appid: str, token: AccessToken) -> None:
        self._kept[appid] = token

    def locked(self, appid: str) -> AbstractContextManager[str]:
        return nullcontext(appid)


def _lock_name(appid: str) -> str:
    return f"saleor_wechat_returns access token {appid}"
