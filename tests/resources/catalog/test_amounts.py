"""Amounts in cents and in major units, from the field to the request: one is never read as the other."""

import json
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User

from connections.models import Connection, StoredPreferences
from tests.pages import Browser, Element
from tests.people import client_of
from tests.resources.catalog.an_invoice import (
    CUSTOMER,
    FORM,
    RECORD,
    filled_in,
    line,
    sent,
)
from tests.servers import RecordingServer, reply

TRANSACTION = "/c/main/transactions/import/"
INVOICE = "inv_6897d700-993e-41b5-bee6-f1569c92cf1e"
AMOUNT = "Amount in Cents"


@pytest.fixture
def builder(visitor: Browser, main: Connection, recorder: RecordingServer) -> Browser:
    return filled_in(visitor, recorder, **{AMOUNT: ""})


def to_units(page: Browser) -> Browser:
    return page.press("Type major units instead")


def type_amount(page: Browser, text: str, number: int = 1, label: str = AMOUNT) -> Browser:
    return page.fill(label, text, within=line(page, number))


def amount(page: Browser, number: int = 1, label: str = AMOUNT) -> str:
    return page.value(label, within=line(page, number))


def described(page: Browser, control: Element) -> list[str]:
    ids = control.get("aria-describedby").split()
    return [element.text for name in ids for element in page.page.walk() if element.get("id") == name]


def body(recorder: RecordingServer) -> Any:
    return sent(recorder)[-1]["invoices"][0]["line_items"][0]


class TestCents:
    def test_they_are_what_is_typed_until_somebody_chooses(self, builder: Browser, recorder: RecordingServer):
        page = type_amount(builder, "123450")
        assert "amounts_in" not in [control.get("name") for control in page.page.all("input")]
        assert "major units" not in " ".join(described(page, page.field(AMOUNT, within=line(page, 1))))
        page.press("Review").press("Send")
        assert body(recorder)["amount_in_cents"] == 123450

    def test_major_units_are_refused(self, builder: Browser):
        type_amount(builder, "1,234.50").press("Review")
        assert "whole number of cents" in builder.problem(AMOUNT, within=line(builder, 1))


class TestMajorUnits:
    def test_what_goes_out_is_always_cents(self, builder: Browser, recorder: RecordingServer):
        page = type_amount(to_units(builder), "1,234.50")
        type_amount(page, "0.5", label="Tax Amount In Cents")
        page.press("Review")
        words = {row["Field"]: row["After"] for row in page.table("What is sent")}
        assert f"{AMOUNT}: 123450 = USD 1,234.50" in words["Line item 1"]
        assert words["Sum of the line items"] == "123450 = USD 1,234.50"
        page.press("Send")
        assert body(recorder)["amount_in_cents"] == 123450
        assert body(recorder)["tax_amount_in_cents"] == 50

    def test_the_box_keeps_its_name_and_says_what_is_typed(self, builder: Browser):
        page = to_units(builder)
        box = page.field(AMOUNT, within=line(page, 1))
        note, *_ = described(page, box)
        assert note == "typed in major units of USD"
        assert box["inputmode"] == "decimal"

    @pytest.mark.parametrize(
        ("currency", "text", "why"),
        [
            ("USD", "1.234", "can be read in two ways"),
            ("JPY", "1234.5", "JPY has no decimals"),
            ("IQD", "1,234.505", "the third decimal of IQD cannot be sent"),
            ("BHD", "1,234.505", "the third decimal of BHD cannot be sent"),
        ],
    )
    def test_what_is_no_amount_of_the_currency_is_refused(
        self, currency: str, text: str, why: str, builder: Browser, recorder: RecordingServer
    ):
        page = type_amount(to_units(builder), text)
        page.fill("Currency", currency).press("Review")
        assert why in page.problem(AMOUNT, within=line(page, 1))
        assert amount(page) == text
        assert recorder.requests == []

    def test_a_currency_whose_decimals_are_out_of_use_has_them(self, builder: Browser, recorder: RecordingServer):
        page = type_amount(to_units(builder), "1,234.50").fill("Currency", "RSD").press("Review")
        assert "123450 = RSD 1,234.50" in page.text
        page.press("Send")
        assert body(recorder)["amount_in_cents"] == 123450

    def test_a_currency_without_decimals_is_sent_in_hundredths_and_doubted(
        self, builder: Browser, recorder: RecordingServer
    ):
        page = type_amount(to_units(builder), "1234")
        page.fill("Currency", "JPY").press("Review")
        assert "does not document whether it counts invoice amounts in JPY the same way" in page.notice
        assert "123400; ChartMogul does not document" in page.text
        page.press("Send")
        assert body(recorder)["amount_in_cents"] == 123400

    def test_what_may_be_thousands_or_decimals_is_refused_with_both_ways_to_write_it(
        self, builder: Browser, recorder: RecordingServer
    ):
        page = type_amount(to_units(builder), "1,234").press("Review")
        said = page.problem(AMOUNT, within=line(page, 1))
        assert "“1,234” can be read in two ways. Enter 1234 or 1234.00 for thousands, 1.23 for decimals." in said
        type_amount(page, "1234").press("Review").press("Send")
        assert body(recorder)["amount_in_cents"] == 123400

    def test_the_language_of_the_page_says_what_separates(self, builder: Browser, recorder: RecordingServer, settings):
        page = type_amount(to_units(builder), "1.234,50")
        settings.LANGUAGE_CODE = "de"
        page.press("Review")
        assert "123450 = USD 1.234,50" in page.text
        page.press("Senden")
        assert body(recorder)["amount_in_cents"] == 123450


class TestChanging:
    def test_what_was_typed_is_converted_there_and_back(self, builder: Browser):
        page = type_amount(builder, "12345")
        page.press("Duplicate", within=line(page, 1))
        type_amount(page, "-500", 2)
        type_amount(page, "100", 2, "Tax Amount In Cents")
        to_units(page)
        assert [amount(page, 1), amount(page, 2), amount(page, 2, "Tax Amount In Cents")] == ["123.45", "-5.00", "1.00"]
        assert page.value("External ID") == "INV-1"
        page.press("Type cents instead")
        assert [amount(page, 1), amount(page, 2), amount(page, 2, "Tax Amount In Cents")] == ["12345", "-500", "100"]

    def test_a_duplicate_line_is_in_the_same(self, builder: Browser):
        page = type_amount(to_units(builder), "12.50")
        page.press("Duplicate", within=line(page, 1)).press("Add line item")
        assert [amount(page, number) for number in (1, 2, 3)] == ["12.50", "12.50", ""]
        page.press("Type cents instead")
        assert [amount(page, number) for number in (1, 2, 3)] == ["1250", "1250", ""]

    def test_cents_that_are_no_whole_yen_become_no_other_amount(self, builder: Browser, recorder: RecordingServer):
        type_amount(builder, "12345").fill("Currency", "JPY")
        page = to_units(builder)
        assert amount(page) == "123.45"
        said = page.problem(AMOUNT, within=line(page, 1))
        assert "This is 12345 in cents. JPY has no decimals: enter whole JPY, or type cents instead" in said
        page.press("Review")
        assert "JPY has no decimals" in page.problem(AMOUNT, within=line(page, 1))
        page.press("Type cents instead")
        assert amount(page) == "12345"
        page.press("Review").press("Send")
        assert body(recorder)["amount_in_cents"] == 12345

    @pytest.mark.parametrize(("cents", "currency"), [("-1", "JPY"), ("12300", "KRW"), ("5", "KWD"), ("7", "RSD")])
    def test_no_cent_is_lost_there_and_back(self, cents: str, currency: str, builder: Browser):
        page = to_units(type_amount(builder, cents).fill("Currency", currency))
        page.press("Type cents instead")
        assert amount(page) == cents

    @pytest.mark.parametrize("text", ["12x", "1.234,50", "1234567890123456"])
    def test_text_that_is_no_amount_stays_and_is_said(self, text: str, builder: Browser):
        page = to_units(type_amount(builder, text))
        assert amount(page) == text
        assert "This could not be read as an amount" in page.problem(AMOUNT, within=line(page, 1))

    def test_it_is_remembered_for_this_person_alone(self, builder: Browser, ada: User, main: Connection):
        to_units(builder)
        assert StoredPreferences.objects.get().values["amounts_in"] == "units"
        elsewhere = Browser(client_of(StoredPreferences.objects.get().user)).open(FORM)
        assert elsewhere.button("Type cents instead")
        elsewhere.open("/accounts/preferences/").fill("Enter amounts in", "Cents, as they are sent").press("Save")
        assert elsewhere.open(FORM).button("Type major units instead")


class TestComingBack:
    def test_from_the_review_it_is_as_it_was_typed_whatever_is_preferred_since(self, builder: Browser):
        page = type_amount(to_units(builder), "12.50").press("Review")
        edit = page.link("Edit")["href"]
        page.open("/accounts/preferences/").fill("Enter amounts in", "cents").press("Save")
        page.open(edit)
        assert amount(page) == "12.50"
        page.press("Review")
        assert "1250 = USD 12.50" in page.text

    def test_and_so_are_cents(self, builder: Browser):
        edit = type_amount(builder, "1250").press("Review").link("Edit")["href"]
        to_units(builder.open(FORM)).open(edit)
        assert amount(builder) == "1250"
        assert builder.press("Review").text.count("1250 = USD 12.50")

    def test_an_address_is_in_cents(self, visitor: Browser, main: Connection):
        to_units(visitor.open(TRANSACTION)).open(f"{TRANSACTION}?amount_in_cents=12345")
        assert visitor.value(AMOUNT) == "123.45"
        assert visitor.press("Type cents instead").value(AMOUNT) == "12345"

    def test_what_a_script_posts_without_a_word_is_in_cents(self, builder: Browser, recorder: RecordingServer):
        to_units(builder)
        data = {
            "customer_uuid": CUSTOMER,
            "external_id": "INV-1",
            "date": "2023-10-30",
            "currency": "USD",
            "line_items-0-type": "one_time",
            "line_items-0-amount_in_cents": "12345",
        }
        page = builder.client.post(FORM, data, follow=True)
        assert b"12345 = USD 123.45" in page.content


class TestThoseOfAnInvoiceThatTheFormBeginsWith:
    """They are as ChartMogul has them, so nobody is asked whether they are right."""

    DOUBT = "The amounts were typed in whole"
    INVOICE: ClassVar = RECORD | {
        "currency": "JPY",
        "line_items": [{"type": "one_time", "amount_in_cents": 123400, "tax_amount_in_cents": 0}],
    }

    @pytest.fixture(params=["copied", "made again"])
    def begun(
        self, request: pytest.FixtureRequest, visitor: Browser, main: Connection, recorder: RecordingServer
    ) -> Browser:
        path = f"/v1/invoices/{INVOICE}"
        recorder.routes = {path: reply(200, self.INVOICE), f"DELETE {path}": reply(204)}
        to_units(visitor.open(TRANSACTION))
        if request.param == "copied":
            return visitor.open(f"{FORM}?copy={INVOICE}").fill("External ID", "INV-2").fill("Date", "2023-10-30")
        visitor.open(f"/c/main/invoices/delete/?uuid={INVOICE}").press("Review").press("Send")
        return visitor.follow("Create again from the saved copy")

    def test_they_are_not_said_to_have_been_typed(self, begun: Browser):
        assert amount(begun) == "1234"
        begun.press("Duplicate", within=line(begun, 1)).press("Review")
        assert begun.h1 == "Review: Import an Invoice"
        assert self.DOUBT not in begun.text
        begun.follow("Edit").press("Review")
        assert self.DOUBT not in begun.text

    def test_an_amount_that_somebody_changed_is_doubted(self, begun: Browser):
        type_amount(begun, "1235").press("Review")
        assert f"{self.DOUBT} JPY" in begun.notice
        type_amount(begun.follow("Edit"), "1234").press("Review")
        assert self.DOUBT not in begun.text

    def test_an_amount_of_another_currency_is_doubted(self, begun: Browser):
        begun.fill("Currency", "KRW").press("Review")
        assert f"{self.DOUBT} KRW" in begun.notice

    def test_it_is_the_same_after_a_detour_through_json(self, begun: Browser):
        begun.press("Edit as JSON").press("Back to the form")
        to_units(begun).press("Review")
        assert self.DOUBT not in begun.text


class TestTransactions:
    PATH = f"/v1/import/invoices/{INVOICE}/transactions"

    @pytest.fixture
    def form(self, visitor: Browser, main: Connection, recorder: RecordingServer) -> Browser:
        page = to_units(visitor.open(TRANSACTION))
        page.fill("Invoice", INVOICE).fill("Type", "refund").fill("Date", "2016-01-01").fill(AMOUNT, "12.50")
        recorder.routes = {self.PATH: reply(201, {"uuid": "tr_1"})}
        return page

    def of(self, currency: str, recorder: RecordingServer) -> None:
        recorder.routes[f"/v1/invoices/{INVOICE}"] = reply(200, RECORD | {"currency": currency})

    def test_the_decimals_are_those_of_the_invoice_which_one_read_tells(self, form: Browser, recorder: RecordingServer):
        self.of("EUR", recorder)
        form.press("Review")
        assert "1250 = EUR 12.50" in form.text
        assert [request.method for request in recorder.requests] == ["GET"]
        form.press("Send")
        assert json.loads(recorder.requests[-1].body)["amount_in_cents"] == 1250

    def test_of_a_currency_without_decimals_they_are_refused(self, form: Browser, recorder: RecordingServer):
        self.of("JPY", recorder)
        form.press("Review")
        assert "JPY has no decimals" in form.problem(AMOUNT)
        assert form.value(AMOUNT) == "12.50"
        form.fill(AMOUNT, "12").press("Review")
        assert "does not document" in form.notice

    def test_an_invoice_that_cannot_be_read_is_said(self, form: Browser, recorder: RecordingServer):
        form.press("Review")
        assert "not known whether the currency of the invoice has two decimals" in form.notice
        assert "1250 = 12.50 in the currency of the invoice" in form.text

    def test_refunds_are_positive_here_too(self, form: Browser, recorder: RecordingServer):
        form.fill(AMOUNT, "-12.50").press("Review")
        assert "refunds are positive too" in form.problem(AMOUNT)
        assert recorder.requests == []
