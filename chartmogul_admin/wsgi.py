"""The WSGI application: `gunicorn chartmogul_admin.wsgi`."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chartmogul_admin.settings")

application = get_wsgi_application()

# Load all views and templates now; the first pages of each worker would otherwise wait half a second for them.
reverse("home")
folder = settings.BASE_DIR / "templates"
for path in folder.rglob("*.html"):
    get_template(str(path.relative_to(folder)))

# What was loaded so far stays until the end: scanning it for garbage stops every thread, for longer than a page takes.
gc.collect()
gc.freeze()
# A page creates tens of thousands of objects that are freed with it, so they need not be scanned while it is made. Our
# own worker class has a better time for it (serving.py).
gc.set_threshold(50_000, 20, 50)
