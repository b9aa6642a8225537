"""Countries by their common names, in the language of the page."""

from collections.abc import Mapping
from functools import cache
from gettext import translation

import pycountry
from django.utils.translation import get_language, to_locale

from resources.directory.folding import by_name


def choices() -> tuple[tuple[str, str], ...]:
    """Return the ISO 3166-1 alpha-2 codes with their names, sorted by name."""
    return choices_in(get_language() or "en")


def in_words(code: str) -> str:
    """Return `Germany (DE)` for `DE`; text that is not such a code is returned unchanged."""
    return words_in(get_language() or "en").get(code, code)


@cache
def choices_in(language: str) -> tuple[tuple[str, str], ...]:
    english = {country.alpha_2: getattr(country, "common_name", country.name) for country in pycountry.countries}
    if language.partition("-")[0] == "en":
        return by_name(english.items())
    locales = [to_locale(language), language.partition("-")[0]]
    translated = translation("iso3166-1", pycountry.LOCALES_DIR, locales, fallback=True).gettext
    return by_name((code, translated(name)) for code, name in english.items())


@cache
def words_in(language: str) -> Mapping[str, str]:
    return {code: f"{name} ({code})" for code, name in choices_in(language)}
