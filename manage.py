#!/usr/bin/env python
"""Django's command line; with DATABASE_URL unset it works on a throwaway PostgreSQL."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from saleor_wechat_returns import embedded


def main() -> None:
    """Run the command, inside the life of an embedded server if there is no other."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_wechat_returns.settings")
    with embedded.environment() as started:
        if started:
            sys.stderr.write("DATABASE_URL is unset: this command has a throwaway PostgreSQL.\n")
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except (embedded.EmbeddedError, ImproperlyConfigured) as error:
        sys.exit(str(error))
