"""The rules of the budget, with a clock that only the test advances."""

import random

import pytest

from connections.budget import BACKGROUND, Budget, CallResult, LimiterState, Permit, Refusal

START = 1_800_000_000.0
BUDGET = Budget()
FINE = CallResult(status=200, seconds=0.1, failed=False)
REFUSED = CallResult(status=401, seconds=0.1, failed=False, refuses_key=True)
BROKEN = CallResult(status=None, seconds=0.1, failed=True)


class Desk:
    """One connection's state, asked at `now`."""

    def __init__(self) -> None:
        self.state = LimiterState()
        self.now = START
        self.asked = 0

    def ask(
        self, *, background: bool = False, who: str = "", patience: float = 5.0, key: str = "k1"
    ) -> Permit | Refusal:
        self.asked += 1
        return self.state.grant(
            BUDGET,
            self.now,
            slot=f"slot {self.asked}",
            hold=70,
            patience=patience,
            who=BACKGROUND if background else who,
            key=key,
        )

    def note(self, met: CallResult, turn: Permit | Refusal | None = None, *, key: str = "k1") -> None:
        self.state.record(BUDGET, self.now, met, slot=turn.slot if isinstance(turn, Permit) else "", key=key)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if 0 <= other - time <= 1) for time in times)


@pytest.mark.parametrize("lasts", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_no_second_holds_more_than_40_calls_nor_25_of_background_work(desk, seed, lasts):
    """Whoever asks, however the calls of people and of background work follow on each other, and although each call
    reaches ChartMogul up to 30 ms after it left."""
    choose = random.Random(seed)
    came: dict[bool, list[float]] = {True: [], False: []}
    under_way: list[tuple[float, Permit]] = []
    while desk.now < START + 30:
        # Crowds of people, workers that ask again and again, and pauses.
        background = choose.random() < 0.7
        for _ in range(choose.choice((1, 5, 60))):
            for ended, turn in [call for call in under_way if call[0] <= desk.now]:
                desk.note(FINE, turn)
                under_way.remove((ended, turn))
            turn = desk.ask(background=background)
            if isinstance(turn, Permit):
                under_way.append((turn.at + lasts, turn))
                came[background].append(turn.at + choose.uniform(0, 0.03))
            desk.now += choose.choice((0, 0.005, 0.03))
        desk.now += choose.choice((0, 0, 0.3))
    assert 35 < most_in_a_second([*came[True], *came[False]]) <= 40
    assert 10 < most_in_a_second(came[True]) <= 25


def test_the_shipped_figures():
    assert (BUDGET.most, BUDGET.parallel) == (40, 20)
    assert BUDGET.second > 1
    assert (BUDGET.background_most, BUDGET.background_parallel) == (25, 4)
    assert (BUDGET.person_most, BUDGET.person_parallel) == (BUDGET.most // 4, 12)


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.3])
def test_background_work_makes_up_for_what_it_was_late_and_no_second_holds_more_than_25(desk, pause):
    times: list[float] = []
    while desk.now < START + 20:
        turn = desk.ask(background=True, patience=30)
        if isinstance(turn, Permit):
            times.append(desk.now)
            desk.note(FINE, turn)
            # After each five it is busy with something else.
            desk.now += pause if len(times) % 5 == 0 else 0.002
        else:
            desk.now += turn.wait
    assert most_in_a_second(times) <= 25
    if pause < 0.2:
        assert len(times) >= 20 * 24


def test_as_many_as_may_leave_in_a_second_leave_at_once_and_the_others_in_the_next_one(desk):
    for moment in (START, START + BUDGET.second):
        for _ in range(40):
            turn = desk.ask()
            assert turn.at == pytest.approx(moment, abs=0.001)
            desk.note(FINE, turn)


def test_who_would_wait_too_long_is_told_how_long(desk):
    for _ in range(40):
        desk.note(FINE, desk.ask())
    desk.now += 0.4
    assert desk.ask(patience=0.1) == Refusal("busy", pytest.approx(BUDGET.second - 0.4, abs=0.001))
    assert desk.ask(patience=0.7).at == pytest.approx(START + BUDGET.second, abs=0.001)


def test_twenty_at_a_time(desk):
    turns = [desk.ask() for _ in range(20)]
    desk.now += 2
    assert desk.ask() == Refusal("busy", BUDGET.look)
    desk.note(FINE, turns[7])
    assert isinstance(desk.ask(), Permit)


def test_four_at_a_time_for_background_work_and_never_the_last_ones(desk):
    for _ in range(4):
        assert isinstance(desk.ask(background=True), Permit)
        desk.now += 0.1
    assert desk.ask(background=True) == Refusal("busy", BUDGET.look)
    crowd = Desk()
    for _ in range(16):
        crowd.ask()
    crowd.now += 2
    assert crowd.ask(background=True) == Refusal("busy", BUDGET.look)
    assert isinstance(crowd.ask(), Permit)


@pytest.mark.parametrize("lasts", [0.02, 0.3, 2.0])
def test_one_person_gets_a_quarter_and_nobody_else_waits_for_it(desk, lasts):
    """Ada asks fifty times a second and more, Bob once, and an account is being read."""
    came: dict[str, list[float]] = {"ada": [], "bob": [], BACKGROUND: []}
    refused, under_way, waited = [], [], []
    while desk.now < START + 15:
        for ended, turn in [call for call in under_way if call[0] <= desk.now]:
            desk.note(FINE, turn)
            under_way.remove((ended, turn))
        for who in ("ada", "ada", *(["bob"] if round(desk.now * 100) % 100 == 0 else []), BACKGROUND):
            turn = desk.ask(who=who, background=who == BACKGROUND)
            if isinstance(turn, Permit):
                came[who].append(turn.at)
                under_way.append((turn.at + lasts, turn))
                waited += [turn.at - desk.now] if who == "bob" else []
            elif who != BACKGROUND:
                refused.append((who, turn))
        desk.now += 0.02
    assert most_in_a_second(came["ada"]) == 10
    assert {(who, turn.why) for who, turn in refused} == {("ada", "person")}
    assert all(1 <= turn.wait < BUDGET.longest_wait for _, turn in refused)
    # As much as twelve at a time come to, where they last long.
    assert len(came["ada"]) >= 15 * min(9, 0.8 * 12 / (lasts + 0.02))
    assert len(came["bob"]) >= 15
    assert max(waited) < 0.1
    # Of calls that last, half of its four at a time are left over.
    assert len(came[BACKGROUND]) >= 15 * min(15, 0.8 * 2 / (lasts + 0.02))


def test_a_person_who_waits_for_their_share_goes_on_in_the_next_second(desk):
    for _ in range(10):
        desk.note(FINE, desk.ask(who="ada"))
    assert desk.ask(who="ada", patience=0.5) == Refusal("person", BUDGET.second)
    assert desk.ask(who="ada").at == pytest.approx(START + BUDGET.second, abs=0.001)
    assert desk.ask(who="bob").at == START
    assert desk.ask().at == START


def test_background_work_takes_what_people_leave_over_and_reserves_nothing(desk):
    for _ in range(6):
        desk.ask()
    refusal = desk.ask(background=True, patience=30)
    assert refusal == Refusal("busy", pytest.approx(6 / 36, abs=0.001))
    assert desk.ask().at == START


def test_background_work_goes_on_soon_after_people_took_all_there_was_for_long(desk):
    while desk.now < START + 60:
        turn = desk.ask()
        desk.now = turn.at
        desk.note(FINE, turn)
    refusal = desk.ask(background=True, patience=30)
    assert isinstance(refusal, Refusal)
    assert refusal.wait <= 1.1


def test_a_slot_that_nobody_gives_back_ends(desk):
    for _ in range(20):
        desk.ask()
    desk.now += 69
    assert desk.ask() == Refusal("busy", BUDGET.look)
    desk.now += 2
    assert isinstance(desk.ask(), Permit)


def test_a_clock_that_is_set_back_stops_nothing(desk):
    for _ in range(20):
        desk.ask()
    desk.note(CallResult(status=429, seconds=0.1, failed=False, retry_after=2))
    desk.now -= 24 * 60 * 60
    turn = desk.ask()
    assert isinstance(turn, Permit)
    assert turn.at == desk.now


def test_E5_a_wait_that_chartmogul_asks_for_is_everybodys(desk):
    desk.note(CallResult(status=429, seconds=0.1, failed=False, retry_after=3))
    assert desk.ask().at == START + 3
    assert desk.ask(patience=2) == Refusal("limiting", pytest.approx(3, abs=0.1))
    assert desk.ask(background=True) == Refusal("limiting", pytest.approx(3, abs=0.1))
    desk.note(CallResult(status=429, seconds=0.1, failed=False, retry_after=86_400))
    assert desk.ask() == Refusal("limiting", BUDGET.longest_backoff)


def test_E5_calls_that_waited_go_on_one_after_the_other(desk):
    desk.note(CallResult(status=429, seconds=0.1, failed=False, retry_after=3))
    times = [desk.ask().at for _ in range(15)]
    assert times[0] == START + 3
    assert times[-1] > START + 3 + 10 / 36


@pytest.mark.parametrize("status", [429, 503])
def test_E7_without_a_figure_the_back_off_grows_and_is_bounded(desk, status):
    longest = []
    for _ in range(8):
        pauses = []
        for _ in range(30):
            again = LimiterState.of(desk.state.as_stored())
            again.record(BUDGET, desk.now, CallResult(status=status, seconds=0.1, failed=False), slot="", key="k1")
            pauses.append(again.wait_until - desk.now)
        longest.append(max(pauses))
        desk.state = again
        desk.now = max(desk.now, again.wait_until) + 0.1
    assert longest[0] <= 1
    assert 1 < longest[1] <= 2
    assert 4 < longest[-1] <= 8


def test_calls_that_are_refused_together_are_one_back_off(desk):
    for _ in range(4):
        desk.note(CallResult(status=429, seconds=0.1, failed=False, backoff_first=1.0))
    assert desk.state.wait_until - START <= 8
    assert desk.state.backoffs >= 1
    desk.note(FINE)
    assert desk.state.backoffs == 0


def test_E12_ten_failures_in_a_row_open_the_circuit_and_one_call_probes(desk):
    for _ in range(9):
        desk.note(BROKEN)
    assert isinstance(desk.ask(), Permit)
    desk.note(BROKEN)
    assert desk.ask() == Refusal("down", 30)
    desk.now += 31
    probe = desk.ask()
    assert isinstance(probe, Permit)
    assert desk.ask() == Refusal("down", BUDGET.longest_wait)
    desk.note(BROKEN, probe)
    assert desk.ask() == Refusal("down", 30)
    desk.now += 31
    probe = desk.ask()
    desk.note(FINE, probe)
    assert [isinstance(desk.ask(), Permit) for _ in range(3)] == [True, True, True]


def test_E12_a_probe_that_is_killed_is_followed_by_another(desk):
    for _ in range(10):
        desk.note(BROKEN)
    desk.now += 31
    assert isinstance(desk.ask(), Permit)
    desk.now += 71
    assert isinstance(desk.ask(), Permit)


def test_E12_a_success_between_failures_starts_the_count_anew(desk):
    for met in [BROKEN] * 9 + [FINE] + [BROKEN] * 9:
        desk.note(met)
    assert isinstance(desk.ask(), Permit)


def test_E13_background_work_stops_while_the_key_is_refused_and_people_may_try(desk):
    desk.note(REFUSED)
    assert desk.ask(background=True) == Refusal("key", None)
    turn = desk.ask()
    assert isinstance(turn, Permit)
    desk.now += 1
    assert isinstance(desk.ask(background=True, key="k2"), Permit)
    desk.now += 1
    desk.note(FINE, turn)
    assert isinstance(desk.ask(background=True), Permit)


def test_E13_the_old_key_says_nothing_of_the_new_one(desk):
    desk.note(REFUSED, key="old")
    desk.note(FINE, key="new")
    assert list(desk.state.refused_keys) == ["old"]
    assert isinstance(desk.ask(background=True, key="new"), Permit)


def test_what_is_stored_comes_back_and_foreign_names_are_left_out(desk):
    desk.ask()
    desk.note(BROKEN)
    assert LimiterState.of(desk.state.as_stored() | {"of_another_version": 1}) == desk.state
