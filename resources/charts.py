"""Small pictures of counts, as SVG: where everything stands is worked out here, a template draws it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

BAR, GAP = 14, 4
"""Thickness of a bar and the space between two, in units of the picture."""
HEIGHT = 60
"""Of the columns of days, in the same units."""
LEAST = 3
"""Height of what is shown apart, however little it is."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One count of a picture: its words, and its rectangle."""

    label: str
    value: int
    kind: str = ""
    """What colours it: a status, an outcome."""
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    part: int = 0
    """Of the count, what is shown apart, at the foot of the bar."""
    part_y: float = 0
    part_height: float = 0


def rows(counts: Iterable[tuple[str, int, str]]) -> list[Bar]:
    """Horizontal bars below each other, as wide as their share of the largest: (label, value, kind)."""
    given = list(counts)
    largest = max((value for _, value, _ in given), default=0) or 1
    return [
        Bar(label=label, value=value, kind=kind, y=at * (BAR + GAP), width=round(100 * value / largest, 2), height=BAR)
        for at, (label, value, kind) in enumerate(given)
    ]


def columns(counts: Iterable[tuple[str, int, int]]) -> list[Bar]:
    """Columns beside each other, as high as their share of the largest, each with the part of it that is shown apart:
    (label, value, part). One that stands for nothing is a line."""
    given = list(counts)
    largest = max((value for _, value, _ in given), default=0) or 1
    found = []
    for at, (label, value, part) in enumerate(given):
        height = max(round(HEIGHT * value / largest, 2), 1)
        # Seldom as it may be, it is seen.
        apart = max(round(HEIGHT * part / largest, 2), LEAST) if part else 0
        bar = Bar(label=label, value=value, x=at * (BAR + GAP), y=HEIGHT - height, width=BAR, height=height)
        found.append(replace(bar, part=part, part_y=HEIGHT - apart, part_height=apart))
    return found
