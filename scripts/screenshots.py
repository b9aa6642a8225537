"""Take pictures of the running product: every page into screenshots/, or with `--docs` those of docs/pictures/.

    make screenshots                every page, at 390 and 1440 px, light and dark
    make screenshots ARGS=--docs    the pictures of the documentation

It starts a sandbox and the product with a database of their own, next to any that are running, and stops both at the
end.
"""

import os

if __name__ == "__main__":
    # Only as a script: each process of the product that it starts imports this module before it reads its own settings.
    import tests.environment  # noqa: F401  settings, before anything of Django is loaded

    os.environ["DJANGO_SETTINGS_MODULE"] = "chartmogul_admin.settings"
    import django

    django.setup()
    from scripts import pictures

    pictures.main()
