"""Write docs/security.md: which tests prove which row of the security list. A test checks that the page is current.

    python scripts/security_page.py

The rows that a test proves are in its name (`test_B1_...`, `test_B2_B4_...`). What it proves is described by the
docstring of its module if that begins with the row, else by the names of the tests.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
NAME = re.compile(r"test_((?:[A-I]\d+_)+)(\w+)")
AREAS = {
    "A": "What goes out",
    "B": "Secrets",
    "C": "What a browser receives",
    "D": "People and what they may do",
    "E": "ChartMogul slow, wrong or down",
    "F": "Writes that happen once",
    "G": "The database",
    "H": "The trail",
    "I": "The installation",
}
HEAD = """\
# Security, row by row

Every security promise is a row with a letter for its area and a number. Each row is proved by tests that have it in
their names: `pytest -k _B1_` runs those of B1. This page is generated from the tests by `scripts/security_page.py`,
and a test fails if it is out of date.
"""


def rows_of(path: Path) -> dict[str, list[str]]:
    """Map each row to the names of its tests in this file, without the rows."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and (match := NAME.fullmatch(node.name)):
            for row in match[1].split("_")[:-1]:
                found.setdefault(row, []).append(match[2].replace("_", " "))
    return found


def sentence_of(path: Path, row: str) -> str:
    """Return the first paragraph of the module's docstring if that begins with this row, else an empty string."""
    told = ast.get_docstring(ast.parse(path.read_text())) or ""
    first = " ".join(told.split("\n\n")[0].split())
    return first.removeprefix(f"{row}: ") if first.startswith(f"{row}: ") else ""


def page() -> str:
    rows: dict[str, list[tuple[Path, list[str]]]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for row, names in rows_of(path).items():
            rows.setdefault(row, []).append((path, names))
    lines = [HEAD]
    for letter, area in AREAS.items():
        lines.append(f"## {letter}: {area}\n")
        lines.append("| row | what is shown | tests |\n| --- | --- | --- |")
        for row in sorted((row for row in rows if row[0] == letter), key=lambda row: int(row[1:])):
            for path, names in rows[row]:
                told = sentence_of(path, row) or "; ".join(sorted(names))
                address = path.relative_to(ROOT).as_posix()
                lines.append(f"| {row} | {told} | [{path.name}](../{address}), {len(names)} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
