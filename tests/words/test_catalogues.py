"""The catalogues in locale/: they have every message of the code, translated, in the form that the product reads."""

import gettext
import re
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

from scripts import words

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po"))
SAYING = ["activity", "chartmogul_admin", "connections", "resources", "sandbox", "templates"]
"""Where words of pages are."""
PLACE = re.compile(r"%\(\w+\)s|\{\w*\}|</?\w[^>]*>")
"""What stays as it is in a translation: places for values, and tags."""

each = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def wrong_with(message: Message) -> list[str]:
    """What a reader would stumble over in a translation that is there."""
    said, meant = forms(message.string), forms(message.id)
    places = sorted(PLACE.findall(meant[-1]))
    found = []
    if any(sorted(PLACE.findall(form)) != places for form in said[1:] or said):
        found.append(f"places or tags: {said}")
    if not set(PLACE.findall(said[0])) <= set(places):
        found.append(f"places or tags: {said[0]}")
    # A text may stand in an attribute, which a quotation mark would end.
    if any('"' in PLACE.sub("", form) for form in said) and '"' not in meant[0]:
        found.append(f"a straight quotation mark: {said}")
    return found


def test_every_language_has_a_catalogue():
    assert {path.parts[-3] for path in CATALOGUES} == {code for code, _ in settings.LANGUAGES} - {"en"}


@each
def test_what_the_product_reads_is_what_translators_wrote(path: Path):
    """Run `make words` where this fails."""
    written = gettext.GNUTranslations(BytesIO(words.compiled(path)))._catalog  # type: ignore[attr-defined]
    with path.with_suffix(".mo").open("rb") as file:
        kept = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    del written[""], kept[""]
    assert kept == written


@each
def test_translations_keep_the_places_for_values_and_the_tags(path: Path):
    translated = [message for message in read(path) if message.id and any(forms(message.string))]
    assert [(message.id, wrong) for message in translated if (wrong := wrong_with(message))] == []


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str | None, tuple[str, ...]]]:
    """Every message of the code and the templates, newly extracted from a copy of them."""
    if not shutil.which("xgettext"):
        pytest.skip("GNU gettext is not installed")
    copy = tmp_path_factory.mktemp("words")
    for name in SAYING:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(copy)
        patch.setattr(settings, "LOCALE_PATHS", [copy / "locale"])
        words.gather(["de"])
    return {key(message) for message in read(copy / "locale" / "de" / "LC_MESSAGES" / "django.po") if message.id}


def key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, tuple(forms(message.id))


@each
def test_every_message_stands_in_the_catalogue(path: Path, said: set[tuple[str | None, tuple[str, ...]]]):
    """Run `make words` where this fails, and translate what is new."""
    known = {key(message) for message in read(path) if message.id}
    assert said - known == set()
    assert known - said == set()


@each
def test_every_message_is_translated_and_sure(path: Path):
    messages = [message for message in read(path) if message.id]
    assert [message.id for message in messages if message.fuzzy or not all(forms(message.string))] == []
