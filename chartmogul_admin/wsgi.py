"""The WSGI application: `gunicorn chartmogul_admin.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chartmogul_admin.settings")

application = get_wsgi_application()

# What was loaded to start stays until the end: looking through it for garbage holds up every thread, for longer than a
# page takes.
gc.collect()
gc.freeze()
