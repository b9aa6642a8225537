"""What the review of an invoice asks in view of the customer's existing invoices."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from resources.catalog.earlier_invoices import questions

NEW = {"external_id": "INV-9", "currency": "USD"}


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def earlier(*amounts: int, **more: Any) -> dict[str, Any]:
    lines = [{"type": "one_time", "amount_in_cents": amount} for amount in amounts]
    return {
        "uuid": "inv_1",
        "external_id": "INV-1",
        "date": "2023-10-30",
        "currency": "USD",
        "line_items": lines,
    } | more


def period(start: str, end: str, **more: Any) -> dict[str, Any]:
    times = {"service_period_start": at(start), "service_period_end": at(end)}
    return {"amount_in_cents": 1, "subscription_external_id": "sub", **times, **more}


def asked(*amounts: int, held: object) -> list[str]:
    return questions(NEW, [{"amount_in_cents": amount} for amount in amounts], [], {"invoices": held}, UTC)


def test_ten_times_the_last_invoice_asks_whether_cents_were_meant():
    assert asked(9_999, held=[earlier(600, 400)]) == []
    assert asked(10_000, held=[earlier(600, 400)]) == [
        "Line item 1 is at least ten times the customer's last invoice INV-1 (1000 = USD 10.00). Did you mean cents?"
    ]
    [words] = asked(100, 10_000, -20_000, held=[earlier(1_000)])
    assert words.startswith("Line items 2, 3 are each at least ten times the customer's last invoice")
    [words] = asked(6_000, 6_000, held=[earlier(1_000)])
    assert words.startswith("The lines together are at least ten times")


def test_the_last_one_is_the_latest_in_the_same_currency():
    of_today = earlier(5_000, external_id="INV-2", date="2024-01-01T00:00:00.000Z")
    other = earlier(1, currency="EUR", date="2025-01-01")
    assert asked(10_000, held=[earlier(100), of_today, other]) == []
    assert not any("ten times" in words for words in asked(10_000, held=[other]))


def test_a_currency_that_the_customer_never_had_is_asked_about():
    held = [earlier(100, currency="EUR"), earlier(100, currency="SEK", date="2024-01-01", external_id="INV-2")]
    assert asked(100, held=held) == [
        "None of the customer's earlier invoices is in USD: the last one, INV-2, is in SEK."
    ]
    assert asked(100, held=[*held, earlier(100)]) == []
    assert asked(100, held=[earlier(100, currency=odd) for odd in (None, "", 7)]) == []


@pytest.mark.parametrize(
    ("start", "end", "overlaps"),
    [
        ("2023-11-01", "2023-12-01", False),
        ("2023-10-31", "2023-12-01", True),
        ("2023-09-01", "2023-10-01", False),
        ("2023-10-01", "2023-11-01", True),
    ],
)
def test_a_period_that_overlaps_with_the_last_one_of_its_subscription(start: str, end: str, overlaps: bool):
    october = {
        "subscription_external_id": "sub",
        "service_period_start": "2023-10-01T00:00:00.000Z",
        "service_period_end": "2023-11-01T00:00:00.000Z",
    }
    august = october | {"service_period_start": "2023-08-01", "service_period_end": "2023-09-01"}
    held = {"invoices": [earlier(1, line_items=[october, august])]}
    found = questions(NEW, [period(start, end)], [], held, UTC)
    assert [words for words in found if "overlaps" in words] == (
        [
            "Line item 1: its service period overlaps with the last one of the subscription sub, 2023-10-01 00:00 to "
            "2023-11-01 00:00 UTC in the invoice INV-1."
        ]
        if overlaps
        else []
    )
    berlin = questions(NEW, [period(start, end)], [], held, ZoneInfo("Europe/Berlin"))
    assert ["2023-10-01 02:00 to 2023-11-01 01:00 Europe/Berlin" in words for words in berlin] == [True] * overlaps
    # A prorated line is about a part of a period that was invoiced.
    assert questions(NEW, [period(start, end, prorated=True)], [], held, UTC) == []
    assert questions(NEW, [period(start, end, subscription_external_id="other")], [], held, UTC) == []


def test_external_ids_that_are_used_already():
    used = earlier(
        1, external_id="INV-9", line_items=[{"external_id": "li_1"}], transactions=[{"external_id": "tr_1"}, {}]
    )
    lines = [{"amount_in_cents": 1}, {"amount_in_cents": 1, "external_id": "li_1"}]
    assert questions(NEW, lines, [{"external_id": "tr_1"}], {"invoices": [used]}, UTC) == [
        "An invoice with the external ID INV-9 already exists: inv_1. ChartMogul rejects a second one in the same "
        "data source.",
        "Line item 2: the external ID li_1 is already used in the invoice INV-9.",
        "Transaction 1: the external ID tr_1 is already used in the invoice INV-9.",
    ]


@pytest.mark.parametrize(
    "held",
    [
        *([], {}, {"invoices": None}, {"invoices": [1, None, {}]}, {"invoices": [{"line_items": [1]}]}),
        {"invoices": [{"line_items": [{"external_id": [], "subscription_external_id": {}}], "external_id": []}]},
        {"invoices": [{"currency": "USD", "date": 5, "line_items": [{"amount_in_cents": "1"}]}]},
    ],
)
def test_an_answer_of_another_shape_asks_nothing(held: object):
    assert questions(NEW, [period("2023-10-01", "2023-11-01")], [], held, UTC) == []
