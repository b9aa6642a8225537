"""Cells of CSV files that spreadsheets cannot mistake for formulas.

The rule: an apostrophe is put before each sign that starts a formula, and before each apostrophe, if it begins a cell
or follows what a spreadsheet that separates by `;`, tab or line end would take for the start of one (blanks and quotes
are skipped). Removing one apostrophe at each of these places gives the original text.
"""

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal

FORMULA_STARTS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
"""Signs that start a formula, including their full-width forms, which some spreadsheets treat alike."""
_BEGINNING = r'(\A|[;\t\r\n])([" ]*)'
_TO_GUARD = re.compile(f"{_BEGINNING}(?=[{re.escape(FORMULA_STARTS)}'])")
_GUARDED = re.compile(f"{_BEGINNING}'")


def guarded(text: str) -> str:
    """Return `text` as a cell that is not a formula."""
    return _TO_GUARD.sub(r"\1\2'", text)


def unguarded(cell: str) -> str:
    """Return the text from which `guarded` made the cell."""
    return _GUARDED.sub(r"\1\2", cell)


def line(cells: Iterable[str | int | Decimal]) -> str:
    """Return one line of a CSV file (RFC 4180). Numbers are left as they are: their sign does not start a formula."""
    out = io.StringIO()
    csv.writer(out).writerow(guarded(cell) if isinstance(cell, str) else cell for cell in cells)
    return out.getvalue()
