"""E8: a write of which nobody knows whether it was carried out is never sent again, and the page offers to look it up."""

from collections.abc import Callable
from copy import copy

import pytest

from activity.models import Write
from resources import outcome_check
from tests.pages import Browser
from tests.resources.mission import CASES, filled
from tests.security.gathering import cases
from tests.servers import Behaviour, RecordingServer, hang, hang_after_headers, reply, reset, truncated

FAULTS: dict[str, Callable[[], Behaviour]] = {
    "500": lambda: reply(500),
    "502": lambda: reply(502, body=b"<h1>Bad Gateway</h1>", content_type="text/html"),
    "504": lambda: reply(504, headers={"Retry-After": "0"}),
    "reset after send": reset,
    "read time-out": hang,
    "time-out in the answer": hang_after_headers,
    "half an answer": truncated,
}
MODULES = ("plans.create", "plans.update", "plans.delete")
UNTELLABLE = "Check the lists for it before you send it again."


def writes(recorder: RecordingServer) -> list[str]:
    return [request.method for request in recorder.requests if request.method != "GET"]


def send_into(fault: str, page: Browser, recorder: RecordingServer, key: str = "") -> Browser:
    """Send what is filled in to a server that answers the reads before an update, and then misbehaves."""
    page.press("Review")
    recorder.requests.clear()
    reads = [reply(200, answer) for answer in CASES[key].answers.values()] if key and CASES[key].load else []
    recorder.routes, recorder.script = {}, [*reads, FAULTS[fault]()]
    return page.confirm()


@pytest.mark.parametrize("key", MODULES)
def test_E8_a_module_sends_once_and_offers_to_look_it_up(
    key: str, visitor: Browser, main, recorder: RecordingServer, quick
):
    form, routes = filled(visitor, key, recorder), recorder.routes
    with cases() as case:
        for fault in FAULTS:
            with case(fault):
                recorder.routes = routes
                page = send_into(fault, copy(form), recorder, key)
                assert "Outcome unknown." in page.alert
                assert page.button("Check: look it up")
                assert Write.objects.get().outcome == "unknown"
                # Neither Back and Send nor the look-up sends it.
                page.client.post(f"/c/main/activity/{Write.objects.get().key}/send/")
                page.press("Check: look it up")
                assert writes(recorder) == [CASES[key].method]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_E8_a_call_of_ones_own_is_sent_once_and_says_where_to_look(
    method: str, visitor: Browser, main, recorder: RecordingServer, quick
):
    form = visitor.open("/c/main/api-call/").fill("URL", "/v1/customers/cus_1/attributes/tags").fill("Method", method)
    with cases() as case:
        for fault in FAULTS:
            with case(fault):
                page = send_into(fault, copy(form), recorder)
                assert "Outcome unknown." in page.alert
                assert UNTELLABLE in page.alert
                page.client.post(f"/c/main/activity/{Write.objects.get().key}/send/")
                assert writes(recorder) == [method]
                assert Write.objects.get().outcome == "unknown"


def test_E8_every_module_offers_one_or_the_other(visitor: Browser, main, recorder: RecordingServer, quick):
    with cases() as case:
        for key in (key for key, entry in CASES.items() if entry.method != "GET"):
            with case(key):
                page = send_into("500", filled(visitor, key, recorder), recorder, key)
                possible = outcome_check.possible(Write.objects.get())
                assert "Outcome unknown." in page.alert
                assert [button.text for button in page.page.all("button")].count("Check: look it up") == int(possible)
                assert (UNTELLABLE in page.alert) is not possible
