"""C4: nothing in a template or in what Python writes is a script or a style of its own, and htmx makes none of either."""

import ast
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.pages import page_of
from tests.security.gathering import cases

ROOT: Path = settings.BASE_DIR
APPS = ("activity", "chartmogul_admin", "connections", "resources")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CODE = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
TAGS = re.compile(r"\{[%#].*?[%#]\}", re.DOTALL)
FLAGS = {"allowEval": False, "selfRequestsOnly": True, "allowScriptTags": False, "includeIndicatorStyles": False}


class Inline(HTMLParser):
    """What a text that is HTML, or holds some, has of its own scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        # A declaration, which some regular expressions look like, holds nothing of the kind.
        self.feed(TAGS.sub(" ", text).replace("<!", "< !"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name.lower(): value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"<{tag}>")
        for name, value in given.items():
            if name == "style" or re.fullmatch(r"on[a-z]+|(data-)?hx-on[:-].*|(data-)?hx-on", name):
                self.found.append(f"{name}=")
            if re.match(r"\s*(js|javascript|vbscript):", value, re.IGNORECASE):
                self.found.append(f"{name}={value}")


def texts(path: Path) -> list[str]:
    """The strings of a Python file; what an f-string fills in is an x."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">', "<p style>", '<a onclick="x()">', "<a ONCLICK=x()>", '<a hx-on:click="x()">',
        '<a hx-on--before-request="x()">', '<a hx-vals="js:{a: 1}">', '<a href=" JavaScript:x()">',
        "<script>x()</script>", '{% if a > b %}<script type="module">x()</script>{% endif %}', "<style>p {}</style>",
    ],
)  # fmt: skip
def test_C4_the_lint_finds_what_is_inline(text: str):
    assert len(Inline(text).found) == 1


def test_C4_the_lint_passes_over_the_rest():
    text = (
        '<script src="{% static "js/app.js" %}" type="module"></script><a href="{{ url }}" hx-get="/x" data-on="1">on=1'
    )
    assert Inline(text).found == []


def test_C4_no_template_and_no_code_holds_any():
    assert len(TEMPLATES) > 40
    with cases() as case:
        for path in TEMPLATES:
            with case(path.relative_to(ROOT)):
                assert Inline(path.read_text()).found == []
        for path in CODE:
            with case(path.relative_to(ROOT)):
                assert [found for text in texts(path) for found in Inline(text).found] == []


def test_C4_no_script_writes_any():
    with cases() as case:
        for path in SCRIPTS:
            with case(path.relative_to(ROOT)):
                text = path.read_text()
                assert not re.search(r"\beval\(|new Function\(|htmx\.config|\.setAttribute\(['\"](style|on)", text)
                assert Inline("".join(re.findall(r"<[a-z][^`]*>", text))).found == []


def test_C4_htmx_evaluates_nothing_and_asks_nobody_else(signed_in: Client, main):
    with cases() as case:
        for address in ("/connections/", "/c/main/customers/list/", "/c/main/api-call/"):
            with case(address):
                page = page_of(signed_in.get(address))
                config = json.loads(page.one("meta", name="htmx-config")["content"])
                assert {name: config.get(name) for name in FLAGS} == FLAGS


def test_C4_the_lint_finds_what_python_writes(tmp_path: Path):
    file = tmp_path / "cells.py"
    file.write_text(
        """format_html(f'<p style="color: {colour}">')\nformat_html('<a onclick="x()">{}</a>', 1 <b> 2)\n"""
    )
    assert [found for text in texts(file) for found in Inline(text).found] == ["style=", "onclick="]
