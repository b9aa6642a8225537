"""How often one connection may call ChartMogul, as figures and rules without any database.

`State` is what is known of a connection's calls, of all processes together. `take` gives a call its turn, or says why
not; `note` writes down what the call met. turns.py keeps the state where all processes see it.
"""

import random
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

# What is over for so long is not spoken of any more.
LIMITING_SECONDS = 60.0
LATELY_SECONDS = 15 * 60.0
TIMES_KEPT = 5
# What clocks of machines may differ by. What lies further ahead than it could was noted before a clock was set back.
SKEW_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Rate:
    """At most `most` calls within any second: `at_once` of them without a pause, the others evenly spread.

    Evenly, for calls that leave in bursts reach ChartMogul closer together than they left, and are then too many.
    """

    most: int
    at_once: int

    @property
    def interval(self) -> float:
        return 1 / (self.most - self.at_once)

    @property
    def ahead(self) -> float:
        """Seconds that calls may be ahead of their even spread. Nine tenths of one interval are given on top, so that
        whoever wakes up late has lost nothing; a whole one would be a call too many in the second."""
        return (self.at_once - 0.1) * self.interval


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What is shipped: ChartMogul's own limits for one account, and within them what background work gets."""

    rate: Rate = Rate(most=40, at_once=4)
    parallel: int = 20
    # Background work makes up for what it was late: it stores what it reads, and meanwhile cannot ask. So it has no
    # even spread but a number within any second, and a second that is a little longer than what ChartMogul sees.
    background_most: int = 25
    background_second: float = 1.03
    background_parallel: int = 4
    # Seconds that a call waits for its turn before it is told to come again.
    longest_wait: float = 5.0
    background_longest_wait: float = 30.0
    # How often a call looks whether one of the parallel ones has ended, on average.
    look: float = 0.03
    # A slot whose holder was killed is free again so long after the call must have ended.
    grace: float = 10.0
    longest_backoff: float = 60 * 60.0
    failures_to_open: int = 10
    open_for: float = 30.0


Why = Literal["busy", "limiting", "down", "key"]


@dataclass(frozen=True)
class Turn:
    """A call may leave at `at` and holds the slot `slot` until it is noted."""

    slot: str
    at: float


@dataclass(frozen=True)
class Refusal:
    """Why a call may not leave, and after how many seconds to ask again, if that is known."""

    why: Why
    wait: float | None


@dataclass(frozen=True, kw_only=True)
class Met:
    """What one try met. `status` is None without an answer; `backoff_first` and `_cap` are for one that does not say
    how long to wait."""

    status: int | None
    seconds: float
    failed: bool
    retry_after: float | None = None
    backoff_first: float = 1.0
    backoff_cap: float = 8.0


@dataclass
class State:
    """Moments are seconds since 1970, 0 where there is none. Slots are name -> [end, whether of background work]."""

    due: float = 0.0
    background_at: list[float] = field(default_factory=list)
    """When the last calls of background work left, as many as may within a second."""
    slots: dict[str, list[Any]] = field(default_factory=dict)
    wait_until: float = 0.0
    backoffs: int = 0
    limited_at: float = 0.0
    limiting_since: float = 0.0
    failures: int = 0
    failing_since: float = 0.0
    open_until: float = 0.0
    probe: str = ""
    times: list[float] = field(default_factory=list)
    slow_since: float = 0.0
    last_at: float = 0.0
    refused_key: str = ""
    refused_since: float = 0.0

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "State":
        """From what was stored; what another version of this program stored besides is left out."""
        return cls(**{name: value for name, value in stored.items() if name in cls.__dataclass_fields__})

    def as_stored(self) -> dict[str, Any]:
        return asdict(self)

    def take(
        self, budget: Budget, now: float, *, slot: str, hold: float, patience: float, background: bool, key: str
    ) -> Turn | Refusal:
        """A turn within `patience` seconds, or the reason against one. `key` is the fingerprint of the key."""
        self._tidy(budget, now, hold)
        if self.open_until > now:
            return Refusal("down", self.open_until - now)
        if self.probe:
            # One call tries whether ChartMogul is back; the others wait for what it meets.
            return Refusal("down", budget.longest_wait)
        if background and key and key == self.refused_key:
            return Refusal("key", None)
        at = max(now, self.wait_until, self.due - budget.rate.ahead)
        if background:
            # People come first: only what they leave over, and never the last slots.
            full = len(self.background_at) >= budget.background_most
            free = self.background_at[-budget.background_most] + budget.background_second if full else now
            at = max(now, self.wait_until, self.due, free)
            mine = sum(1 for _, of_background in self.slots.values() if of_background)
            if mine >= budget.background_parallel or len(self.slots) >= budget.parallel - budget.background_parallel:
                return Refusal("busy", budget.look)
        if len(self.slots) >= budget.parallel:
            return Refusal("busy", budget.look)
        # Background work reserves nothing ahead, for people would queue behind it.
        if at - now > (0 if background else patience):
            return Refusal("limiting" if self.wait_until > now else "busy", at - now)
        self.due = max(self.due, at) + budget.rate.interval
        if background:
            self.background_at = [*self.background_at, round(at, 3)][-budget.background_most :]
        if self.failures >= budget.failures_to_open:
            self.probe = slot
        self.slots[slot] = [at + hold, background]
        return Turn(slot, at)

    def must_stop(self, now: float) -> bool:
        """Whether a call that waited for its turn must not leave, for something happened meanwhile."""
        return max(self.wait_until, self.open_until) > now

    def give_back(self, slot: str) -> None:
        self.slots.pop(slot, None)
        if self.probe == slot:
            self.probe = ""

    def note(self, budget: Budget, now: float, met: Met, *, slot: str, key: str) -> None:
        self.give_back(slot)
        self.last_at = now
        self.times = [*self.times, round(met.seconds, 3)][-TIMES_KEPT:]
        if not self.is_slow:
            self.slow_since = 0.0
        elif not self.slow_since:
            self.slow_since = now
        if met.failed:
            self.failing_since = self.failing_since if self.failures else now
            self.failures += 1
            if self.failures >= budget.failures_to_open:
                self.open_until = now + budget.open_for
        else:
            self.failures, self.open_until = 0, 0.0
        if met.status in (429, 503):
            self._back_off(budget, now, met)
        elif not met.failed:
            self.backoffs = 0
        if met.status in (401, 403):
            self.refused_since = self.refused_since if self.refused_key == key else now
            self.refused_key = key
        elif met.status is not None and 200 <= met.status < 300 and self.refused_key == key:
            self.refused_key = ""

    @property
    def is_slow(self) -> bool:
        """Whether the calls of late took more than 5 seconds, by their median."""
        return len(self.times) > 2 and sorted(self.times)[len(self.times) // 2] > 5

    def _back_off(self, budget: Budget, now: float, met: Met) -> None:
        if self.limited_at + LIMITING_SECONDS < now:
            self.limiting_since, self.backoffs = now, 0
        self.limited_at = now
        # Calls that were under way together are told the same thing once each.
        self.backoffs += self.wait_until <= now
        pause = met.retry_after
        if pause is None:
            most = min(met.backoff_cap, met.backoff_first * 2 ** min(self.backoffs - 1, 10))
            pause = random.uniform(0, most)  # noqa: S311  spreads calls, keeps no secret
        self.wait_until = max(self.wait_until, now + min(pause, budget.longest_backoff))

    def _tidy(self, budget: Budget, now: float, hold: float) -> None:
        """Drop the slots of calls that must have ended, and what a clock that was set back left in the future."""
        soon = now + SKEW_SECONDS
        furthest = soon + hold + budget.longest_wait
        self.slots = {name: slot for name, slot in self.slots.items() if now < slot[0] <= furthest}
        if self.probe not in self.slots:
            self.probe = ""
        if self.due > soon + budget.longest_wait + budget.rate.ahead + budget.rate.interval:
            self.due = 0.0
        self.background_at = [at for at in self.background_at if at <= soon]
        if self.wait_until > soon + budget.longest_backoff:
            self.wait_until = 0.0
        if self.open_until > soon + budget.open_for:
            self.open_until = 0.0
