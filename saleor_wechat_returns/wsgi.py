"""The WSGI entry point: `gunicorn --worker-class gthread saleor_wechat_returns.wsgi`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_wechat_returns.settings")

application = get_wsgi_application()
