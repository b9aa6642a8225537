"""The home of a connection: what was opened and changed last, and what is known of the account."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.utils.translation import override

from activity.models import Write
from connections.models import Connection
from connections.roles import Role
from resources import charts, overview
from resources.directory import services as directory
from resources.registry import BY_KEY
from tests.pages import Browser
from tests.people import somebody
from tests.servers import RecordingServer, reply

SOURCE = {"uuid": "ds_1", "name": "Stripe EU", "system": "Import API"}


@pytest.fixture
def known(main: Connection) -> Connection:
    statuses = ["Active", "Active", "Active", "Past_Due", "Cancelled", ""]
    records = [{"uuid": f"cus_{at}", "name": f"Customer {at}", "status": status} for at, status in enumerate(statuses)]
    directory.remember(main, BY_KEY["customers"], records)
    directory.remember(main, BY_KEY["data_sources"], [SOURCE])
    return main


def section(page: Browser, title: str) -> str:
    return next(part.text for part in page.page.all("section") if part.text.startswith(title))


def test_a_new_connection_says_what_will_stand_here(visitor: Browser, main, recorder: RecordingServer):
    page = visitor.open("/c/main/")
    assert "Records that you choose in forms or change are listed here" in section(page, "Recent records")
    assert "Every create, update and delete will be listed here" in section(page, "Recent changes")
    page.open("/c/main/figures/")
    assert "The account has not been read yet" in page.text
    assert page.page.all("svg", class_="days") == []
    assert recorder.requests == []


def test_an_empty_account_is_filled_in_an_order(visitor: Browser, main):
    steps = visitor.open("/c/main/").page.one("ol", class_="order").all("a")
    titles = ["Create a Data Source", "Create a Plan", "Create a Customer", "Import an Invoice"]
    assert [step.text for step in steps] == titles
    assert visitor.open(steps[0].attributes["href"]).page.one("h1").text == titles[0]
    directory.remember(main, BY_KEY["data_sources"], [SOURCE])
    assert visitor.open("/c/main/").page.all("ol", class_="order") == []


def test_nobody_is_sent_where_they_may_do_nothing(main):
    assert somebody(Role.VIEWER, main).open("/c/main/").page.all("ol", class_="order") == []


def test_what_was_sent_last_and_chosen_last_is_a_click_away(visitor: Browser, known, recorder: RecordingServer):
    recorder.routes = {"POST /v1/data_sources": reply(201, SOURCE), "POST /v1/plans": reply(201, {"uuid": "pl_1"})}
    visitor.open("/c/main/data-sources/create/").fill("Name", "Stripe EU").press("Review").press("Send")
    # What one made is what one goes on with.
    assert "Stripe EU" in section(visitor.open("/c/main/"), "Recent records")
    form = visitor.open("/c/main/plans/create/").fill("Data Source UUID", "ds_1").fill("Plan Name", "Gold")
    form.fill("Interval Count", "1").fill("Interval Unit", "month").press("Review")
    page = visitor.open("/c/main/")
    assert "Create a Data Source: Stripe EU Accepted" in section(page, "Recent changes")
    # What was only prepared changed nothing.
    assert "Create a Plan" not in section(page, "Recent changes")
    assert "Stripe EU" in section(page, "Recent records")


def test_the_figures_count_what_is_known_and_cost_no_call(visitor: Browser, known, recorder: RecordingServer):
    page = visitor.open("/c/main/figures/")
    assert [tile.text for tile in page.page.one("ul", class_="tiles").all("li")] == ["6 Customers", "1 Data Sources"]
    chart = page.page.one("table", class_="chart")
    assert [row.text for row in chart.all("tr")] == ["Active 3", "Canceled 1", "Past Due 1"]
    assert [bar["width"] for bar in chart.all("rect")] == ["100.0", "33.33", "33.33"]
    assert recorder.requests == []


def test_what_is_only_seen_by_the_way_is_no_total(visitor: Browser, known):
    """A reading of the account finds no subscriptions: those known are those that somebody looked at."""
    directory.remember(known, BY_KEY["subscriptions"], [{"uuid": "sub_1", "external_id": "s-1"}])
    tiles = visitor.open("/c/main/figures/").page.one("ul", class_="tiles").all("li")
    assert tiles[-1].text == "1 Subscriptions seen so far"
    assert "not accepted" not in visitor.text


def test_a_status_is_told_in_the_language_of_the_page(visitor: Browser, known, settings):
    settings.LANGUAGE_CODE = "de"
    chart = visitor.open("/c/main/figures/").page.one("table", class_="chart")
    assert [row.text for row in chart.all("tr")] == ["Aktiv 3", "Gekündigt 1", "Überfällig 1"]
    assert [bar["data-status"] for bar in chart.all("rect")] == ["active", "cancelled", "past-due"]
    assert "Gekündigt" in visitor.open("/c/main/search/?q=Customer+4").text


def test_a_status_is_one_however_its_capitals_are_written(visitor: Browser, known):
    further = [
        {"uuid": f"cus_x{at}", "status": status} for at, status in enumerate(["Past due", "Past Due", "Odd one"])
    ]
    directory.remember(known, BY_KEY["customers"], further)
    chart = visitor.open("/c/main/figures/").page.one("table", class_="chart")
    assert [row.text for row in chart.all("tr")] == ["Active 3", "Past Due 3", "Canceled 1", "Odd one 1"]
    assert "Past Due" in visitor.open("/c/main/search/?q=cus_x0").text


def test_the_home_has_them_load_by_themselves(visitor: Browser, known):
    part = visitor.open("/c/main/").page.one("section", id="part-figures")
    fragment = visitor.client.get(part["hx-get"], headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'id="part-figures"' in fragment


def test_writes_are_counted_by_the_days_of_the_account(visitor: Browser, ada, main, recorder: RecordingServer):
    """Half past eleven at night in UTC is the next day in Berlin."""
    recorder.routes = {"POST /v1/data_sources": reply(201, SOURCE)}
    with time_machine.travel(datetime(2026, 3, 3, 23, 30, tzinfo=UTC), tick=True):
        visitor.client.force_login(ada)
        visitor.open("/c/main/data-sources/create/").fill("Name", "One").press("Review").press("Send")
        recorder.routes = {"POST /v1/data_sources": reply(422, {"error": "No"})}
        visitor.open("/c/main/data-sources/create/").fill("Name", "Two").press("Review").press("Send")
        # What is just being sent is neither.
        Write.objects.create(
            connection=main, outcome="sending", sent_at=datetime.now(UTC), method="POST", path="/v1/plans"
        )
        days = overview.writes_a_day(main)
        with override("de"):
            assert overview.writes_a_day(main)[-1][0] == "04.03.2026"
        shown = visitor.open("/c/main/figures/").page.one("svg", class_="days")
        # What the colour says stands there in words.
        assert "Not accepted: 1" in visitor.text
    assert len(days) == overview.DAYS
    assert days[-1] == ("2026-03-04", 3, 1)
    assert {count for _, count, _ in days[:-1]} == {0}
    assert shown["aria-label"] == "Writes per day: 2026-03-04 3 (1 not accepted), 3 in total"


def test_a_viewer_is_offered_what_viewers_may_do(main: Connection, recorder: RecordingServer):
    page = somebody(Role.VIEWER, main).open("/c/main/")
    assert [link.text for link in page.page.one("section", aria_labelledby="card-plans").all("a")] == [
        "List Plans",
        "Get a Plan",
    ]
    assert not page.page.all("section", aria_labelledby="card-transactions")


def test_charts_of_nothing_and_of_one_value():
    assert charts.rows([]) == charts.columns([]) == []
    assert [bar.width for bar in charts.rows([("a", 0, ""), ("b", 0, "")])] == [0, 0]
    assert charts.columns([("a", 400, 1)])[0].part_height == charts.LEAST
    low, high = charts.columns([("a", 0, 0), ("b", 8, 2)])
    assert (low.height, high.height) == (1, charts.HEIGHT)
    assert (low.part_height, high.part_height) == (0, charts.HEIGHT / 4)
    assert high.part_y + high.part_height == charts.HEIGHT
    assert low.y + low.height == high.y + high.height == charts.HEIGHT
