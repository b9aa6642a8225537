"""The WSGI application: `gunicorn chartmogul_admin.wsgi`."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chartmogul_admin.settings")

application = get_wsgi_application()

# What the first pages of each worker would otherwise wait for, for half a second: all views and all templates.
reverse("home")
folder = settings.BASE_DIR / "templates"
for path in folder.rglob("*.html"):
    get_template(str(path.relative_to(folder)))

# What was loaded to start stays until the end: looking through it for garbage holds up every thread, for longer than a
# page takes.
gc.collect()
gc.freeze()
# And a page makes tens of thousands of objects that go with it: it need not be looked through for garbage on the way.
# Our own kind of worker has a better time for it (serving.py).
gc.set_threshold(50_000, 20, 50)
