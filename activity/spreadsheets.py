"""Cells of CSV files, which people open in a spreadsheet that takes some texts for formulas.

The rule: where a cell begins, or where a spreadsheet that separates by `;`, tab or line end would see one begin (blanks
and quotes passed over), an apostrophe is put in front of a sign that starts a formula, and in front of an apostrophe.
Whoever reads the file back takes one apostrophe away at each of these places, and has the text as it was.
"""

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal

FORMULA_STARTS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
"""What begins a formula, its full-width forms included, which some spreadsheets read alike."""
_BEGINNING = r'(\A|[;\t\r\n])([" ]*)'
_TO_GUARD = re.compile(f"{_BEGINNING}(?=[{re.escape(FORMULA_STARTS)}'])")
_GUARDED = re.compile(f"{_BEGINNING}'")


def guarded(text: str) -> str:
    """`text` as a cell that is no formula."""
    return _TO_GUARD.sub(r"\1\2'", text)


def unguarded(cell: str) -> str:
    """The text that `guarded` made the cell of."""
    return _GUARDED.sub(r"\1\2", cell)


def line(cells: Iterable[str | int | Decimal]) -> str:
    """One line of a CSV file, by RFC 4180. Numbers stay numbers: the sign of one starts no formula."""
    out = io.StringIO()
    csv.writer(out).writerow(guarded(cell) if isinstance(cell, str) else cell for cell in cells)
    return out.getvalue()
