"""How well ChartMogul has lately worked for a connection's account, in one line; nothing if all is well."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from connections import localized
from connections.budget import LATELY_SECONDS, LIMITING_SECONDS, LimiterState
from connections.limiter_storage import state_of
from connections.models import Connection

# One failure is not an outage: the retry may well succeed.
FAILURES_TO_TELL = 3

What = Literal["key_refused", "down", "limiting", "unavailable", "slow"]


@dataclass(frozen=True)
class UpstreamStatus:
    what: What
    since: datetime

    @property
    def level(self) -> str:
        """`warning` if there is something to do or to wait for, `info` if work can go on while ChartMogul is slow."""
        return "warning" if self.what in ("key_refused", "down") else "info"

    @property
    def moment(self) -> str:
        """The time of day in the connection's time zone, with the date if it is not today."""
        today = self.since.date() == datetime.now(self.since.tzinfo).date()
        words = f"{self.since:%H:%M}" if today else localized.current().moment(self.since)
        return f"{words} {self.since.tzname()}"


def upstream_status_of(connection: Connection) -> UpstreamStatus | None:
    state = connection.limiter_state or state_of(connection.budget_key)
    found = judge(state, connection.fingerprint, time.time())
    if found is None:
        return None
    what, since = found
    return UpstreamStatus(what, datetime.fromtimestamp(since, UTC).astimezone(connection.zone))


def is_key_refused(connection: Connection) -> bool:
    """Whether ChartMogul refused the connection's current key; if so, none of its background calls are sent."""
    return connection.fingerprint in state_of(connection.budget_key).refused_keys


def judge(state: LimiterState, key: str, now: float) -> tuple[What, float] | None:
    """Return the most important problem and since when, None if there is none. Old failures do not count: no calls were
    made since."""
    if key in state.refused_keys:
        return "key_refused", state.refused_keys[key]
    lately = now - state.last_at < LATELY_SECONDS
    if state.failures >= FAILURES_TO_TELL and lately:
        return "down", state.failing_since
    if state.wait_until > now or now - state.limited_at < LIMITING_SECONDS:
        return state.back_off, state.limiting_since
    if state.slow_since and lately:
        return "slow", state.slow_since
    return None
