#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import Error

from chartmogul_admin import configuration

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chartmogul_admin.settings")
    try:
        execute_from_command_line(sys.argv)
    except (Error, ImproperlyConfigured) as error:
        # Where there is no database, or not for this user, one line says so. Otherwise it is an error of ours.
        configuration.connect("DATABASE_URL")
        configuration.refuse_without_rights("DATABASE_URL", error)
        raise
