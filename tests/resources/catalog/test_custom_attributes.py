"""Custom attributes of an existing customer: what an update sends, what its review shows, and what stays."""

import json
from decimal import Decimal
from typing import Any

import pytest

from connections.models import Connection
from connections.roles import Role
from tests.pages import Browser
from tests.people import somebody
from tests.servers import RecordingServer, reply

PATH = "/v1/customers/cus_1"
UPDATE = "/c/main/customers/update/?uuid=cus_1"
HELD = {"CAC": 25, "day": "20240101", "at": "2016-02-29T10:00:00.000Z", "taste": ["lecker"]}


@pytest.fixture
def form(visitor: Browser, main: Connection, recorder: RecordingServer) -> Browser:
    record = {"uuid": "cus_1", "name": "Ada", "external_id": "a", "attributes": {"tags": [], "custom": HELD}}
    recorder.routes = {PATH: reply(200, record)}
    return visitor.open(UPDATE)


def row(form: Browser, key: str) -> Any:
    return next(each for each in form.rows("Custom") if form.value("Key", within=each) == key)


def sent(recorder: RecordingServer) -> Any:
    (request,) = (request for request in recorder.requests if request.method == "PATCH")
    return json.loads(request.body)["attributes"]["custom"]


def cautions(form: Browser) -> str:
    return " ".join(note.text for note in form.page.all("div", role="note", data_level="warning"))


def test_a_text_is_no_moment(form: Browser, recorder: RecordingServer):
    form.fill("Value", "2024-01-01", within=row(form, "day")).press("Review").press("Send")
    assert sent(recorder) == {"day": "2024-01-01"}


def test_another_spelling_of_a_moment_is_no_change(form: Browser):
    form.fill("Value", "2016-02-29 11:00+01:00", within=row(form, "at")).press("Review")
    assert "Nothing was changed" in form.alert


def test_an_attribute_that_was_taken_out_of_the_form_remains_and_the_review_says_so(form: Browser):
    form.press("Remove", within=row(form, "CAC"))
    form.fill("Value", "2024-01-01", within=row(form, "day")).press("Review")
    assert "These attributes remain, because ChartMogul keeps what is not sent: CAC." in cautions(form)


def test_where_nothing_else_was_changed_the_form_says_so_and_shows_the_calls(form: Browser, recorder: RecordingServer):
    form.press("Remove", within=row(form, "CAC")).press("Review")
    assert form.status == 422
    said = "These attributes remain, because ChartMogul keeps what is not sent: CAC."
    assert f"Custom: {said} Nothing else was changed, so there is nothing to send." in form.alert
    assert "Nothing was changed" not in form.text
    (calls,) = (part for part in form.group("Custom").all("details") if "API call" in part.text)
    assert "open" in calls
    assert {request.method for request in recorder.requests} == {"GET"}


def test_a_type_that_was_changed_is_kept_and_the_review_says_so(form: Browser):
    form.fill("Type", "String", within=row(form, "CAC")).fill("Value", "26", within=row(form, "CAC")).press("Review")
    assert "CAC remains Integer" in cautions(form)
    form.follow("Edit").fill("Type", "Integer", within=row(form, "CAC")).press("Review")
    assert "stays" not in cautions(form)


def test_an_array_is_shown_before_it_is_overwritten(form: Browser):
    form.press("Add attribute")
    new = form.rows("Custom")[-1]
    form.fill("Key", "taste", within=new).fill("Value", "sweet", within=new).press("Review")
    (line,) = form.table("What is sent")
    assert 'taste = ["lecker"]' in line["Before"]
    assert "taste = sweet" in line["After"]
    assert "lecker" not in line["After"]


def test_the_zone_of_a_timestamp_is_said(form: Browser):
    assert "read as UTC" in form.group("Custom").text


def test_what_an_edit_added_stays_when_it_is_put_back_and_a_call_takes_it_away(
    form: Browser, recorder: RecordingServer
):
    form.press("Add attribute")
    new = form.rows("Custom")[-1]
    form.fill("Key", "neu é", within=new).fill("Value", "x", within=new).press("Review").press("Send")
    form.follow("Restore these fields")
    assert "Added attributes remain, because ChartMogul keeps what is not sent: neu é." in form.text
    form.follow("Remove it with an API call")
    assert (form.value("Method"), form.value("URL")) == ("DELETE", f"{PATH}/attributes/custom")
    assert json.loads(form.value("Body") or "") == {"custom": ["neu é"]}
    assert [request.method for request in recorder.requests if request.method not in ("GET", "PATCH")] == []


def removing_links(form: Browser) -> list[str]:
    return [link.text for link in form.group("Custom").all("a") if "/api-call/" in link["href"]]


def test_each_attribute_leads_to_the_call_that_removes_it(form: Browser, recorder: RecordingServer):
    assert removing_links(form) == ["CAC", "day", "at", "taste"]
    form.follow("CAC")
    assert (form.value("Method"), form.value("URL")) == ("DELETE", f"{PATH}/attributes/custom")
    assert json.loads(form.value("Body") or "") == {"custom": ["CAC"]}
    assert {request.method for request in recorder.requests} == {"GET"}
    form.press("Review").confirm()
    request = recorder.requests[-1]
    assert (request.method, request.path) == ("DELETE", f"{PATH}/attributes/custom")
    assert json.loads(request.body) == {"custom": ["CAC"]}


def test_who_may_not_make_that_call_is_not_led_to_it(main: Connection, form: Browser):
    editor = somebody(Role.EDITOR, main).open(UPDATE)
    assert row(editor, "CAC")
    assert removing_links(editor) == []
    assert removing_links(somebody(Role.MANAGER, main).open(UPDATE)) == ["CAC", "day", "at", "taste"]


def test_a_form_of_no_record_leads_to_no_call(visitor: Browser, main: Connection):
    assert removing_links(visitor.open("/c/main/customers/update/")) == []
    assert removing_links(visitor.open("/c/main/customers/create/")) == []


@pytest.mark.parametrize("digits", ["0.1", "12345678901234.5", "1e22", "-0.30000000000000004"])
def test_a_decimal_goes_out_as_the_number_that_was_typed(digits: str, form: Browser, recorder: RecordingServer):
    added = form.press("Add attribute").rows("Custom")[-1]
    form.fill("Type", "Decimal", within=added).fill("Key", "rate", within=added).fill("Value", digits, within=added)
    form.press("Review").press("Send")
    (request,) = (request for request in recorder.requests if request.method == "PATCH")
    exact = json.loads(request.body, parse_float=Decimal)["attributes"]["custom"]["rate"]
    assert exact == Decimal(digits)


def test_a_decimal_that_would_become_another_number_is_refused(form: Browser):
    added = form.press("Add attribute").rows("Custom")[-1]
    form.fill("Type", "Decimal", within=added).fill("Key", "rate", within=added)
    form.fill("Value", "12345678901234567890.123456789012345678", within=added).press("Review")
    assert "more digits than can be sent exactly" in form.alert


def test_attributes_that_were_typed_before_the_record_was_chosen_come_to_its_own(form: Browser, recorder):
    """One that is there already by its key, so that no key is there twice."""
    typed = "custom-0-type=Integer&custom-0-key=CAC&custom-0-value=26&custom-1-key=new&custom-1-value=x"
    form.open(f"{UPDATE.partition('?')[0]}?{typed}").fill("Customer", "cus_1").press("Load")
    assert [form.value("Key", within=each) for each in form.rows("Custom")] == ["day", "at", "CAC", "new"]
    form.press("Review").press("Send")
    assert sent(recorder) == {"CAC": 26, "new": "x"}


@pytest.mark.parametrize("change", ["added", "removed", "changed"])
def test_a_change_of_attributes_is_not_dropped_silently(change: str, form: Browser):
    if change == "added":
        form.press("Add attribute").fill("Key", "new", within=form.rows("Custom")[-1])
    elif change == "removed":
        form.press("Remove", within=row(form, "CAC"))
    else:
        form.fill("Value", "26", within=row(form, "CAC"))
    form.press("Load again")
    assert form.problem("Customer").endswith("which have not been sent: Custom.")


def test_the_type_of_a_new_attribute_that_an_update_cannot_tell_is_said(form: Browser):
    added = form.press("Add attribute").rows("Custom")[-1]
    form.fill("Type", "Timestamp", within=added).fill("Key", "signed", within=added)
    form.fill("Value", "2016-02-29", within=added).press("Review")
    assert "ChartMogul may store signed as a String" in form.text
    assert "may store at as a String" not in form.text
