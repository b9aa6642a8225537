"""The page of the documentation that names each row's tests is made from them."""

import re

from scripts.security_page import PAGE, page


def test_the_page_is_what_the_tests_say():
    assert PAGE.read_text() == page(), "Run: python scripts/security_page.py"


def test_no_row_that_gates_a_release_is_without_a_test():
    # Blocks A to E and I, and G2 to G4. D9, D12, E12 and G3 should hold, the others must.
    rows = {f"{letter}{number}" for letter, last in GATES.items() for number in range(1, last + 1)}
    shown = set(re.findall(r"^\| ([A-I]\d+) \|", page(), re.MULTILINE))
    expected = rows | {"G2", "G3", "G4"}
    assert expected <= shown, sorted(expected - shown)


GATES = {"A": 8, "B": 11, "C": 10, "D": 15, "E": 13, "I": 6}
