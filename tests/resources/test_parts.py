"""The parts of a record: sections that are loaded after the page, and separate pages."""

import re
from typing import Any

import pytest
from django.test import Client

from resources.registry import BY_KEY, RESOURCES
from tests.pages import Browser, Element, parse
from tests.servers import RecordingServer, reply

GROUP = "plg_2b0acfd9-ef53-45a9-8dab-49b5d713e6e5"
PAGE = f"/c/main/plan-groups/{GROUP}/"
PART = f"{PAGE}plans/"
RECORD = {"uuid": GROUP, "name": "Metals", "plans_count": 45}
DECLARED = [(resource, part) for resource in RESOURCES for part in resource.parts]
every_part = pytest.mark.parametrize(("resource", "part"), DECLARED, ids=[f"{r.key}.{p.key}" for r, p in DECLARED])


def some_plans(first: int, count: int, cursor: str | None = None) -> Any:
    rows = [
        {"uuid": f"pl_{number}", "name": f"Plan {number}", "data_source_uuid": "ds_1"}
        for number in range(first, first + count)
    ]
    return reply(200, {"plans": rows, "cursor": cursor, "has_more": cursor is not None})


@pytest.fixture
def group(main, recorder: RecordingServer) -> RecordingServer:
    recorder.routes = {f"/v1/plan_groups/{GROUP}": reply(200, RECORD)}
    recorder.script = [some_plans(1, 20, "two"), some_plans(21, 20, "three"), some_plans(41, 5)]
    return recorder


def section(client: Client, url: str, trigger: str = "part-plans") -> Element:
    """What htmx gets."""
    answer = client.get(url, headers={"HX-Request": "true", "HX-Trigger": trigger})
    assert answer.status_code == 200
    page = parse(answer.content.decode())
    assert not page.all("html")
    return page.one("section", id="part-plans")


def names(page: Element) -> list[str]:
    return [row.all("td")[0].text for row in page.one("tbody").all("tr")]


def test_the_page_of_a_record_waits_for_no_part(visitor: Browser, group: RecordingServer):
    page = visitor.open(PAGE)
    assert page.h1 == "Metals"
    assert group.paths == [f"/v1/plan_groups/{GROUP}"]
    part = page.page.one("section", id="part-plans")
    assert part["hx-get"] == PART
    assert part["hx-trigger"] == "load"
    assert "Loading…" in part.text
    assert part.one("h2").one("a")["href"] == PART
    # Where nothing loads it, the words for that do not stand there alone.
    assert part.one("noscript").one("a")["href"] == PART


def test_so_does_the_record_on_the_page_of_its_module(visitor: Browser, group: RecordingServer):
    page = visitor.open(f"/c/main/plan-groups/get/?uuid={GROUP}")
    assert page.page.one("section", id="part-plans")["hx-get"] == PART
    assert group.paths == [f"/v1/plan_groups/{GROUP}"]


def test_a_part_is_one_call_and_its_rows_lead_on(signed_in: Client, group: RecordingServer):
    part = section(signed_in, PART)
    assert names(part) == [f"Plan {number}" for number in range(1, 21)]
    assert [(request.path, request.query) for request in group.requests] == [
        (f"/v1/plan_groups/{GROUP}/plans", "per_page=20")
    ]
    assert "Plans 1–20, more follow" in part.one("caption").text
    assert "/c/main/plans/pl_1/" in [link["href"] for link in part.all("a")]
    assert "/c/main/data-sources/ds_1/" in [link["href"] for link in part.all("a")]
    assert "hx-trigger" not in part, "it would load itself again and again"


def test_next_and_previous_replace_the_section(signed_in: Client, group: RecordingServer):
    first = section(signed_in, PART)
    onward = first.one("a", rel="next")
    assert onward["hx-get"] == onward["href"]
    assert onward["hx-target"] == "#part-plans"
    second = section(signed_in, onward["hx-get"], trigger="")
    assert names(second)[0] == "Plan 21"
    assert group.requests[-1].query == "per_page=20&cursor=two"
    # What was pressed is gone, so the focus goes to the heading; the first load leaves it where it is.
    assert "autofocus" in second.one("h2")
    assert "autofocus" not in first.one("h2")
    last = section(signed_in, second.one("a", rel="next")["hx-get"], trigger="")
    assert len(names(last)) == 5
    assert last.all("a", rel="next") == []
    group.script = [some_plans(21, 20, "three")]
    assert names(section(signed_in, last.one("a", rel="prev")["hx-get"], trigger=""))[0] == "Plan 21"


def test_without_javascript_a_part_is_a_page(visitor: Browser, group: RecordingServer):
    page = visitor.open(PAGE).follow("Plans")
    assert page.h1 == "Plans"
    assert len(page.table("Plans 1–20")) == 20
    assert page.link("Metals")["href"] == PAGE
    page.follow("Next")
    assert len(page.table("Plans 21–40")) == 20
    assert "hx-get" not in page.link("Next")


def test_a_failing_part_leaves_the_record_alone_and_can_be_tried_again(
    visitor: Browser, signed_in: Client, group: RecordingServer
):
    group.script = [reply(500, {"message": "Boom"}), some_plans(1, 2)]
    assert visitor.open(PAGE).facts()["Name"] == "Metals"
    part = section(signed_in, PART)
    assert "Boom" in part.one(role="alert").text
    again = next(link for link in part.all("a") if link.text == "Try again")
    assert again["href"] == again["hx-get"] == PART
    assert again["hx-target"] == "#part-plans"
    assert names(section(signed_in, again["hx-get"], trigger="")) == ["Plan 1", "Plan 2"]


def test_a_slow_part_gives_up_by_itself(signed_in: Client, group: RecordingServer, quick):
    group.script = [lambda sock, stopping: bool(stopping.wait())]
    assert "Try again" in section(signed_in, PART).text


def test_a_part_of_what_is_gone(visitor: Browser, signed_in: Client, group: RecordingServer):
    group.script = [reply(404, body=b"<html>404</html>", content_type="text/html")]
    assert section(signed_in, PART).one(role="alert")
    page = visitor.open(PART)
    assert page.status == 404
    assert page.alert


def test_what_cannot_be_a_uuid_is_not_asked_for(signed_in: Client, group: RecordingServer):
    address = "/c/main/plan-groups/..%3B/plans/"
    answer = signed_in.get(address)
    assert answer.status_code == 404
    page = parse(answer.content.decode())
    assert page.one(role="alert").text == "No plan group can have this UUID."
    assert page.one("h1").text == "Plans"
    fragment = signed_in.get(address, headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.content) == (404, b"")
    assert group.requests == []


@pytest.mark.parametrize("token", ["nonsense", "WzFd:abc:def", ""])
def test_a_place_that_was_not_made_here_is_the_first_page(token: str, signed_in: Client, group: RecordingServer):
    part = section(signed_in, f"{PART}?at={token}")
    assert names(part)[0] == "Plan 1"
    assert "no longer exists" in part.one(role="note").text


def test_a_place_that_chartmogul_no_longer_knows_is_the_first_page(signed_in: Client, group: RecordingServer):
    onward = section(signed_in, PART).one("a", rel="next")["hx-get"]
    group.script = [reply(400, {"message": "Invalid cursor"}), some_plans(1, 3)]
    part = section(signed_in, onward, trigger="")
    assert names(part) == ["Plan 1", "Plan 2", "Plan 3"]
    assert "no longer exists" in part.one(role="note").text


def test_an_empty_part_says_so(signed_in: Client, group: RecordingServer):
    group.script = [some_plans(1, 0)]
    assert "There are no longer any plans in this group." in section(signed_in, PART).text


def test_foreign_rows_are_escaped(signed_in: Client, group: RecordingServer):
    row = {"uuid": "pl_1", "name": "<img src=x onerror=alert(1)>", "interval_count": {"a": "<b>"}, "other": ["x"]}
    group.script = [reply(200, {"plans": [row], "has_more": False})]
    answer = signed_in.get(PART, headers={"HX-Request": "true"}).content.decode()
    assert "<img" not in answer
    assert "&lt;img src=x onerror=alert(1)&gt;" in answer


@every_part
def test_its_declaration_holds(resource, part):
    assert resource.path, "only a record with a page has parts"
    assert part.resource in BY_KEY
    assert part.uuid_parameter or set(re.findall(r"\{(\w+)\}", part.path)) == {"uuid"}
    assert f"{resource.slug}/{part.slug}/" not in {operation.address for operation in resource.operations}


@every_part
def test_it_answers_from_the_sandbox(resource, part, visitor: Browser, box, sandbox):
    uuid = sandbox.api.store.all(resource.key)[0]["uuid"]
    page = visitor.open(f"/c/box/{resource.slug}/{uuid}/{part.slug}/")
    assert page.status == 200, page.alert
    assert page.h1 == part.title


@pytest.mark.parametrize("address", [f"/c/main/data-sources/{GROUP}/", f"/c/main/data-sources/{GROUP}/customers/"])
def test_an_address_with_the_uuid_of_another_kind_leads_to_its_record(address: str, visitor: Browser, group):
    page = visitor.open(address)
    assert page.url == PAGE
    assert page.h1 == "Metals"
    assert group.paths == [f"/v1/plan_groups/{GROUP}"]


def test_a_uuid_that_looks_like_no_kind_is_asked_for_where_it_stands(visitor: Browser, group: RecordingServer):
    """Billing systems have the same prefixes, and ChartMogul may come with new ones."""
    visitor.open("/c/main/data-sources/plg_1/")
    assert group.paths == ["/v1/data_sources/plg_1"]
