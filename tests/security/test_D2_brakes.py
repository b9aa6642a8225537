"""The brakes of a connection: read-only, and a second person for what cannot be undone."""

import pytest
from django.test import Client

from activity import services as activity
from activity.models import Event, Write
from connections.models import Access, Connection
from connections.roles import Role
from tests.pages import Browser
from tests.people import somebody
from tests.servers import RecordingServer, reply

SOURCE = {"uuid": "ds_1", "name": "Stripe EU", "system": "Import API", "status": "idle"}


@pytest.fixture
def braked(main: Connection) -> Connection:
    main.read_only, main.read_only_reason = True, "Audit until Friday"
    main.save()
    return main


@pytest.fixture
def pair(main: Connection, recorder: RecordingServer) -> tuple[Browser, Browser]:
    """Two managers of a connection that requires a second person."""
    main.second_person = True
    main.save()
    recorder.routes = {
        "GET /v1/data_sources/ds_1": reply(200, SOURCE),
        "DELETE /v1/data_sources/ds_1": reply(204),
        "POST /v1/plans": reply(201, {"uuid": "pl_1", "name": "Gold"}),
        "POST /v1/data_sources": reply(201, SOURCE),
    }
    return somebody(Role.MANAGER, main, "max"), somebody(Role.MANAGER, main, "mia")


def sent(recorder: RecordingServer) -> list[str]:
    return [f"{request.method} {request.path}" for request in recorder.requests if request.method != "GET"]


def prepared_deletion(page: Browser) -> str:
    page.open("/c/main/data-sources/delete/").fill("Data Source", "ds_1").press("Review")
    assert page.h1 == "Review: Delete a Data Source"
    return page.url


def test_the_brake_stops_every_write_of_everybody_and_says_why(braked: Connection, signed_in: Client, recorder):
    owner = Browser(signed_in)
    for address in ("/c/main/customers/create/", "/c/main/data-sources/delete/"):
        assert owner.open(address).status == 403
        assert (
            "currently read-only. Reason: Audit until Friday. Nothing can be changed in ChartMogul until" in owner.text
        )
    assert [option.text for option in owner.open("/c/main/api-call/").field("Method").all("option")] == ["GET"]
    assert "Audit until Friday" in owner.open("/c/main/customers/list/").text
    assert not [link for link in owner.page.all("a") if "/customers/create/" in link.get("href")]
    assert sent(recorder) == []


def test_a_call_of_ones_own_keeps_its_method_and_says_why_it_is_refused(main: Connection, visitor: Browser, recorder):
    page = visitor.open("/c/main/api-call/").fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", "{}")
    put_brake(main, on=True)
    page.press("Review")
    assert page.status == 422
    assert "Audit until Friday" in page.problem("Method")
    assert (page.value("Method"), page.value("Body")) == ("POST", "{}")
    put_brake(main, on=False)
    assert page.press("Review").h1 == "Review: Make an API Call"


def test_the_brake_stops_what_was_reviewed_before_it_was_put_on(main: Connection, visitor: Browser, recorder):
    visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review")
    review = visitor.url
    visitor.client.post("/connections/main/safety/", {"read_only": "on", "read_only_reason": "Incident"})
    assert visitor.press("Send").status == 403
    assert sent(recorder) == []
    assert not [button for button in visitor.open(review).page.all("button") if button.text == "Send"]
    visitor.client.post("/connections/main/safety/", {})
    recorder.routes = {"POST /v1/data_sources": reply(201, SOURCE)}
    visitor.open(review).press("Send")
    assert sent(recorder) == ["POST /v1/data_sources"]
    assert Event.objects.filter(kind="connection.safety_changed").count() == 2


def put_brake(main: Connection, on: bool) -> None:
    Connection.objects.filter(pk=main.pk).update(read_only=on, read_only_reason="Audit until Friday" if on else "")


REASON = (
    "The connection Main is currently read-only. Reason: Audit until Friday. Nothing can be changed in ChartMogul until"
    " this is lifted."
)


@pytest.mark.parametrize("pressed", ["Review", "Add attribute"])
def test_what_was_typed_into_a_form_outlives_the_brake(pressed: str, main: Connection, visitor: Browser, recorder):
    visitor.open("/c/main/customers/create/").fill("Name", "Typed <b>").fill("Data Source", "ds_1")
    put_brake(main, on=True)
    for _ in range(2):
        visitor.press(pressed)
        assert visitor.status == 403
        assert visitor.h1 == "Create a Customer"
        assert REASON in visitor.alert
        assert visitor.value("Name") == "Typed <b>"
    assert recorder.requests == []
    assert not Write.objects.exists()
    put_brake(main, on=False)
    visitor.fill("External ID", "e").press("Review")
    assert visitor.h1 == "Review: Create a Customer"
    assert "Typed <b>" in visitor.text


def test_json_that_was_typed_outlives_the_brake(main: Connection, visitor: Browser, recorder):
    text = '{"external_id": "typed-before"}'
    visitor.open("/c/main/invoices/import/").press("Edit as JSON").fill("Request body", text)
    put_brake(main, on=True)
    for button in ("Review", "Back to the form"):
        visitor.press(button)
        assert (visitor.status, visitor.value("Request body")) == (403, text)
        assert REASON in visitor.alert
    put_brake(main, on=False)
    assert visitor.press("Back to the form").value("External ID") == "typed-before"


def test_a_change_of_a_record_outlives_the_brake(main: Connection, visitor: Browser, recorder: RecordingServer):
    plan = {"uuid": "pl_1", "name": "Gold", "interval_count": 1, "interval_unit": "month"}
    recorder.routes = {"GET /v1/plans/pl_1": reply(200, plan)}
    visitor.open("/c/main/plans/update/?uuid=pl_1").fill("Plan Name", "typed-before")
    put_brake(main, on=True)
    assert visitor.press("Review").status == 403
    put_brake(main, on=False)
    visitor.press("Review")
    assert visitor.table("What is sent, in words") == [
        {"Field": "Plan Name", "Before": "Gold", "After": "typed-before"}
    ]


def test_what_was_typed_on_a_review_outlives_the_brake(main: Connection, visitor: Browser, recorder):
    recorder.routes = {"GET /v1/data_sources/ds_1": reply(200, SOURCE), "DELETE /v1/data_sources/ds_1": reply(204)}
    prepared_deletion(visitor)
    put_brake(main, on=True)
    visitor.confirm("Moved to Paddle")
    assert (visitor.status, visitor.h1) == (403, "Review: Delete a Data Source")
    assert REASON in visitor.alert
    assert visitor.value("Reason") == "Moved to Paddle"
    visitor.press("Send")
    assert (visitor.status, sent(recorder)) == (403, [])
    put_brake(main, on=False)
    visitor.press("Send")
    assert sent(recorder) == ["DELETE /v1/data_sources/ds_1"]
    assert Write.objects.get().reason == "Moved to Paddle"


def test_who_approves_while_it_is_read_only_is_shown_the_review_again(pair, main: Connection, recorder):
    first, second = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    second.open(review)
    put_brake(main, on=True)
    second.press("Approve and send")
    assert (second.status, second.h1) == (403, "Review: Delete a Data Source")
    assert REASON in second.alert
    assert not [button for button in second.page.all("button") if "end" in button.text.split()]
    assert sent(recorder) == []


def test_what_a_role_does_not_allow_is_refused_all_the_same(main: Connection, recorder: RecordingServer):
    put_brake(main, on=True)
    viewer = somebody(Role.VIEWER, main)
    answer = viewer.client.post("/c/main/customers/create/", {"name": "x"})
    assert answer.status_code == 403
    assert "requires the role Editor" in answer.content.decode()


def test_a_deletion_waits_for_another_manager_who_sends_it(pair, main: Connection, recorder: RecordingServer):
    first, second = pair
    review = prepared_deletion(first)
    assert not [button for button in first.page.all("button") if button.text == "Send"]
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    assert "waiting for another manager" in first.notice
    # Who prepared it cannot send it, not even by hand.
    first.client.post(f"{review}send/", {"typed_name": "Stripe EU", "reason": "Moved"})
    assert sent(recorder) == []
    assert "1 write is waiting for your approval" in second.open("/c/main/").text
    assert "1 write of yours is waiting for another manager" not in second.text
    assert "1 write of yours is waiting for another manager" in first.open("/c/main/").text
    assert "waiting for your approval" not in first.text
    assert "waiting for your approval" not in first.open("/connections/").text
    assert "Main: 1 write is waiting for your approval" in second.open("/connections/").text
    (row,) = second.follow("1 write is waiting for your approval").table("Writes")
    assert (row["Person"], row["Outcome"]) == ("max", "Waiting for a second person")
    assert first.open("/c/main/").follow("1 write of yours is waiting for another manager").table("Writes") == [row]
    second.open(review).press("Approve and send")
    assert sent(recorder) == ["DELETE /v1/data_sources/ds_1"]
    write = Write.objects.get()
    assert (write.outcome, write.username, write.reason) == ("accepted", "max", "Moved")
    by = [(event.kind, event.username) for event in write.events.order_by("id")]
    assert by == [
        ("write.prepared", "max"),
        ("write.approval_asked", "max"),
        ("write.sending", "mia"),
        ("write.accepted", "mia"),
    ]


def test_a_name_that_was_not_typed_is_not_laid_before_anybody(pair, recorder: RecordingServer):
    first, second = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe US").fill("Reason", "Moved").press("Request approval")
    assert first.status == 422
    assert "name does not match" in first.problem("Type the name to confirm")
    # Nor can the second person send what nobody asked them for.
    second.client.post(f"{review}send/")
    assert sent(recorder) == []
    assert not Write.objects.get().is_waiting


def test_each_is_told_what_they_may_do_with_it(pair, main: Connection, recorder: RecordingServer):
    first, second = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    second.open(review)
    assert "max prepared this, and you may approve or decline it." in second.text
    assert "when you approve it." in second.text
    assert [heading.text for heading in second.page.all("h2") if "decline" in heading.text] == ["Or decline it"]
    first.open(review)
    assert "another manager has to review and send it." in first.text
    assert "once it is approved." in first.text
    main.second_person = False
    main.save()
    first.open(review)
    assert "another manager" not in first.text
    assert "when you approve it." in first.text
    assert "Or withdraw it" in first.text


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name.lower())
@pytest.mark.parametrize("read_only", [False, True])
def test_a_copy_of_what_will_be_deleted_is_offered_to_those_who_get_it(
    role: Role, read_only: bool, pair, main: Connection, recorder: RecordingServer
):
    first, _ = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    put_brake(main, on=read_only)
    page = somebody(role, main).open(review)
    gets_it = page.client.get(f"{review}copy/").status_code == 200
    assert gets_it == (role >= Role.MANAGER)
    offered = [link for link in page.page.all("a") if link.text == "Download a copy of what will be deleted"]
    assert bool(offered) == gets_it


def test_the_second_person_may_decline(pair, recorder: RecordingServer):
    first, second = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    second.open(review).fill("Reason for declining", "Still in use").press("Decline")
    first.open(review)
    assert "mia declined this. Nothing was sent. Still in use" in first.alert
    assert "What would have been deleted with it, as counted beforehand:" in first.text
    assert "What would have been sent, in words" in [caption.text for caption in first.page.all("caption")]
    second.client.post(f"{review}send/")
    assert sent(recorder) == []
    assert "waiting" not in second.open("/connections/").text


@pytest.mark.parametrize("meanwhile", ["before the button is pressed", "while it is being declined"])
def test_who_declines_what_was_sent_meanwhile_is_told_so(meanwhile, pair, main, recorder: RecordingServer, monkeypatch):
    first, second = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    third = somebody(Role.MANAGER, main, "moe").open(review)
    if meanwhile == "before the button is pressed":
        second.open(review).press("Approve and send")
    else:
        decline = activity.decline

        def send_first(*args, **more):
            second.open(review).press("Approve and send")
            return decline(*args, **more)

        monkeypatch.setattr(activity, "decline", send_first)
    third.press("Decline")
    assert "Too late: this has already been sent." in third.html
    assert "Nothing was sent" not in third.text
    assert sent(recorder) == ["DELETE /v1/data_sources/ds_1"]


def test_who_declines_what_was_declined_meanwhile_is_told_so(pair, recorder: RecordingServer):
    first, second = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    second.open(review)
    first.open(review).press("Withdraw")
    second.press("Decline")
    assert "Too late: this has already been closed. Nothing was sent." in second.text


def test_what_ended_while_approval_was_asked_for_is_not_told_as_waiting(pair, recorder, monkeypatch):
    first, _ = pair
    prepared_deletion(first)
    ask = activity.ask

    def scrub_first(write, **more):
        activity.scrub(Write.objects.get())
        return ask(write, **more)

    monkeypatch.setattr(activity, "ask", scrub_first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    assert "waiting for another manager" not in first.text
    assert "Too late: this has already been closed. Nothing was sent." in first.text


def test_a_reason_against_it_that_is_too_long_is_given_back(pair, recorder: RecordingServer):
    first, second = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    second.open(review).fill("Reason for declining", "n" * 501).press("Decline")
    assert second.status == 422
    assert "at most 500 characters" in second.problem("Reason for declining")
    assert "Reason for declining" in second.alert
    assert second.value("Reason for declining") == "n" * 501
    second.fill("Reason for declining", "Still in use").press("Decline")
    assert "Declined. Nothing was sent." in second.success


def test_a_review_says_who_may_send_it_to_those_who_may_not(main: Connection, recorder: RecordingServer):
    editor = somebody(Role.EDITOR, main, "eve")
    review = editor.open("/c/main/customers/create/").fill("External ID", "e").fill("Data Source", "ds_1")
    review = review.press("Review").url
    assert "when you press Send" in editor.text
    other = somebody(Role.VIEWER, main, "vic").open(review)
    assert "only eve, who prepared this, can continue with it." in other.text
    assert "press Send" not in other.text
    # She was an editor when she prepared it.
    Access.objects.filter(user__username="eve").update(role=Role.VIEWER)
    assert "This requires the role Editor for Main; your role is Viewer." in editor.open(review).text
    assert "press Send" not in editor.text
    assert not [button for button in editor.page.all("button") if button.text == "Send"]


def test_every_write_of_the_console_waits_and_ordinary_writes_do_not(pair, recorder: RecordingServer):
    first, second = pair
    first.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").press("Send")
    assert sent(recorder) == ["POST /v1/data_sources"]
    page = first.open("/c/main/api-call/").fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", "{}")
    review = page.press("Review").url
    page.press("Request approval")
    second.open(review).press("Approve and send")
    assert sent(recorder) == ["POST /v1/data_sources", "POST /v1/plans"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR], ids=["viewer", "editor"])
def test_nobody_below_a_manager_is_a_second_person(role: Role, pair, main: Connection, recorder: RecordingServer):
    first, _ = pair
    review = prepared_deletion(first)
    first.fill("Type the name to confirm", "Stripe EU").fill("Reason", "Moved").press("Request approval")
    other = somebody(role, main)
    assert not [button for button in other.open(review).page.all("button") if button.text == "Approve and send"]
    assert other.client.post(f"{review}send/").status_code == 403
    assert other.client.post(f"{review}decline/").status_code == 403
    assert sent(recorder) == []
