"""The rate limiter that all processes share: each account has one LimiterState, which a call changes twice.

Nothing is locked while a call waits or is under way. A killed process leaves its slot behind: the next call on the same
machine frees it, and for other machines it ends by itself.
"""

import logging
import random
import time
from collections.abc import Callable

from django.db import Error as DatabaseFailure

from connections import process_identity
from connections.budget import BACKGROUND, Budget, CallResult, LimiterState, Permit, Refusal
from connections.limiter_storage import change, forget, state_of
from connections.models import Connection

logger = logging.getLogger(__name__)


class RateLimiter:
    """Permits for the calls of one connection, from the budget of its account: for the person who asks, within their
    share, or for background work, which comes after people."""

    def __init__(self, connection: Connection, budget: Budget, *, background: bool = False) -> None:
        self.budget = budget
        self._connection = connection
        self._account = connection.budget_key
        self._key = connection.fingerprint
        self._who = BACKGROUND if background else connection.asked_by

    @property
    def patience(self) -> float:
        return self.budget.background_longest_wait if self._who == BACKGROUND else self.budget.longest_wait

    def acquire(
        self,
        *,
        lasts: float,
        patience: float,
        insists: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> Permit | Refusal:
        """Wait at most about `patience` seconds for a permit for a call that ends within `lasts` seconds.

        With `insists` it also waits if the person's own share is used up. Raises nothing: a write without a permit was
        certainly not sent.
        """
        try:
            return self._wait_for(lasts=lasts, patience=patience, insists=insists, sleep=sleep, clock=clock)
        except (DatabaseFailure, OSError):
            logger.exception("No permit could be acquired")
            return Refusal("database", None)

    def _wait_for(
        self,
        *,
        lasts: float,
        patience: float,
        insists: bool,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> Permit | Refusal:
        end = clock() + patience
        slot = process_identity.new_name()
        # After a refusal it only looks, without changing the state, until a permit is likely.
        looking = False
        while True:
            now = clock()
            given = self._take(now, slot, lasts, max(0.0, end - now), looking)
            if isinstance(given, Permit):
                if looking:
                    looking = False
                    continue
                if given.at <= now:
                    return given
                sleep(given.at - now)
                if not state_of(self._account).must_stop(clock()):
                    return given
                self.give_back(given)
            elif (
                given.wait is None
                or given.why == "down"
                or now + given.wait > end
                or (given.why == "person" and not insists)
            ):
                # The state that an earlier call left does not explain this refusal.
                self._connection.limiter_state = None
                return given
            else:
                looking = True
                # Jitter, so that those who wait for the same do not look at the same moment.
                sleep(given.wait + random.uniform(0, self.budget.look / 3))  # noqa: S311

    def give_back(self, permit: Permit) -> None:
        """Free the slot of a call that did not leave."""
        change(self._account, lambda state: state.give_back(permit.slot))

    def release(self, permit: Permit, result: CallResult, now: float) -> None:
        """Record the result of a call and free its slot. Raises nothing: the result itself matters more."""

        def recorded(state: LimiterState) -> LimiterState:
            state.record(self.budget, now, result, slot=permit.slot, key=self._key)
            return state

        try:
            self._connection.limiter_state = change(self._account, recorded)
        except (DatabaseFailure, OSError):
            logger.exception("The result of a call was not recorded")

    def _take(self, now: float, slot: str, lasts: float, patience: float, looking: bool) -> Permit | Refusal:
        hold = lasts + self.budget.grace

        def take(state: LimiterState) -> Permit | Refusal:
            for name in process_identity.dead(state.slots):
                state.give_back(name)
            return state.grant(
                self.budget,
                now,
                slot=slot,
                hold=hold,
                patience=patience,
                who=self._who,
                key=self._key,
            )

        return take(state_of(self._account)) if looking else change(self._account, take)


def key_replaced(connection: Connection) -> None:
    """Forget the failures of the old key: ChartMogul has just accepted the new one."""

    def forgive(state: LimiterState) -> None:
        state.accept(connection.fingerprint)
        state.failures, state.circuit_open_until, state.probe = 0, 0.0, ""

    change(connection.budget_key, forgive)
    connection.limiter_state = None


def account_changed(connection: Connection) -> None:
    """Start over: the calls until now went to another account. Those under way find their slots gone."""
    change(connection.budget_key, lambda state: vars(state).update(vars(LimiterState())))
    connection.limiter_state = None


def forget_unused(account: str) -> None:
    """Delete the state of this budget_key, unless a connection still uses it."""
    if all(connection.budget_key != account for connection in Connection.objects.all()):
        forget(account)
