"""How often one account of ChartMogul may be called, as figures and rules without any database.

`State` is what is known of the calls to an account, of all processes together. `take` gives a call its turn, or says
why not; `note` writes down what the call met. turns.py keeps the state where all processes see it.
"""

import random
from dataclasses import dataclass, field
from typing import Any, Literal

# What is over for so long is not spoken of any more.
LIMITING_SECONDS = 60.0
LATELY_SECONDS = 15 * 60.0
TIMES_KEPT = 5
# What clocks of machines may differ by. What lies further ahead than it could was noted before a clock was set back.
SKEW_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What is shipped: ChartMogul's own limits for one account, and within them what background work gets, and what one
    person gets."""

    most: int = 40
    background_most: int = 25
    person_most: int = 10
    # All within any second, and a second that is a little longer than what ChartMogul sees: calls reach it closer
    # together than they left.
    second: float = 1.03
    parallel: int = 20
    background_parallel: int = 4
    # Calls that wait for their turn are counted too: each holds a thread of the web server, which others need.
    person_parallel: int = 12
    # Background work, and whatever waited because ChartMogul asked for it, leaves so long after the call before.
    apart: float = 1 / 36
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


BACKGROUND = "background"
"""The `who` of calls in the background. Other calls carry the ID of a person, or an empty string."""
Why = Literal["busy", "person", "limiting", "down", "key", "database"]


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
    refuses_key: bool = False


@dataclass
class State:
    """Moments are seconds since 1970, 0 where there is none. Slots are name -> [end, whose]."""

    due: float = 0.0
    """When the next call would leave if all were evenly spread."""
    calls: list[list[Any]] = field(default_factory=list)
    """[when, whose] of the last calls that left, or will leave, in order: as many as may within a second."""
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
        # What it holds is never changed, only replaced.
        return dict(vars(self))

    def take(
        self, budget: Budget, now: float, *, slot: str, hold: float, patience: float, who: str, key: str
    ) -> Turn | Refusal:
        """A turn within `patience` seconds, or the reason against one. `key` is the fingerprint of the key."""
        background = who == BACKGROUND
        self._tidy(budget, now, hold)
        if self.open_until > now:
            return Refusal("down", self.open_until - now)
        if self.probe:
            # One call tries whether ChartMogul is back; the others wait for what it meets.
            return Refusal("down", budget.longest_wait)
        if background and key and key == self.refused_key:
            return Refusal("key", None)
        at = max(now, self.wait_until, _free(self.calls, budget.most, budget.second))
        if background or self.wait_until > now:
            at = max(at, self.due)
        due = min(max(self.due, at), at + budget.second) + budget.apart
        if who:
            mine = [call for call in self.calls if call[1] == who]
            held = sum(1 for _, whose in self.slots.values() if whose == who)
        if background:
            # People come first: only what they leave over, and never the last slots.
            at = max(at, _free(mine, budget.background_most, budget.second))
            if held >= budget.background_parallel or len(self.slots) >= budget.parallel - budget.background_parallel:
                return Refusal("busy", budget.look)
        elif who:
            # Whoever takes all of theirs holds up nobody else, so what waits for that is not in the way of others.
            own = _free(mine, budget.person_most, budget.second)
            if held >= budget.person_parallel or own > max(at, now + patience):
                return Refusal("person", max(own - now, budget.second))
            at = max(at, own)
        if len(self.slots) >= budget.parallel:
            return Refusal("busy", budget.look)
        # Background work reserves nothing ahead, for people would queue behind it.
        if at - now > (0 if background else patience):
            return Refusal("limiting" if self.wait_until > now else "busy", at - now)
        self.due = due
        self.calls = sorted([*self.calls, [round(at, 3), who]])[-budget.most :]
        if self.failures >= budget.failures_to_open:
            self.probe = slot
        self.slots = {**self.slots, slot: [at + hold, who]}
        return Turn(slot, at)

    def must_stop(self, now: float) -> bool:
        """Whether a call that waited for its turn must not leave, for something happened meanwhile."""
        return max(self.wait_until, self.open_until) > now

    def give_back(self, slot: str) -> None:
        self.slots = {name: held for name, held in self.slots.items() if name != slot}
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
        if met.refuses_key:
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
        latest = soon + budget.longest_wait
        self.slots = {name: slot for name, slot in self.slots.items() if now < slot[0] <= latest + hold}
        if self.probe not in self.slots:
            self.probe = ""
        if self.due > latest + budget.second + budget.apart:
            self.due = 0.0
        self.calls = [call for call in self.calls if call[0] <= latest]
        if self.wait_until > soon + budget.longest_backoff:
            self.wait_until = 0.0
        if self.open_until > soon + budget.open_for:
            self.open_until = 0.0


def _free(calls: list[list[Any]], most: int, second: float) -> float:
    """From when on one more call is not one too many within a second."""
    return float(calls[-most][0]) + second if len(calls) >= most else 0.0
