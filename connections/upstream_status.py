"""How ChartMogul has done lately for the account of a connection, in one line, or nothing when all is well."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from connections import localized
from connections.budget import LATELY_SECONDS, LIMITING_SECONDS, LimiterState
from connections.limiter_storage import state_of
from connections.models import Connection

# One failure is no outage: a call that is repeated may well succeed.
FAILURES_TO_TELL = 3

What = Literal["key_refused", "down", "limiting", "slow"]


@dataclass(frozen=True)
class UpstreamStatus:
    what: What
    since: datetime

    @property
    def level(self) -> str:
        """A person may go on while ChartMogul is slow; otherwise there is something to do, or to wait for."""
        return "warning" if self.what in ("key_refused", "down") else "info"

    @property
    def moment(self) -> str:
        """The time of day in the zone of the connection, with the day where it was another."""
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
    """Whether ChartMogul refused the key that the connection has now: no background call of it leaves."""
    return bool(connection.fingerprint) and state_of(connection.budget_key).refused_key == connection.fingerprint


def judge(state: LimiterState, key: str, now: float) -> tuple[What, float] | None:
    """What is worth telling most, and since when. Failures of long ago are not told: nobody has looked since."""
    if state.refused_key and state.refused_key == key:
        return "key_refused", state.refused_since
    lately = now - state.last_at < LATELY_SECONDS
    if state.failures >= FAILURES_TO_TELL and lately:
        return "down", state.failing_since
    if state.wait_until > now or now - state.limited_at < LIMITING_SECONDS:
        return "limiting", state.limiting_since
    if state.slow_since and lately:
        return "slow", state.slow_since
    return None
