"""Update the catalogues in locale/ from the code and the templates, and compile them (`make words`).

    python -m scripts.words              # the existing languages
    python -m scripts.words fr           # and a new one

Collecting the messages requires GNU gettext. Compiling requires nothing beyond the product's own dependencies.
"""

import os
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = ["tests/*", "scripts/*", "screenshots/*", "staticfiles/*"]


def gather(languages: list[str]) -> None:
    """Collect all messages below the working directory into the catalogue of each language."""
    from django.core.management import call_command

    options = {"add_location": "file", "no_obsolete": True, "no_wrap": True, "ignore_patterns": NOT_OURS}
    call_command("makemessages", locale=languages, **options)


def without_the_hour(text: str) -> str:
    """Return the catalogue without POT-Creation-Date, which every run would change."""
    return "".join(line for line in text.splitlines(keepends=True) if "POT-Creation-Date" not in line)


def compiled(catalogue: Path) -> bytes:
    """Return the catalogue as a .mo file, without fuzzy translations."""
    file = BytesIO()
    with catalogue.open("rb") as source:
        write_mo(file, read_po(source, abort_invalid=True), use_fuzzy=False)
    return file.getvalue()


def main(new: list[str]) -> None:
    import django

    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chartmogul_admin.settings")
    django.setup()
    gather(sorted({path.parts[-3] for path in ROOT.glob("locale/*/LC_MESSAGES/django.po")} | set(new)))
    for catalogue in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        catalogue.write_text(without_the_hour(catalogue.read_text()))
        catalogue.with_suffix(".mo").write_bytes(compiled(catalogue))


if __name__ == "__main__":
    main(sys.argv[1:])
