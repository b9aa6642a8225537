"""I5: what opens holes in other programs is not written here, or stands in one list with its reason.

Besides ruff's and bandit's rules, which `make check` runs.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = json.loads((ROOT / "tests" / "data" / "allowed_code.json").read_text())
APPS = ("activity", "chartmogul_admin", "connections", "resources", "sandbox", "scripts")
PYTHON = [*(path for app in APPS for path in (ROOT / app).rglob("*.py")), ROOT / "manage.py", ROOT / "gunicorn.conf.py"]
TEMPLATES = [*(ROOT / "templates").rglob("*.html")]
SCRIPTS = [*(ROOT / "static").rglob("*.js")]

CALLS = {"mark_safe", "SafeString", "SafeText", "eval", "exec", "compile", "system", "popen", "__import__"}
KEYWORDS = {"verify": False, "allow_redirects": True, "shell": True, "autoescape": False}
LITERAL_FIRST = {"format_html": 0, "format_html_join": 1, "Html": 0}
"""Calls whose HTML must be written out: which of their arguments that is."""
MODULES = {"pickle", "marshal", "shelve", "yaml", "telnetlib", "xmlrpc"}
IN_TEMPLATES = re.compile(r"\|\s*safe(?:seq)?\b|\{%\s*autoescape\s+off|\{%\s*filter\s+safe")
IN_SCRIPTS = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|setHTMLUnsafe)\b"
    r"|document\.write|\beval\s*\(|new\s+Function\b|set(?:Timeout|Interval)\s*\(\s*['\"`]"
)


def in_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"import {name}" for name in names if name.partition(".")[0] in MODULES)
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        # re.compile and the like are calls of something, and not of the built-in one.
        if name in CALLS and not (name == "compile" and isinstance(node.func, ast.Attribute)):
            yield f"{name}("
        for keyword in node.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            if keyword.arg in KEYWORDS and value is KEYWORDS[keyword.arg]:
                yield f"{keyword.arg}={value}"
        if name in LITERAL_FIRST and len(node.args) > LITERAL_FIRST[name]:
            html = node.args[LITERAL_FIRST[name]]
            if not (isinstance(html, ast.Constant) and isinstance(html.value, str)):
                yield f"{name}(not written out)"


def found() -> Counter[tuple[str, str]]:
    """File and what is in it -> how often."""
    seen: Counter[tuple[str, str]] = Counter()
    for paths, look in (
        (PYTHON, in_python),
        (TEMPLATES, lambda text: (match[0] for match in IN_TEMPLATES.finditer(text))),
        (SCRIPTS, lambda text: (match[0] for match in IN_SCRIPTS.finditer(text))),
    ):
        for path in paths:
            for what in look(path.read_text()):
                seen[path.relative_to(ROOT).as_posix(), what] += 1
    return seen


def test_I5_nothing_is_there_that_is_not_on_the_list_with_its_reason():
    assert min(map(len, (PYTHON, TEMPLATES, SCRIPTS))) > 10
    assert dict(found()) == {(entry["file"], entry["what"]): entry["count"] for entry in ALLOWED}
    assert all(len(entry["reason"].split()) > 4 for entry in ALLOWED)


@pytest.mark.parametrize(
    "text",
    [
        "mark_safe(x)", "safestring.mark_safe(x)", "SafeString(x)", "eval(x)", "exec(x)", "compile(x, '', 'exec')",
        "session.get(x, verify=False)", "requests.get(x, allow_redirects=True)", "run(x, shell=True)", "import pickle",
        "from yaml import load", "os.system(x)", "Engine(autoescape=False)", "format_html(x)", "format_html(f'<b>{x}')",
        "format_html('<b>' + x)", "format_html_join('', x, y)", "Html(x)",
    ],
)  # fmt: skip
def test_I5_each_of_them_would_be_found_in_python(text: str):
    assert len(list(in_python(text))) == 1


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("{{ x|safe }}", IN_TEMPLATES), ("{{ x | safe }}", IN_TEMPLATES), ("{% autoescape off %}", IN_TEMPLATES),
        ("{{ x|safeseq }}", IN_TEMPLATES), ("element.innerHTML = x", IN_SCRIPTS), ("eval (x)", IN_SCRIPTS),
        ("new Function(x)", IN_SCRIPTS), ("setTimeout('x()')", IN_SCRIPTS), ("document.write(x)", IN_SCRIPTS),
    ],
)  # fmt: skip
def test_I5_each_of_them_would_be_found_elsewhere(text: str, pattern: re.Pattern[str]):
    assert pattern.search(text)


def test_A8_no_setting_turns_the_verification_of_certificates_off():
    """Not by a word of ours (above), and requests' own switches are out of reach: see test_A7_..., test_client.py."""
    for path in PYTHON:
        text = path.read_text()
        assert not re.search(
            r"CERT_NONE|check_hostname\s*=\s*False|_create_unverified_context|disable_warnings", text
        ), path
        if path.parts[-2:] != ("connections", "client.py"):
            assert not re.search(r"^\s*(import requests|from requests)", text, re.MULTILINE), path
