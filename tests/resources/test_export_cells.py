"""The values in a file for spreadsheets."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from resources import cells, export_cells
from resources.cells import CellContext
from resources.operations import Column

CONTEXT = CellContext(
    slug="main", zone=ZoneInfo("Europe/Berlin"), name_of=lambda resource, uuid: "Acme" if uuid == "cus_1" else ""
)


def test_every_kind_of_cell_has_a_way_into_a_file():
    assert set(export_cells.KINDS) == set(cells.CELLS)


@pytest.mark.parametrize(
    ("shown_as", "value", "written"),
    [
        ("text", "Acme", ["Acme"]),
        ("text", None, [""]),
        ("text", True, ["true"]),
        ("text", 0, [0]),
        ("text", -1.5, [Decimal("-1.5")]),
        ("text", {"a": ["ü"]}, ['{"a": ["ü"]}']),
        ("moment", "2026-07-01T00:00:00Z", ["2026-07-01T02:00:00+02:00"]),
        ("moment", "yesterday", ["yesterday"]),
        ("moments", ["2026-01-01T00:00:00Z", None, "2026-07-01T00:00:00Z"], ["2026-01-01T01:00:00+01:00; 2026-07-01T02:00:00+02:00"]),
        ("moments", "never", ["never"]),
        ("account_money", 10120, [10120, Decimal("101.20"), "JPY"]),
        ("account_money", 12.5, [Decimal("12.5"), Decimal("0.125"), "JPY"]),
        ("account_money", "lots", ["lots", "", "JPY"]),
        # Of amounts in a currency without decimals it is not known what they count (resources/money.py).
        ("in_cents", 500, [500, "", "JPY"]),
        ("sum_in_cents", [{"amount": 500}, {"amount": -200}], [300, "", "JPY"]),
        ("sum_in_cents", [{"amount": "many"}], ["", "", ""]),
        ("sum_in_cents", None, ["", "", ""]),
        ("count", [1, 2], [2]),
        ("stored_errors", {"date": ["Date is in the future"]}, ["Date is in the future"]),
        ("tags", ["a", "b"], ["a; b"]),
        ("tags", ["a", 1], ['["a", 1]']),
        ("reference", "cus_1", ["cus_1", "Acme"]),
        ("reference", None, ["", ""]),
        ("reference", 7, [7, ""]),
        ("country", "DE", ["DE"]),
        ("step", True, []),
    ],
)  # fmt: skip
def test_what_a_value_is_written_as(shown_as: str, value: Any, written: list[export_cells.ExportValue]):
    column = Column(key="it", label="It", shown_as=shown_as, part="amount", to="customers")
    found = export_cells.row([column], {"it": value, "currency": "JPY"}, CONTEXT)
    assert found == written
    assert [type(cell) for cell in found] == [type(cell) for cell in written]
    assert len(export_cells.headings([column])) == len(written)


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", Decimal("-1234.05")), ("KWD", Decimal("-1234.05")), ("KRW", "")]
)
def test_amounts_are_there_as_integers_and_as_decimals(currency: str, decimals: Decimal | str):
    column = Column(key="amount", label="Amount", shown_as="in_cents")
    assert export_cells.headings([column]) == ["Amount, in cents", "Amount", "Amount, currency"]
    assert export_cells.row([column], {"amount": -123405, "currency": currency}, CONTEXT) == [
        -123405,
        decimals,
        currency,
    ]


def test_a_word_of_the_api_is_written_as_pages_show_it():
    column = Column(key="status", label="Status", shown_as="status", labels={"Past_Due": "Past Due"})
    assert export_cells.row([column], {"status": "past_due"}, CONTEXT) == ["Past Due"]
