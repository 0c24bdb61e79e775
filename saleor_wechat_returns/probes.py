"""For orchestrators: is this process alive, and may it receive traffic?"""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import clock
from .usecases.readiness import readiness


@never_cache
@require_safe
def health_view(_request: HttpRequest) -> JsonResponse:
    """GET /health/: this process answers. Depends on nothing, so that nothing gets it killed."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready_view(_request: HttpRequest) -> JsonResponse:
    """GET /ready/: 200 if it may receive traffic, also while it is degraded; else 503."""
    found = readiness(now=clock.now())
    body = {
        "status": found.status,
        "checks": found.checks,
        "outboxLagSeconds": found.outbox_lag_seconds,
    }
    return JsonResponse(body, status=200 if found.is_ready else 503)
