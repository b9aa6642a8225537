"""The rate limit of one ChartMogul account: its figures and rules, without any database.

`LimiterState` is what all processes together know of the calls to an account. `grant` gives a call a permit or says
why not, and `record` stores how the call ended. rate_limiter.py shares the state between processes.
"""

import random
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Literal

LIMITING_SECONDS = 60.0
"""How long after a 429 or 503 pages say that ChartMogul is limiting requests."""
LATELY_SECONDS = 15 * 60.0
"""How long failures and slow calls are reported after the last call."""
TIMES_KEPT = 5
KEYS_KEPT = 20
SKEW_SECONDS = 30.0
"""How far the clocks of several machines may differ. Later times were stored before a clock was set back."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The limits that are shipped: ChartMogul's own for an account, and the shares of background work and of one person
    within them."""

    most: int = 40
    background_most: int = 25
    person_most: int = 10
    # Longer than a second, because calls may reach ChartMogul closer together than they left.
    second: float = 1.03
    parallel: int = 20
    background_parallel: int = 4
    # Includes calls that wait for a permit: each holds a thread of the web server.
    person_parallel: int = 12
    # Minimum distance in seconds of background calls, and of calls that had to wait because of a 429 or 503.
    apart: float = 1 / 36
    # Seconds that a call waits for a permit before it is refused.
    longest_wait: float = 5.0
    background_longest_wait: float = 30.0
    # Average seconds between two looks at whether a parallel call has ended.
    look: float = 0.03
    # Seconds after which the slot of a killed process is free, counted from when its call must have ended.
    grace: float = 10.0
    longest_backoff: float = 60 * 60.0
    failures_to_open: int = 10
    open_for: float = 30.0


BACKGROUND = "background"
"""The `who` of background calls. Other calls carry the ID of a person, or an empty string."""
BackOff = Literal["limiting", "unavailable"]
Why = BackOff | Literal["busy", "person", "down", "key", "database"]


@dataclass(frozen=True)
class Permit:
    """A call may leave at `at`, in seconds since 1970, and holds `slot` until its result is recorded."""

    slot: str
    at: float


@dataclass(frozen=True)
class Refusal:
    """Why a call may not leave, and after how many seconds to try again, if that is known."""

    why: Why
    wait: float | None


@dataclass(frozen=True, kw_only=True)
class CallResult:
    """How one attempt ended. `status` is None if there was no response; `backoff_first` and `backoff_cap`, in seconds,
    apply to a 429 or 503 without Retry-After."""

    status: int | None
    seconds: float
    failed: bool
    retry_after: float | None = None
    backoff_first: float = 1.0
    backoff_cap: float = 8.0
    refuses_key: bool = False


@dataclass
class LimiterState:
    """Times are seconds since 1970, 0 for none. Slots map a name to [when it ends, whose it is]."""

    due: float = 0.0
    """When the next call would leave if all calls were evenly spread."""
    calls: list[list[Any]] = field(default_factory=list)
    """[when, whose] of the last `Budget.most` calls that left or will leave, in order."""
    slots: dict[str, list[Any]] = field(default_factory=dict)
    wait_until: float = 0.0
    backoffs: int = 0
    limited_at: float = 0.0
    limiting_since: float = 0.0
    back_off: BackOff = "limiting"
    """Why calls wait until `wait_until`: a 429, or a 503."""
    failures: int = 0
    failing_since: float = 0.0
    circuit_open_until: float = 0.0
    probe: str = ""
    times: list[float] = field(default_factory=list)
    slow_since: float = 0.0
    last_at: float = 0.0
    refused_keys: dict[str, float] = field(default_factory=dict)
    """Fingerprints of the keys that ChartMogul rejects, and since when."""

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "LimiterState":
        """Read what was stored, without fields that another version of this program added."""
        return cls(**{name: value for name, value in stored.items() if name in cls.__dataclass_fields__})

    def as_stored(self) -> dict[str, Any]:
        # A shallow copy is enough: the values are replaced, never changed in place.
        return dict(vars(self))

    def grant(
        self, budget: Budget, now: float, *, slot: str, hold: float, patience: float, who: str, key: str
    ) -> Permit | Refusal:
        """Return a permit for a call that leaves within `patience` seconds, or the reason against one. `key` is the
        fingerprint of the API key, `hold` the seconds after which the slot ends by itself."""
        background = who == BACKGROUND
        self._tidy(budget, now, hold)
        if self.circuit_open_until > now:
            return Refusal("down", self.circuit_open_until - now)
        if self.probe:
            # Half open: one call probes whether ChartMogul is back, and the others wait for its result.
            return Refusal("down", budget.longest_wait)
        if background and key in self.refused_keys:
            return Refusal("key", None)
        at = max(now, self.wait_until, _free(self.calls, budget.most, budget.second))
        if background or self.wait_until > now:
            at = max(at, self.due)
        due = min(max(self.due, at), at + budget.second) + budget.apart
        if who:
            mine = [call for call in self.calls if call[1] == who]
            held = sum(1 for _, whose in self.slots.values() if whose == who)
        if background:
            # People come first: background work gets what they leave, and never the last slots.
            at = max(at, _free(mine, budget.background_most, budget.second))
            if held >= budget.background_parallel or len(self.slots) >= budget.parallel - budget.background_parallel:
                return Refusal("busy", budget.look)
        elif who:
            # A call that waits for its person's share must not hold up the calls of others.
            own = _free(mine, budget.person_most, budget.second)
            if held >= budget.person_parallel or own > max(at, now + patience):
                return Refusal("person", max(own - now, budget.second))
            at = max(at, own)
        if len(self.slots) >= budget.parallel:
            return Refusal("busy", budget.look)
        # Background work reserves nothing ahead: people would queue behind it.
        if at - now > (0 if background else patience):
            return Refusal(self.back_off if self.wait_until > now else "busy", at - now)
        self.due = due
        self.calls = sorted([*self.calls, [round(at, 3), who]])[-budget.most :]
        if self.failures >= budget.failures_to_open:
            self.probe = slot
        self.slots = {**self.slots, slot: [at + hold, who]}
        return Permit(slot, at)

    def must_stop(self, now: float) -> bool:
        """Whether a call that waited for its permit must not leave, because of a back-off or outage since then."""
        return max(self.wait_until, self.circuit_open_until) > now

    def give_back(self, slot: str) -> None:
        self.slots = {name: held for name, held in self.slots.items() if name != slot}
        if self.probe == slot:
            self.probe = ""

    def record(self, budget: Budget, now: float, result: CallResult, *, slot: str, key: str) -> None:
        self.give_back(slot)
        self.last_at = now
        self.times = [*self.times, round(result.seconds, 3)][-TIMES_KEPT:]
        if not self.is_slow:
            self.slow_since = 0.0
        elif not self.slow_since:
            self.slow_since = now
        if result.failed:
            self.failing_since = self.failing_since if self.failures else now
            self.failures += 1
            if self.failures >= budget.failures_to_open:
                self.circuit_open_until = now + budget.open_for
        else:
            self.failures, self.circuit_open_until = 0, 0.0
        if result.status in (429, 503):
            self._back_off(budget, now, result)
        elif not result.failed:
            self.backoffs = 0
        if result.refuses_key and key:
            latest = sorted({key: now, **self.refused_keys}.items(), key=itemgetter(1))[-KEYS_KEPT:]
            self.refused_keys = dict(latest)
        elif result.status is not None and 200 <= result.status < 300:
            self.accept(key)

    def accept(self, key: str) -> None:
        """Forget that ChartMogul rejected this key."""
        self.refused_keys = {name: since for name, since in self.refused_keys.items() if name != key}

    @property
    def is_slow(self) -> bool:
        """Whether the median of the last calls is above 5 seconds."""
        return len(self.times) > 2 and sorted(self.times)[len(self.times) // 2] > 5

    def _back_off(self, budget: Budget, now: float, result: CallResult) -> None:
        if self.limited_at + LIMITING_SECONDS < now:
            self.limiting_since, self.backoffs = now, 0
        self.limited_at = now
        self.back_off = "unavailable" if result.status == 503 else "limiting"
        # Calls that were under way together each get the same 429; they count once.
        self.backoffs += self.wait_until <= now
        pause = result.retry_after
        if pause is None:
            most = min(result.backoff_cap, result.backoff_first * 2 ** min(self.backoffs - 1, 10))
            pause = random.uniform(0, most)  # noqa: S311  spreads calls, keeps no secret
        self.wait_until = max(self.wait_until, now + min(pause, budget.longest_backoff))

    def _tidy(self, budget: Budget, now: float, hold: float) -> None:
        """Drop the slots of calls that must have ended, and times in the future that a clock set back left behind."""
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
        if self.circuit_open_until > soon + budget.open_for:
            self.circuit_open_until = 0.0


def _free(calls: list[list[Any]], most: int, second: float) -> float:
    """When one more call may leave without exceeding `most` within `second` seconds."""
    return float(calls[-most][0]) + second if len(calls) >= most else 0.0
