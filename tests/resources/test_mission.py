"""Every module of tests/data/mission.toml, filled in by its visible labels, sends exactly the request in mission.py, and
no field is left out.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from resources.registry import OPERATIONS
from tests.pages import Browser, Element
from tests.resources.mission import CASES, MODULES, Fact, add_button, address, filled, is_same_call
from tests.servers import Recorded, RecordingServer, reply

EXCLUDED = {
    # Groups that the entry leaves empty, for they may not be sent along with another field.
    "subscriptions.cancel": {"Cancellation Dates"},
}


def labels(module: Mapping[str, Any]) -> list[str]:
    return [entry["label"] for entry in module["field"]]


def comparable(request: Recorded) -> tuple[str, str, list[tuple[str, str]], Any]:
    query = sorted(parse_qsl(request.query, keep_blank_values=True))
    return request.method, request.path, query, json.loads(request.body) if request.body else None


def test_every_module_is_here():
    assert set(MODULES) <= set(OPERATIONS)
    assert set(CASES) == set(MODULES)


@pytest.mark.parametrize("key", CASES)
def test_the_entry_fills_every_field_of_the_module(key: str):
    assert set(CASES[key].typed) == set(labels(MODULES[key]))
    for entry in MODULES[key]["field"]:
        typed = CASES[key].typed[entry["label"]]
        if "rows" in entry:
            assert isinstance(typed, list)
            left_out = entry["label"] in EXCLUDED.get(key, ())
            assert {label for row in typed for label in row} == (set() if left_out else set(entry["rows"]))
        elif "read-only" in entry.get("note", ""):
            assert isinstance(typed, Fact)


@pytest.mark.parametrize("key", CASES)
def test_the_page_has_the_fields_by_their_labels(key: str, visitor: Browser, main, recorder: RecordingServer):
    recorder.routes = {path: reply(200, answer) for path, answer in CASES[key].answers.items()}
    page = visitor.open(address(key))
    assert page.status == 200
    assert page.h1 == MODULES[key]["title"]
    assert page.button("Run" if CASES[key].method == "GET" else "Review")
    for entry in MODULES[key]["field"]:
        if "rows" in entry:
            check_group(page, entry)
        else:
            check_field(page.field(entry["label"]), entry)
    assert {request.method for request in recorder.requests} <= {"GET"}


def check_group(page: Browser, entry: Mapping[str, Any]) -> None:
    group = page.group(entry["label"])
    assert any(button.text.startswith("Add ") for button in group.all("button"))
    page.press(add_button(group), within=group)
    row = page.rows(entry["label"])[-1]
    for label in entry["rows"]:
        assert page.field(label, within=row)
    assert page.button("Remove", within=row)
    if "choices" in entry:
        assert [option.get("value") for option in page.field("Type", within=row).all("option")] == entry["choices"]


def check_field(control: Element, entry: Mapping[str, Any]) -> None:
    if "picker" in entry:
        assert control.get("role") == "combobox"
    if "choices" in entry:
        offered = [option["value"] for option in control.all("option")]
        assert set(entry["choices"]) <= set(offered)
    if entry.get("required"):
        assert "required" in frame(control).text


def frame(control: Element) -> Element:
    """What stands around one control: its label, help and errors."""
    at = control
    while "data-field" not in at:
        assert at.parent is not None
        at = at.parent
    return at


@pytest.mark.parametrize("key", CASES)
def test_the_filled_page_becomes_exactly_this_request(key: str, visitor: Browser, main, recorder: RecordingServer):
    case, page = CASES[key], filled(visitor, key, recorder)
    if case.method == "GET":
        # A list without filters was read when its page was opened.
        recorder.requests.clear()
        page.press("Run")
        asked = recorder.requests
    else:
        page.press("Review")
        assert page.h1 == f"Review: {MODULES[key]['title']}", page.alert
        assert all(request.method == "GET" for request in recorder.requests), "nothing is written before Send"
        page.confirm()
        asked = [request for request in recorder.requests if request.method != "GET"]
    assert page.status == 200
    assert page.alert == ""
    assert all(is_same_call(key, request.body) for request in asked)
    asked = [request for request in asked if (request.method, request.path) not in case.also]
    assert [comparable(request) for request in asked] == [
        (case.method, case.path, sorted(case.query.items()), case.body)
    ]


def test_the_readme_lists_every_module():
    section = (Path(__file__).parents[2] / "README.md").read_text().partition("\n## Modules\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| ([^|]+?) \|", section, re.MULTILINE)
    assert [module["title"] for module in MODULES.values() if module["title"] not in listed] == []
