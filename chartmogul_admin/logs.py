"""One line of the log is one event, whatever it quotes."""

import logging

LONGEST = 2_048
"""Characters of a line; what is longer is cut, and says so."""


class OneLineFormatter(logging.Formatter):
    """Escapes line breaks and other control characters, ANSI sequences among them, and cuts what is endless.

    A traceback keeps its lines: it is ours, and unreadable without them.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in super().formatMessage(record))
        return line if len(line) <= LONGEST else f"{line[:LONGEST]}… ({len(line)} characters)"
