"""The rules of the budget, on a clock that only the test moves."""

import random

import pytest

from connections.budget import BACKGROUND, Budget, Met, Refusal, State, Turn

START = 1_800_000_000.0
BUDGET = Budget()
FINE = Met(status=200, seconds=0.1, failed=False)
REFUSED = Met(status=401, seconds=0.1, failed=False, refuses_key=True)
BROKEN = Met(status=None, seconds=0.1, failed=True)


class CellContext:
    """One connection's state, asked at `now`."""

    def __init__(self) -> None:
        self.state = State()
        self.now = START
        self.asked = 0

    def ask(self, *, background: bool = False, who: str = "", patience: float = 5.0, key: str = "k1") -> Turn | Refusal:
        self.asked += 1
        return self.state.take(
            BUDGET,
            self.now,
            slot=f"slot {self.asked}",
            hold=70,
            patience=patience,
            who=BACKGROUND if background else who,
            key=key,
        )

    def note(self, met: Met, turn: Turn | Refusal | None = None, *, key: str = "k1") -> None:
        self.state.note(BUDGET, self.now, met, slot=turn.slot if isinstance(turn, Turn) else "", key=key)


@pytest.fixture
def cell_context() -> CellContext:
    return CellContext()


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if 0 <= other - time <= 1) for time in times)


@pytest.mark.parametrize("lasts", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_no_second_holds_more_than_40_calls_nor_25_of_background_work(cell_context, seed, lasts):
    """Whoever asks, however the calls of people and of background work follow on each other, and although each call
    reaches ChartMogul up to 30 ms after it left."""
    choose = random.Random(seed)
    came: dict[bool, list[float]] = {True: [], False: []}
    under_way: list[tuple[float, Turn]] = []
    while cell_context.now < START + 30:
        # Crowds of people, workers that ask again and again, and pauses.
        background = choose.random() < 0.7
        for _ in range(choose.choice((1, 5, 60))):
            for ended, turn in [call for call in under_way if call[0] <= cell_context.now]:
                cell_context.note(FINE, turn)
                under_way.remove((ended, turn))
            turn = cell_context.ask(background=background)
            if isinstance(turn, Turn):
                under_way.append((turn.at + lasts, turn))
                came[background].append(turn.at + choose.uniform(0, 0.03))
            cell_context.now += choose.choice((0, 0.005, 0.03))
        cell_context.now += choose.choice((0, 0, 0.3))
    assert 35 < most_in_a_second([*came[True], *came[False]]) <= 40
    assert 10 < most_in_a_second(came[True]) <= 25


def test_the_shipped_figures():
    assert (BUDGET.most, BUDGET.parallel) == (40, 20)
    assert BUDGET.second > 1
    assert (BUDGET.background_most, BUDGET.background_parallel) == (25, 4)
    assert (BUDGET.person_most, BUDGET.person_parallel) == (BUDGET.most // 4, 12)


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.3])
def test_background_work_makes_up_for_what_it_was_late_and_no_second_holds_more_than_25(cell_context, pause):
    times: list[float] = []
    while cell_context.now < START + 20:
        turn = cell_context.ask(background=True, patience=30)
        if isinstance(turn, Turn):
            times.append(cell_context.now)
            cell_context.note(FINE, turn)
            # After each five it is busy with something else.
            cell_context.now += pause if len(times) % 5 == 0 else 0.002
        else:
            cell_context.now += turn.wait
    assert most_in_a_second(times) <= 25
    if pause < 0.2:
        assert len(times) >= 20 * 24


def test_as_many_as_may_leave_in_a_second_leave_at_once_and_the_others_in_the_next_one(cell_context):
    for moment in (START, START + BUDGET.second):
        for _ in range(40):
            turn = cell_context.ask()
            assert turn.at == pytest.approx(moment, abs=0.001)
            cell_context.note(FINE, turn)


def test_who_would_wait_too_long_is_told_how_long(cell_context):
    for _ in range(40):
        cell_context.note(FINE, cell_context.ask())
    cell_context.now += 0.4
    assert cell_context.ask(patience=0.1) == Refusal("busy", pytest.approx(BUDGET.second - 0.4, abs=0.001))
    assert cell_context.ask(patience=0.7).at == pytest.approx(START + BUDGET.second, abs=0.001)


def test_twenty_at_a_time(cell_context):
    turns = [cell_context.ask() for _ in range(20)]
    cell_context.now += 2
    assert cell_context.ask() == Refusal("busy", BUDGET.look)
    cell_context.note(FINE, turns[7])
    assert isinstance(cell_context.ask(), Turn)


def test_four_at_a_time_for_background_work_and_never_the_last_ones(cell_context):
    for _ in range(4):
        assert isinstance(cell_context.ask(background=True), Turn)
        cell_context.now += 0.1
    assert cell_context.ask(background=True) == Refusal("busy", BUDGET.look)
    crowd = CellContext()
    for _ in range(16):
        crowd.ask()
    crowd.now += 2
    assert crowd.ask(background=True) == Refusal("busy", BUDGET.look)
    assert isinstance(crowd.ask(), Turn)


@pytest.mark.parametrize("lasts", [0.02, 0.3, 2.0])
def test_one_person_gets_a_quarter_and_nobody_else_waits_for_it(cell_context, lasts):
    """Ada asks fifty times a second and more, Bob once, and an account is being read."""
    came: dict[str, list[float]] = {"ada": [], "bob": [], BACKGROUND: []}
    refused, under_way, waited = [], [], []
    while cell_context.now < START + 15:
        for ended, turn in [call for call in under_way if call[0] <= cell_context.now]:
            cell_context.note(FINE, turn)
            under_way.remove((ended, turn))
        for who in ("ada", "ada", *(["bob"] if round(cell_context.now * 100) % 100 == 0 else []), BACKGROUND):
            turn = cell_context.ask(who=who, background=who == BACKGROUND)
            if isinstance(turn, Turn):
                came[who].append(turn.at)
                under_way.append((turn.at + lasts, turn))
                waited += [turn.at - cell_context.now] if who == "bob" else []
            elif who != BACKGROUND:
                refused.append((who, turn))
        cell_context.now += 0.02
    assert most_in_a_second(came["ada"]) == 10
    assert {(who, turn.why) for who, turn in refused} == {("ada", "person")}
    assert all(1 <= turn.wait < BUDGET.longest_wait for _, turn in refused)
    # As much as twelve at a time come to, where they last long.
    assert len(came["ada"]) >= 15 * min(9, 0.8 * 12 / (lasts + 0.02))
    assert len(came["bob"]) >= 15
    assert max(waited) < 0.1
    # Of calls that last, half of its four at a time are left over.
    assert len(came[BACKGROUND]) >= 15 * min(15, 0.8 * 2 / (lasts + 0.02))


def test_a_person_who_waits_for_their_share_goes_on_in_the_next_second(cell_context):
    for _ in range(10):
        cell_context.note(FINE, cell_context.ask(who="ada"))
    assert cell_context.ask(who="ada", patience=0.5) == Refusal("person", BUDGET.second)
    assert cell_context.ask(who="ada").at == pytest.approx(START + BUDGET.second, abs=0.001)
    assert cell_context.ask(who="bob").at == START
    assert cell_context.ask().at == START


def test_background_work_takes_what_people_leave_over_and_reserves_nothing(cell_context):
    for _ in range(6):
        cell_context.ask()
    refusal = cell_context.ask(background=True, patience=30)
    assert refusal == Refusal("busy", pytest.approx(6 / 36, abs=0.001))
    assert cell_context.ask().at == START


def test_background_work_goes_on_soon_after_people_took_all_there_was_for_long(cell_context):
    while cell_context.now < START + 60:
        turn = cell_context.ask()
        cell_context.now = turn.at
        cell_context.note(FINE, turn)
    refusal = cell_context.ask(background=True, patience=30)
    assert isinstance(refusal, Refusal)
    assert refusal.wait <= 1.1


def test_a_slot_that_nobody_gives_back_ends(cell_context):
    for _ in range(20):
        cell_context.ask()
    cell_context.now += 69
    assert cell_context.ask() == Refusal("busy", BUDGET.look)
    cell_context.now += 2
    assert isinstance(cell_context.ask(), Turn)


def test_a_clock_that_is_set_back_stops_nothing(cell_context):
    for _ in range(20):
        cell_context.ask()
    cell_context.note(Met(status=429, seconds=0.1, failed=False, retry_after=2))
    cell_context.now -= 24 * 60 * 60
    turn = cell_context.ask()
    assert isinstance(turn, Turn)
    assert turn.at == cell_context.now


def test_E5_a_wait_that_chartmogul_asks_for_is_everybodys(cell_context):
    cell_context.note(Met(status=429, seconds=0.1, failed=False, retry_after=3))
    assert cell_context.ask().at == START + 3
    assert cell_context.ask(patience=2) == Refusal("limiting", pytest.approx(3, abs=0.1))
    assert cell_context.ask(background=True) == Refusal("limiting", pytest.approx(3, abs=0.1))
    cell_context.note(Met(status=429, seconds=0.1, failed=False, retry_after=86_400))
    assert cell_context.ask() == Refusal("limiting", BUDGET.longest_backoff)


def test_E5_calls_that_waited_go_on_one_after_the_other(cell_context):
    cell_context.note(Met(status=429, seconds=0.1, failed=False, retry_after=3))
    times = [cell_context.ask().at for _ in range(15)]
    assert times[0] == START + 3
    assert times[-1] > START + 3 + 10 / 36


@pytest.mark.parametrize("status", [429, 503])
def test_E7_without_a_figure_the_back_off_grows_and_is_bounded(cell_context, status):
    longest = []
    for _ in range(8):
        pauses = []
        for _ in range(30):
            again = State.of(cell_context.state.as_stored())
            again.note(BUDGET, cell_context.now, Met(status=status, seconds=0.1, failed=False), slot="", key="k1")
            pauses.append(again.wait_until - cell_context.now)
        longest.append(max(pauses))
        cell_context.state = again
        cell_context.now = max(cell_context.now, again.wait_until) + 0.1
    assert longest[0] <= 1
    assert 1 < longest[1] <= 2
    assert 4 < longest[-1] <= 8


def test_calls_that_are_refused_together_are_one_back_off(cell_context):
    for _ in range(4):
        cell_context.note(Met(status=429, seconds=0.1, failed=False, backoff_first=1.0))
    assert cell_context.state.wait_until - START <= 8
    assert cell_context.state.backoffs >= 1
    cell_context.note(FINE)
    assert cell_context.state.backoffs == 0


def test_E12_ten_failures_in_a_row_open_the_circuit_and_one_call_probes(cell_context):
    for _ in range(9):
        cell_context.note(BROKEN)
    assert isinstance(cell_context.ask(), Turn)
    cell_context.note(BROKEN)
    assert cell_context.ask() == Refusal("down", 30)
    cell_context.now += 31
    probe = cell_context.ask()
    assert isinstance(probe, Turn)
    assert cell_context.ask() == Refusal("down", BUDGET.longest_wait)
    cell_context.note(BROKEN, probe)
    assert cell_context.ask() == Refusal("down", 30)
    cell_context.now += 31
    probe = cell_context.ask()
    cell_context.note(FINE, probe)
    assert [isinstance(cell_context.ask(), Turn) for _ in range(3)] == [True, True, True]


def test_E12_a_probe_that_is_killed_is_followed_by_another(cell_context):
    for _ in range(10):
        cell_context.note(BROKEN)
    cell_context.now += 31
    assert isinstance(cell_context.ask(), Turn)
    cell_context.now += 71
    assert isinstance(cell_context.ask(), Turn)


def test_E12_a_success_between_failures_starts_the_count_anew(cell_context):
    for met in [BROKEN] * 9 + [FINE] + [BROKEN] * 9:
        cell_context.note(met)
    assert isinstance(cell_context.ask(), Turn)


def test_E13_background_work_stops_while_the_key_is_refused_and_people_may_try(cell_context):
    cell_context.note(REFUSED)
    assert cell_context.ask(background=True) == Refusal("key", None)
    turn = cell_context.ask()
    assert isinstance(turn, Turn)
    cell_context.now += 1
    assert isinstance(cell_context.ask(background=True, key="k2"), Turn)
    cell_context.now += 1
    cell_context.note(FINE, turn)
    assert isinstance(cell_context.ask(background=True), Turn)


def test_E13_the_old_key_says_nothing_of_the_new_one(cell_context):
    cell_context.note(REFUSED, key="old")
    cell_context.note(FINE, key="new")
    assert cell_context.state.refused_key == "old"
    assert isinstance(cell_context.ask(background=True, key="new"), Turn)


def test_what_is_stored_comes_back_and_foreign_names_are_left_out(cell_context):
    cell_context.ask()
    cell_context.note(BROKEN)
    assert State.of(cell_context.state.as_stored() | {"of_another_version": 1}) == cell_context.state
