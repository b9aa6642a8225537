"""Any value in an answer is shown, and shown as text."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from resources.cells import CELLS, CellContext, all_facts, is_web_address, show
from resources.operations import Column
from tests.pages import Element, parse

PAYLOADS = json.loads((Path(__file__).parents[1] / "data" / "xss_payloads.json").read_text())
CONTEXT = CellContext(slug="main", zone=ZoneInfo("Europe/Berlin"), name_of=lambda resource, uuid: PAYLOADS[0])

payload = st.sampled_from(PAYLOADS)
text = st.text() | payload | st.sampled_from(["https://example.com", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
any_cell = st.sampled_from(sorted(CELLS))


def column(shown_as: str, key: str = "value") -> Column:
    return Column(key=key, label="Value", shown_as=shown_as, to="customers", operation="customers.get")


def is_harmless(html: str) -> None:
    """Only our own elements and attributes, whatever the value was."""
    for element in parse(html).walk():
        assert element.tag in {"bdi", "code", "dl", "dt", "dd", "span", "a", "time", "copy-text", "details", "summary"} | {
            "table", "thead", "tbody", "tr", "th", "td", "caption", "div", "ul", "li", "p", "strong", "abbr", "br",
        }, html  # fmt: skip
        assert not any(name.startswith("on") or name == "style" for name in element.attributes), html
        assert re.match(r"(https?://|/c/main/|$)", element.get("href")), html


@given(shown_as=any_cell, value=any_json, uuid=any_json, currency=any_json)
def test_no_value_breaks_a_cell_or_gets_out_of_it(shown_as: str, value: Any, uuid: Any, currency: Any):
    html = show(column(shown_as), {"value": value, "uuid": uuid, "currency": currency}, CONTEXT)
    is_harmless(html)


@given(shown_as=any_cell, record=st.dictionaries(text, any_json, max_size=4))
def test_no_record_breaks_its_facts(shown_as: str, record: dict[str, Any]):
    for fact in all_facts([column(shown_as, "value"), column("tags", "attributes.tags")], record):
        is_harmless(show(fact, record, CONTEXT))


@pytest.mark.parametrize("shown_as", sorted(CELLS))
@pytest.mark.parametrize("payload", PAYLOADS)
def test_C1_no_payload_is_markup(shown_as: str, payload: str):
    for value in (payload, [payload], {payload: payload}, {"deep": {payload: [payload]}}, [{payload: payload}]):
        is_harmless(show(column(shown_as), {"value": value, "uuid": payload, "currency": payload}, CONTEXT))


def shown(shown_as: str, value: Any, **record: Any) -> Element:
    return parse(show(column(shown_as), {"value": value, **record}, CONTEXT))


@pytest.mark.parametrize("shown_as", sorted(set(CELLS) - {"record"}))
@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_is_not_set_says_so(shown_as: str, value: Any):
    assert shown(shown_as, value).one("span", aria_label="not set").text == "—"


def test_a_missing_key_is_not_set():
    assert show(column("text", "a.b.c"), {"a": {"b": 1}}, CONTEXT) == CONTEXT.blank


@pytest.mark.parametrize("value", [0, False, 0.0, "0"])
def test_zero_and_no_are_values(value: Any):
    assert shown("text", value).text in ("0", "No", "0.0")


LABELS = {"one_time": gettext_lazy("One time"), "Past Due": gettext_lazy("Past Due")}


@pytest.mark.parametrize(("language", "words"), [("en", ["One time", "Past Due"]), ("de", ["Einmalig", "Überfällig"])])
def test_a_word_of_the_api_is_shown_as_forms_have_it_in_the_language_of_the_page(language: str, words: list[str]):
    with translation.override(language):
        cell_context = CellContext(slug="main")
        plain = show(replace(column("text"), labels=LABELS), {"value": "one_time"}, cell_context)
        status = parse(show(replace(column("status"), labels=LABELS), {"value": "Past due"}, cell_context)).one("span")
    assert [parse(plain).text, status.text] == words
    assert status["data-status"] == "past-due"


@pytest.mark.parametrize("value", ["weekly", 7, ["one_time"], "<one_time>"])
def test_a_word_that_has_no_label_is_shown_as_it_came(value: Any):
    for kind in ("text", "status"):
        labelled = show(replace(column(kind), labels=LABELS), {"value": value}, CONTEXT)
        assert labelled == show(column(kind), {"value": value}, CONTEXT)


def test_the_transactions_of_an_invoice_are_told_in_words():
    labels = {"payment": gettext_lazy("Payment"), "failed": gettext_lazy("Failed")}
    paid = {"type": "payment", "result": "failed", "date": "2016-01-01T12:00:00Z"}
    shown = show(replace(column("transactions"), labels=labels), {"value": [paid]}, CONTEXT)
    assert parse(shown).text == "Payment Failed 2016-01-01 13:00"


@pytest.mark.parametrize("nothing", [{}, {"type": None, "result": "", "date": None}])
def test_what_a_transaction_does_not_say_is_blank(nothing: dict[str, Any]):
    paid = {"type": "payment", "result": None, "date": "2016-01-01T12:00:00Z"}
    assert shown("transactions", [nothing]).text == "—"
    assert shown("transactions", [paid]).text == "payment 2016-01-01 13:00"


@pytest.mark.parametrize("shown_as", ["tags", "moments"])
def test_nothing_in_a_list_is_no_word(shown_as: str):
    assert shown(shown_as, ["VIP", None, ""]).text == "VIP"
    assert shown(shown_as, [None]).text == "—"


def test_an_amount_that_is_written_as_text_is_one():
    assert shown("account_money", "756", currency="EUR").text == "EUR 7.56"
    assert shown("in_cents", "-1000", currency="EUR").text == "EUR -10.00 (-1000)"
    assert shown("in_cents", "1e3", currency="EUR").text == "1e3"
    rows = [{"amount_in_cents": "1000"}, {"amount_in_cents": 5}]
    summed = replace(column("sum_in_cents"), part="amount_in_cents")
    assert parse(show(summed, {"value": rows, "currency": "EUR"}, CONTEXT)).text == "EUR 10.05 (1005)"


def test_a_moment_is_shown_in_the_zone_of_the_account_with_utc_at_hand():
    time = shown("moment", "2016-01-01T12:00:00.000Z").one("time")
    assert time.text == "2016-01-01 13:00"
    assert time["title"] == "2016-01-01 12:00 UTC"
    assert time["datetime"] == "2016-01-01T12:00:00Z"


@pytest.mark.parametrize("value", ["some day", "0001-01-01T00:00:00Z", 5, "2016-99-99"])
def test_what_is_no_moment_is_shown_as_it_came(value: Any):
    assert shown("moment", value).text == str(value)


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "EUR 0.00"), (123450, "EUR 1,234.50"), (-5, "EUR -0.05"), (10908.61, "EUR 109.09"), (10**20, "EUR 1,000,000,000,000,000,000.00")],
)  # fmt: skip
def test_mrr_is_in_hundredths_of_the_currency(amount: float, words: str):
    assert shown("account_money", amount, currency="EUR").text == words


def test_a_record_without_a_name_can_still_be_opened():
    link = shown("record", "", uuid="cus_1").one("a")
    assert link.text == "(no name)"
    assert link["href"] == "/c/main/customers/cus_1/"


@pytest.mark.parametrize("uuid", [None, 5, "", "a/b", "../..", ["x"]])
def test_a_record_that_cannot_be_addressed_is_no_link(uuid: Any):
    assert shown("record", "Ada", uuid=uuid).all("a") == [] or uuid == "../.."


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://example.com/x?y=1#z", True),
        ("http://example.com", True),
        ("HTTPS://EXAMPLE.COM", True),
        ("javascript:alert(1)", False),
        ("JavaScript://example.com/%0aalert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("HngTohkREePdXBIx", False),
        ("https://", False),
        ("https://[::1", False),
        (None, False),
        (5, False),
        (["https://example.com"], False),
    ],
)
def test_C2_only_web_addresses_are_links(address: Any, is_one: bool):
    assert is_web_address(address) is is_one
    links = shown("link", address).all("a")
    assert bool(links) is is_one
    for link in links:
        assert link["rel"] == "noopener noreferrer"


@pytest.mark.parametrize("name", ["", "Ada"])
def test_the_identifier_of_another_record_is_copied_like_its_own(name: str):
    cell_context = CellContext(slug="main", name_of=lambda resource, uuid: name)
    html = parse(show(column("reference"), {"value": "cus_1"}, cell_context))
    assert html.one("copy-text").text == "cus_1"
    assert html.one("a").text == (name or "cus_1")


def test_every_field_of_a_record_is_shown_once():
    record = {
        "name": "Ada",
        "new-key": 1,
        "attributes": {"tags": ["a"], "custom": {"x": 1}, "brand new": {"deep": [1]}},
        "with.dot": "shown too",
    }
    columns = all_facts([Column(key="name", label="Name"), Column(key="attributes.tags", label="Tags")], record)
    assert [fact.label for fact in columns] == [
        "Name", "Tags", "new-key", "attributes.custom", "attributes.brand new", "with.dot",
    ]  # fmt: skip
    assert parse(show(columns[-1], record, CONTEXT)).text == "shown too"
