"""The turns of all processes: each account has one State (traffic.py), which a call changes twice.

Nothing is locked while a call waits or is under way. A process that is killed leaves its slot behind: who comes next on
the same machine takes it back, and for the others it ends by itself.
"""

import logging
import random
import time
from collections.abc import Callable

from django.db import Error as DatabaseFailure

from connections import holders
from connections.budget import BACKGROUND, Budget, Met, Refusal, State, Turn
from connections.models import Connection
from connections.traffic import change, forget, state_of

logger = logging.getLogger(__name__)


class Turns:
    """The turns of one connection, of those of its account: for the person who asks, who gets a share of them, or for
    background work, which comes after people."""

    def __init__(self, connection: Connection, budget: Budget, *, background: bool = False) -> None:
        self.budget = budget
        self._connection = connection
        self._account = connection.budget_key
        self._key = connection.fingerprint
        self._who = BACKGROUND if background else connection.asked_by

    @property
    def patience(self) -> float:
        return self.budget.background_longest_wait if self._who == BACKGROUND else self.budget.longest_wait

    def enter(
        self,
        *,
        lasts: float,
        patience: float,
        insists: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> Turn | Refusal:
        """Wait for a turn, at most about `patience` seconds, for a call that ends within `lasts`. One that `insists`
        waits too where the person has as many calls under way as one may. Raises nothing: a write for which there is no
        turn was certainly not sent."""
        try:
            return self._wait_for(lasts=lasts, patience=patience, insists=insists, sleep=sleep, clock=clock)
        except (DatabaseFailure, OSError):
            logger.exception("No turn could be taken")
            return Refusal("database", None)

    def _wait_for(
        self,
        *,
        lasts: float,
        patience: float,
        insists: bool,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> Turn | Refusal:
        end = clock() + patience
        slot = holders.new_name()
        # A call that was refused once looks without changing anything, until a turn is likely.
        looking = False
        while True:
            now = clock()
            given = self._take(now, slot, lasts, max(0.0, end - now), looking)
            if isinstance(given, Turn):
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
                # What an earlier call left is not why this one was refused.
                self._connection.traffic_left = None
                return given
            else:
                looking = True
                # Spread a little, so that those who wait for the same do not look at the same moment.
                sleep(given.wait + random.uniform(0, self.budget.look / 3))  # noqa: S311

    def give_back(self, turn: Turn) -> None:
        """Free the slot of a call that did not leave."""
        change(self._account, lambda state: state.give_back(turn.slot))

    def leave(self, turn: Turn, met: Met, now: float) -> None:
        """Note what the call met and free its slot. Raises nothing: what ChartMogul did matters more."""

        def noted(state: State) -> State:
            state.note(self.budget, now, met, slot=turn.slot, key=self._key)
            return state

        try:
            self._connection.traffic_left = change(self._account, noted)
        except (DatabaseFailure, OSError):
            logger.exception("What a call met was not noted")

    def _take(self, now: float, slot: str, lasts: float, patience: float, looking: bool) -> Turn | Refusal:
        hold = lasts + self.budget.grace

        def take(state: State) -> Turn | Refusal:
            for name in holders.dead(state.slots):
                state.give_back(name)
            return state.take(
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
    """Forget what was held against the old key: ChartMogul has just accepted the new one."""

    def forgive(state: State) -> None:
        state.refused_key, state.failures, state.open_until, state.probe = "", 0, 0.0, ""

    change(connection.budget_key, forgive)
    connection.traffic_left = None


def account_changed(connection: Connection) -> None:
    """Forget all: the calls until now were another account's. Those that are under way find their slots gone."""
    change(connection.budget_key, lambda state: vars(state).update(vars(State())))
    connection.traffic_left = None


def forget_unused(account: str) -> None:
    """Forget the calls of this budget_key, unless a connection still has it."""
    if all(connection.budget_key != account for connection in Connection.objects.all()):
        forget(account)
