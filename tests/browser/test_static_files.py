"""The files that a first visit loads, and that no browser can mix scripts of two versions."""

import re

import pytest

pytestmark = pytest.mark.xdist_group("browser, other half")
HASHED = re.compile(r"/static/.+\.[0-9a-f]{12}\.\w+")
MOST_BYTES = 60_000


def test_the_first_load_is_small_and_every_file_carries_the_hash_of_its_content(open_browser, site):
    page = open_browser(new=True)
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/c/main/customers/create/", wait_until="networkidle")
    static = [answer for answer in answers if "/static/" in answer.url]
    assert {"css", "js"} <= {answer.url.rpartition(".")[2] for answer in static}
    for answer in static:
        assert answer.status == 200
        assert HASHED.fullmatch(answer.url.removeprefix(site)), answer.url
        assert "immutable" in answer.headers["cache-control"]
    # What this page holds, and nothing of what it does not.
    loaded = {answer.url.rpartition("/")[2].partition(".")[0] for answer in static}
    assert {"row-group", "remote-picker", "site-search"} <= loaded
    assert loaded.isdisjoint({"sorted-table", "load-all", "column-choice", "multi-picker", "money-lines"})
    # The style sheet is one file, whatever it is written in.
    assert sum(answer.url.endswith(".css") for answer in static) == 1
    sizes = {answer.url.rpartition("/")[2]: answer.request.sizes() for answer in answers}
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values())
    assert total < MOST_BYTES, sizes
