"""The results of a benchmark: figures with their targets."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    name: str
    measured: str
    target: str
    met: bool

    def __str__(self) -> str:
        return f"{self.name} | {self.measured} | {self.target} | {'ok' if self.met else 'MISSED'}"


def at_most(name: str, measured: float, target: float, unit: str = "") -> Figure:
    return Figure(name=name, measured=shown(measured, unit), target=f"<= {shown(target, unit)}", met=measured <= target)


def at_least(name: str, measured: float, target: float, unit: str = "") -> Figure:
    return Figure(name=name, measured=shown(measured, unit), target=f">= {shown(target, unit)}", met=measured >= target)


def shown(value: float, unit: str) -> str:
    return f"{value:,.{0 if value >= 100 or value == int(value) else 1}f} {unit}".strip()


def p95(values: Sequence[float]) -> float:
    return sorted(values)[math.ceil(len(values) * 0.95) - 1]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The size of the benchmarks."""

    largest: int = 1_000_000
    """Entries of the largest directory."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    name: str
    run: Callable[[Settings], Iterable[Figure]]
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    """On each of these it runs in a separate process, with new tables."""
