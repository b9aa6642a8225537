"""Small SVG charts of counts: the positions are calculated here, a template draws them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

BAR, GAP = 14, 4
"""Thickness of a bar and the space between two bars, in units of the chart."""
HEIGHT = 60
"""Height of the tallest column, in the same units."""
LEAST = 3
"""Minimum height of a part that is not 0, in the same units."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One count of a chart: its label, and its rectangle."""

    label: str
    value: int
    kind: str = ""
    """Determines its color: a status, an outcome."""
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    part: int = 0
    """The part of the count that is shown separately, at the foot of the bar."""
    part_y: float = 0
    part_height: float = 0


def rows(counts: Iterable[tuple[str, int, str]]) -> list[Bar]:
    """Return horizontal bars below each other for (label, value, kind); widths are percentages of the largest value."""
    given = list(counts)
    largest = max((value for _, value, _ in given), default=0) or 1
    return [
        Bar(label=label, value=value, kind=kind, y=at * (BAR + GAP), width=round(100 * value / largest, 2), height=BAR)
        for at, (label, value, kind) in enumerate(given)
    ]


def columns(counts: Iterable[tuple[str, int, int]]) -> list[Bar]:
    """Return columns beside each other for (label, value, part), with heights relative to the largest value.

    The part is shown separately. A column for 0 is a line.
    """
    given = list(counts)
    largest = max((value for _, value, _ in given), default=0) or 1
    found = []
    for at, (label, value, part) in enumerate(given):
        height = max(round(HEIGHT * value / largest, 2), 1)
        # However small, the part stays visible.
        apart = max(round(HEIGHT * part / largest, 2), LEAST) if part else 0
        bar = Bar(label=label, value=value, x=at * (BAR + GAP), y=HEIGHT - height, width=BAR, height=height)
        found.append(replace(bar, part=part, part_y=HEIGHT - apart, part_height=apart))
    return found
