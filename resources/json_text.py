"""Indenting JSON for people to read, with every value exactly as it was written."""

import re

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{},:]|[^][{},:\s"]+')
OPENING, CLOSING = frozenset("[{"), frozenset("]}")
LONGEST = 1_000_000
"""Maximum length of the result in characters: deep nesting makes each line longer."""


class TooLong(ValueError):
    """The result would be longer than LONGEST."""


def indented(text: str) -> str:
    """Return valid JSON with each value on a line of its own. Numbers keep their digits, which json.dumps would
    rewrite. Raises TooLong."""
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
