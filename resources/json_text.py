"""JSON as people like to read it, with every value as it was written."""

import re

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{},:]|[^][{},:\s"]+')
OPENING, CLOSING = frozenset("[{"), frozenset("]}")
LONGEST = 1_000_000
"""Characters of the result: what is nested deeply grows with each line."""


class TooLong(ValueError):
    """It would be longer than LONGEST."""


def indented(text: str) -> str:
    """Valid JSON with each value on a line of its own. Numbers keep their digits, which Python would write its own way.
    Raises TooLong."""
    pieces: list[str] = []
    length, depth, before = 0, 0, ""
    for token in TOKEN.findall(text):
        depth -= token in CLOSING
        is_empty = before in OPENING and token in CLOSING
        if (before in OPENING or before == "," or token in CLOSING) and not is_empty:
            pieces.append("\n" + "  " * depth)
        elif before == ":":
            pieces.append(" ")
        pieces.append(token)
        length += len(token) + 2 * depth + 1
        if length > LONGEST:
            raise TooLong
        depth += token in OPENING
        before = token
    return "".join(pieces)
