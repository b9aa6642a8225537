"""Scripts use the language of the page: their texts are in the page, and none is missing."""

import html
import json
import re

import pytest
from django.conf import settings
from django.test import Client

from resources.templatetags import script_words
from resources.templatetags.script_words import WORDS
from tests.german import german

SCRIPTS = {path.name: path.read_text() for path in sorted((settings.BASE_DIR / "static" / "js").glob("*.js"))}
SAID = re.compile(r"\bphrase\(([^,()]+)")
NAME = re.compile(r'"([a-z_]+)"')


def test_every_phrase_that_a_script_says_comes_with_the_page():
    said = {name for text in SCRIPTS.values() for call in SAID.findall(text) for name in NAME.findall(call)}
    assert len(said) > 30
    assert said <= set(WORDS)


def test_every_phrase_that_comes_with_the_page_is_said():
    speaking = " ".join(text for text in SCRIPTS.values() if 'from "./words.js"' in text)
    assert set(WORDS) <= set(NAME.findall(speaking))


def test_what_stands_in_braces_is_given_by_its_name():
    speaking = " ".join(text for text in SCRIPTS.values() if 'from "./words.js"' in text)
    names = {name for words in WORDS.values() for name in re.findall(r"\{(\w+)\}", str(words))}
    # `phrase("server_answered", response)`: an answer has a status of its own.
    assert [name for name in sorted(names - {"status"}) if not re.search(rf"[{{,]\s*{name}\s*[:,}}]", speaking)] == []


@pytest.mark.django_db
def test_a_page_holds_them_as_data_also_before_somebody_signed_in(client: Client):
    page = client.get("/accounts/login/").content.decode()
    assert json.loads(held(page)) == {name: str(words) for name, words in WORDS.items()}


def test_they_are_those_of_the_language_of_the_page():
    script_words._in_language.cache_clear()
    with german({"Copied": "</template>Kopiert"}):
        block = str(script_words.script_words())
    script_words._in_language.cache_clear()
    # A translation cannot end the element that it stands in.
    assert block.count("</template>") == 1
    assert json.loads(held(block))["copied"] == "</template>Kopiert"


def held(page: str) -> str:
    return html.unescape(page.partition('<template id="words">')[2].partition("</template>")[0])
