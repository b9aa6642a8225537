"""Pictures of the running product: of every page into screenshots/, and with `--docs` those of docs/pictures/.

    make screenshots                every page, at 390 and 1440 px, light and dark
    make screenshots ARGS=--docs    the pictures of the documentation

Starts a sandbox and the product beside whatever runs, with a database of its own, and stops both at the end.
"""

import os

if __name__ == "__main__":
    # Not for those who import this: each process of the product that it starts does, before it reads its own settings.
    import tests.environment  # noqa: F401  settings, before anything of Django is loaded

    os.environ["DJANGO_SETTINGS_MODULE"] = "chartmogul_admin.settings"
    import django

    django.setup()
    from scripts import pictures

    pictures.main()
