"""What an app may do with its own webhooks, and problems it shows to staff."""

from typing import Any

from .access import MANAGE_APPS
from .call import Call
from .errors import Refused, permission_denied, refuse
from .lookup import get
from .people import App, Webhook
from .registry import mutation
from .subscriptions import BadSubscription, events_of


@mutation("webhookCreate")
def create_webhook(call: Call, *, input: dict[str, Any]) -> dict[str, Any]:
    """An app registers for itself with its own token; staff name the app. [141]"""
    app = _target_app(call, input)
    if not input.get("target_url"):
        raise refuse("targetUrl", "REQUIRED", "This field is required.")
    query = input.get("query") or ""
    webhook = Webhook(
        id=call.world.ids.numbered("Webhook"),
        app=app,
        name=input.get("name") or "",
        target_url=input["target_url"],
        query=query,
        events=_events(call, input, query),
        is_active=input.get("is_active") is not False,
    )
    app.webhooks.append(webhook)
    return {"webhook": webhook}


@mutation("webhookUpdate")
def update_webhook(call: Call, *, id: str | None = None, input: dict[str, Any]) -> dict[str, Any]:
    webhook = _own_webhook(call, id)
    query = input.get("query") or webhook.query
    if {"query", "async_events", "sync_events"} & input.keys():
        webhook.events = _events(call, input, query) or webhook.events
        webhook.query = query
    for name in ("name", "target_url", "is_active"):
        if input.get(name) is not None:
            setattr(webhook, name, input[name])
    return {"webhook": webhook}


@mutation("webhookDelete")
def delete_webhook(call: Call, *, id: str | None = None) -> dict[str, Any]:
    webhook = _own_webhook(call, id)
    webhook.app.webhooks.remove(webhook)
    return {"webhook": webhook}


@mutation("appProblemCreate")
def create_problem(call: Call, *, input: dict[str, Any]) -> dict[str, Any]:
    if call.app is None:
        raise permission_denied("AUTHENTICATED_APP")
    problem_id = call.world.ids.numbered("AppProblem")
    return {"appProblem": {"id": problem_id, "message": input["message"]}}


def _target_app(call: Call, input: dict[str, Any]) -> App:
    if call.app:
        return call.app
    call.principal.require(MANAGE_APPS)
    return get(call, App, input.get("app"), field="app")


def _own_webhook(call: Call, webhook_id: str | None) -> Webhook:
    webhook = get(call, Webhook, webhook_id)
    if webhook.app is not call.app:
        call.principal.require(MANAGE_APPS)
    return webhook


def _events(call: Call, input: dict[str, Any], query: str) -> frozenset[str]:
    given = [*(input.get("async_events") or []), *(input.get("sync_events") or [])]
    if not query:
        return frozenset(given)
    try:
        return events_of(query, given, call.world.schema_version)
    except BadSubscription as problem:
        raise _invalid(problem) from None


def _invalid(problem: BadSubscription) -> Refused:
    return refuse("query", problem.code, str(problem))
