"""What a worker does about a shop soon after it was installed, or after a new version started."""

from __future__ import annotations

import structlog

from ..domain.errors import ProviderError
from ..models import Shop
from .doctor import Level, level_of, words_of
from .doctor.saleor import channels
from .shops import saleor_of
from .webhook_migration import migrate_all

log = structlog.get_logger(__name__)


def bring_up_to_date() -> None:
    """Migrate the webhooks of shops that are behind, then look at the settings of those shops.

    What is wrong there is said once in the log; `manage.py doctor` says it whenever it is asked.
    """
    for migration in migrate_all():
        if not migration.trouble:
            _look_at_settings(migration.shop)


def _look_at_settings(shop: Shop) -> None:
    try:
        found = list(channels(shop, saleor_of(shop)))
    except ProviderError as trouble:
        log.warning("shop.settings_unread", shop=shop.key, error=str(trouble))
        return
    for finding in found:
        if level_of(finding) is not Level.OK:
            log.warning(
                "shop.setting",
                shop=shop.key,
                code=finding.code.name,
                channel=finding.about,
                what_to_do=words_of(finding).remedy_en,
            )
