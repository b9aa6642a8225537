"""C8: nothing in an exported file is a formula, and what is read back is what was exported. There is no XLSX export."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from activity.models import Write
from activity.spreadsheets import FORMULA_STARTS, guarded, line, unguarded
from tests.servers import RecordingServer, reply

SIGNS = set(FORMULA_STARTS.strip())
CELLS = json.loads((Path(__file__).parents[1] / "data" / "formula_cells.json").read_text())


def as_spreadsheets_see(text: str) -> list[str]:
    """Every cell that a spreadsheet may see in a file, by what it separates cells with."""
    readers = [csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for delimiter in ",;\t"]
    return [cell for reader in readers for row in reader for cell in row]


def formulas(text: str) -> list[str]:
    # Some drop a quote that does not close, and white space.
    return [cell for cell in as_spreadsheets_see(text) if cell.lstrip('" \t\r\n')[:1] in SIGNS]


def test_C8_there_are_enough_inputs():
    assert len(CELLS) >= 12
    assert {"=", "+", "-", "@", "\t", "\r"} <= {cell[0] for cell in CELLS}
    assert all(formulas(f"x,{cell},y\r\n") for cell in CELLS[:6]), "as they are, they would be formulas"


def test_C8_an_export_of_the_trail_holds_no_formula_and_reads_back(signed_in: Client, ada, main):
    for cell in CELLS:
        Write.objects.create(
            connection=main, connection_name="Main", user=ada, username=cell, operation="plans.create", title=cell,
            resource="plans", record_name=cell, reason=cell, summary=cell, method="POST", path="/v1/plans",
        )  # fmt: skip
    text = b"".join(signed_in.get("/c/main/activity/?format=csv")).decode()
    assert formulas(text) == []
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for column in ("username", "title", "record_name", "reason", "summary"):
        assert sorted(unguarded(row[column]) for row in rows) == sorted(CELLS)


def test_C8_nor_does_an_export_of_a_list_and_numbers_stay_numbers(signed_in: Client, main, recorder: RecordingServer):
    rows = [{"uuid": "cus_1", "name": cell, "mrr": -5, "attributes": {"tags": [cell]}} for cell in CELLS]
    recorder.script = [reply(200, {"entries": rows, "has_more": False})]
    columns = "column=name&column=mrr&column=attributes.tags"
    text = b"".join(signed_in.get(f"/c/main/customers/list/export/?format=csv&{columns}")).decode()
    assert set(formulas(text)) == {"-5", "-0.05"}
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    for column in ("Name", "Tags"):
        assert [unguarded(row[column]) for row in found] == CELLS
    assert {(row["MRR, in cents"], row["MRR"]) for row in found} == {("-5", "-0.05")}


@example(["\t\t=", '"; "\'=', "\r\r'"])
@given(st.lists(st.text(st.sampled_from("=+-@'\";,\t\r\n a1\uff1d")), min_size=1, max_size=4))
def test_C8_any_text_is_no_formula_and_reads_back(cells: list[str]):
    text = line(cells)
    assert formulas(text) == []
    (row,) = csv.reader(io.StringIO(text, newline=""))
    assert [unguarded(cell) for cell in row] == cells


@pytest.mark.parametrize(
    "text", ["", "Acme", "a - b", "2026-01-01T00:00:00+00:00", "O'Brien", "/v1/plans", "1", "a, -5"]
)
def test_C8_ordinary_text_is_left_as_it_is(text: str):
    assert guarded(text) == text
