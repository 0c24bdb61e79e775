"""Installing an app from its manifest, as `appInstall` does in the background.

Source: Saleor 3.23.28, recordings 00 to 04 and 320 to 327.
"""

import secrets
import string
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpx

from .manifest_rules import Problem, problems_of
from .people import App, AppExtension, Webhook
from .subscriptions import BadSubscription, events_of
from .world import SaleorWorld

_TOKEN_ALPHABET = string.ascii_letters + string.digits
_USER_AGENT = "Saleor/{}"


class InstallationFailed(Exception):
    """The app was not installed; the text is what Dashboard would show.

    `problems`: field and code of each, as `appFetchManifest` answers them.
    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


def new_auth_token() -> str:
    return "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(30))


def install_app(
    world: SaleorWorld,
    http: httpx.Client,
    manifest_url: str,
    *,
    permissions: Iterable[str] | None = None,
) -> App:
    """Fetch the manifest, create the app, hand it its token; undone when it refuses the token.

    The app exists before it gets the token, so it can call back with it while answering.
    `permissions` are those the merchant grants, all that the manifest asks for by default.
    """
    manifest = _fetch(world, http, manifest_url)
    if world.app_by_identifier(manifest["id"]):
        raise InstallationFailed("App with the same identifier is already installed.")
    if problems := problems_of(manifest, world.schema_version):
        raise InstallationFailed(f"Incorrect manifest: {problems}", problems)
    granted = frozenset(manifest.get("permissions", ()) if permissions is None else permissions)
    app = App(
        id=world.ids.numbered("App"),
        identifier=manifest["id"],
        name=manifest["name"],
        auth_token=new_auth_token(),
        permissions=granted,
        version=manifest.get("version", ""),
        app_url=manifest.get("appUrl"),
        manifest_url=manifest_url,
        audience=manifest.get("audience"),
    )
    app.extensions = [_extension(world, app, given) for given in manifest.get("extensions", ())]
    app.webhooks = [_webhook(world, app, given) for given in manifest.get("webhooks", ())]
    world.apps.append(app)
    try:
        if target := manifest.get("tokenTargetUrl"):
            _register(world, http, target, app)
    except InstallationFailed:
        world.apps.remove(app)
        raise
    return app


def _fetch(world: SaleorWorld, http: httpx.Client, manifest_url: str) -> dict[str, Any]:
    """Only the version tells the app who asks: neither API URL nor domain is sent. [02]"""
    headers = {
        "Host": _host(manifest_url),
        "User-Agent": _USER_AGENT.format(world.schema_version),
        "Saleor-Schema-Version": world.schema_version,
    }
    try:
        response = http.get(manifest_url, headers=headers, follow_redirects=False)
        response.raise_for_status()
        manifest = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise InstallationFailed(f"Unable to fetch the manifest: {error}") from error
    if not isinstance(manifest, dict) or not manifest.get("id") or not manifest.get("name"):
        raise InstallationFailed("Incorrect format of the manifest: id and name are required.")
    return manifest


def _register(world: SaleorWorld, http: httpx.Client, target: str, app: App) -> None:
    domain = urlsplit(world.api_url).netloc
    headers = {
        "Host": _host(target),
        "User-Agent": _USER_AGENT.format(world.schema_version),
        "X-Saleor-Domain": domain,
        "Saleor-Domain": domain,
        "Saleor-Api-Url": world.api_url,
        "Saleor-Schema-Version": world.schema_version,
    }
    try:
        response = http.post(
            target, json={"auth_token": app.auth_token}, headers=headers, follow_redirects=False
        )
    except httpx.HTTPError as error:
        raise InstallationFailed(f"Failed to connect to app: {error}") from error
    if not response.is_success:
        raise InstallationFailed(_told(response))


def _told(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return "App internal error"


def _host(url: str) -> str:
    """Saleor's installer leaves the port out of the Host header."""
    return urlsplit(url).hostname or ""


def _extension(world: SaleorWorld, app: App, given: dict[str, Any]) -> AppExtension:
    permissions = frozenset(given.get("permissions", ()))
    if not permissions <= app.permissions:
        raise InstallationFailed("Requested extension permissions exceed those of the app.")
    return AppExtension(
        id=world.ids.numbered("AppExtension"),
        app=app,
        label=given["label"],
        mount_name=given["mount"].upper(),
        target_name=given.get("target", "POPUP").upper(),
        url=given["url"],
        permissions=permissions,
        settings=given.get("options", {}),
        identifier=given.get("identifier"),
    )


def _webhook(world: SaleorWorld, app: App, given: dict[str, Any]) -> Webhook:
    events = [*(given.get("asyncEvents") or []), *(given.get("syncEvents") or [])]
    try:
        listened = events_of(given["query"], events, world.schema_version)
    except BadSubscription as problem:
        said = f"{given.get('name')}: {problem}"
        raise InstallationFailed(said, [("webhooks", "INVALID")]) from problem
    return Webhook(
        id=world.ids.numbered("Webhook"),
        app=app,
        name=given["name"],
        target_url=given["targetUrl"],
        query=given["query"],
        events=listened,
        is_active=given.get("isActive", True),
    )
