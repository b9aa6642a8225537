"""Every text on a page can be translated."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
NAMES = re.compile(r"\b(ChartMogul Admin|UTC|JSON|CSV|ms)\b")
"""What is called the same in every language."""
WORD = re.compile(r"[^\W\d_]{2}")
READ_OUT = {"title", "aria-label", "placeholder", "alt", "label"}
"""Attributes that people read or hear."""
NO_WORDS = {"script", "style", "kbd"}
MARKED = re.compile(r"_\((\"[^\"]*\"|'[^']*')\)")
IN_A_TAG = re.compile(r"\|pluralize|(\|(default|default_if_none|yesno):|^firstof .*?)[\"'][^\"']*[A-Za-z]")
"""Words in what a template puts in the place of others."""
ATTRIBUTES_ALONE = ROOT / "templates" / "resources" / "_in_section.html"
"""Stands in the middle of a tag."""


class Words(HTMLParser):
    """What of a page is read: its texts, and the attributes that stand for one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = ""
        self.feed(html)
        self.close()

    def note(self, text: str) -> None:
        if WORD.search(NAMES.sub("", text)):
            self.found.append(" ".join(text.split()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag if tag in NO_WORDS else self.silent
        for name, value in attrs:
            if name in READ_OUT:
                self.note(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent = "" if tag == self.silent else self.silent

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.note(data)


def unmarked(source: str) -> list[str]:
    """The words of a template that stand outside of its translations."""
    html, in_tags, inside = "", [], False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.TEXT:
            html += "" if inside else token.contents
        elif token.token_type == TokenType.BLOCK and token.contents.split()[0] in ("blocktranslate", "comment"):
            inside = True
        elif token.contents in ("endblocktranslate", "endcomment"):
            inside = False
        if token.token_type in (TokenType.VAR, TokenType.BLOCK) and IN_A_TAG.search(MARKED.sub("", token.contents)):
            in_tags.append(token.contents)
    return Words(html).found + in_tags


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_every_word_of_a_template_is_marked(path: Path):
    source = path.read_text()
    assert unmarked(f"<a{source}>" if path == ATTRIBUTES_ALONE else source) == []


@pytest.mark.parametrize(
    "forgotten",
    [
        "<p>Some words</p>",
        "<p>{% if x %}Some words{% endif %}</p>",
        "<p>{{ number }} words</p>",
        '<a href="/" title="Some words">{{ x }}</a>',
        '<a{% if x %} class="x"{% endif %} aria-label="Words about {{ x }}"></a>',
        "{% translate 'Marked' %} and not",
        "{% blocktranslate %}Marked{% endblocktranslate %} and not",
        '{{ name|default:"somebody" }}',
        '{% firstof name "somebody" %}',
        "{{ number }}{{ number|pluralize }}",
    ],
)
def test_what_is_not_marked_is_found(forgotten: str):
    assert unmarked(forgotten)


def test_names_and_marked_words_are_passed_over():
    marked = '{% translate "x" %}{% blocktranslate %}One {{ x }}{% endblocktranslate %}{{ x|default:_("somebody") }}'
    assert unmarked(f'<title>{marked} · ChartMogul Admin</title><p class="intro">{{{{ x|date:"H:i" }}}} UTC</p>') == []
