"""F2: of two people who edit the same thing, the second sees both values before anything of the first's is lost."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from activity.models import Write
from connections.models import Connection
from resources.sync.models import Sync
from resources.sync.services import settings_of
from tests.connections.conftest import ACCOUNT, PONG, TOKEN
from tests.pages import Browser
from tests.resources.test_restoring import UPDATE, UUID, ask, lines
from tests.servers import RecordingServer, reply


@pytest.fixture
def other(db: None) -> Browser:
    """A second person's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("grace"))
    return Browser(client)


def patches(sandbox) -> list[str]:
    return [request.method for request in sandbox.requests if request.method != "GET"]


def brakes() -> tuple[bool, str, bool]:
    now = Connection.objects.get()
    return now.read_only, now.read_only_reason, now.second_person


class TestACustomer:
    def test_F2_a_change_between_review_and_send_is_a_conflict(self, visitor: Browser, other: Browser, box, sandbox):
        mine = visitor.open(UPDATE).fill("Company", "Mine").press("Review")
        theirs = other.open(UPDATE).fill("Company", "Theirs").press("Review")
        theirs.press("Send")
        assert patches(sandbox) == ["PATCH"]
        mine.press("Send")
        assert patches(sandbox) == ["PATCH"]
        assert mine.h1 == "Review: Update a Customer"
        assert "Nothing was sent. Changed in ChartMogul since you reviewed this: Company." in mine.page.text
        line = lines(mine)["Company"]
        assert "Now in ChartMogul: Theirs" in line
        assert "Mine" in line
        assert ask(sandbox, "GET", f"customers/{UUID}")["company"] == "Theirs"
        # Seen, it is sent.
        mine.press("Send")
        assert ask(sandbox, "GET", f"customers/{UUID}")["company"] == "Mine"
        assert sorted(write.outcome for write in Write.objects.all()) == ["accepted", "accepted", "prepared"]

    def test_F2_the_first_review_can_never_be_sent_past_the_conflict(self, visitor, other, box, sandbox):
        mine = visitor.open(UPDATE).fill("Company", "Mine").press("Review")
        first = Write.objects.get()
        ask(sandbox, "PATCH", f"customers/{UUID}", {"company": "Theirs"})
        for _ in range(3):
            visitor.client.post(f"/c/box/activity/{first.key}/send/")
        assert ask(sandbox, "GET", f"customers/{UUID}")["company"] == "Theirs"
        assert mine.open(f"/c/box/activity/{first.key}/").h1 == "Review: Update a Customer"

    def test_F2_changes_of_different_fields_are_both_kept(self, visitor: Browser, other: Browser, box, sandbox):
        mine = visitor.open(UPDATE).fill("Company", "Mine").press("Review")
        other.open(UPDATE).fill("City", "Theirs").press("Review").press("Send")
        mine.press("Send")
        now = ask(sandbox, "GET", f"customers/{UUID}")
        assert (now["company"], now["city"]) == ("Mine", "Theirs")
        assert patches(sandbox) == ["PATCH", "PATCH"]

    def test_F2_the_same_change_by_both_is_no_conflict(self, visitor: Browser, other: Browser, box, sandbox):
        mine = visitor.open(UPDATE).fill("Company", "Ours").press("Review")
        other.open(UPDATE).fill("Company", "Ours").press("Review").press("Send")
        mine.press("Send")
        assert "Nothing was sent" not in mine.page.text
        assert ask(sandbox, "GET", f"customers/{UUID}")["company"] == "Ours"

    def test_F2_a_record_that_cannot_be_read_again_is_not_overwritten(self, visitor: Browser, box, sandbox, quick):
        mine = visitor.open(UPDATE).fill("Company", "Mine").press("Review")
        sandbox.faults.add(method="GET", status=500)
        mine.press("Send")
        assert "Nothing was sent: the current state of the record could not be read." in mine.alert
        assert patches(sandbox) == []
        mine.press("Send")
        assert ask(sandbox, "GET", f"customers/{UUID}")["company"] == "Mine"


class TestAConnection:
    def test_F2_a_name_that_was_changed_meanwhile_is_shown_beside_ones_own(self, visitor: Browser, other, main):
        mine, theirs = visitor.open("/connections/main/"), other.open("/connections/main/")
        theirs.fill("Connection name", "Theirs").press("Rename")
        mine.fill("Connection name", "Mine").press("Rename")
        assert mine.status == 422
        problem = mine.problem("Connection name")
        assert "renamed this connection to Theirs; your name is Mine" in problem
        assert Connection.objects.get().name == "Theirs"
        mine.press("Rename")
        assert Connection.objects.get().name == "Mine"

    def test_F2_a_key_that_was_replaced_meanwhile_is_not_replaced_unseen(
        self, visitor: Browser, other: Browser, main, recorder: RecordingServer
    ):
        account = {**ACCOUNT, "name": "Example"}
        recorder.routes = {"/v1/ping": reply(200, PONG), "/v1/account": reply(200, account)}
        mine, theirs = visitor.open("/connections/main/key/"), other.open("/connections/main/key/")
        theirs.fill("Token", TOKEN).press("Test and replace")
        mine.fill("Token", "another-key-0000-9z9z").press("Test and replace")
        assert mine.status == 422
        problem = mine.problem("Token")
        assert f"…{TOKEN[-4:]}" in problem
        assert "…9z9z" in problem
        assert Connection.objects.get().open_credential().token == TOKEN
        mine.fill("Token", "another-key-0000-9z9z").press("Test and replace")
        assert Connection.objects.get().open_credential().token == "another-key-0000-9z9z"

    def test_F2_a_brake_that_was_put_on_meanwhile_is_not_lifted_unseen(self, visitor: Browser, other: Browser, main):
        mine, theirs = visitor.open("/connections/main/safety/"), other.open("/connections/main/safety/")
        theirs.tick("Read-only").fill("Reason for read-only", "Audit until Friday").press("Save")
        mine.tick("Require a second person for what cannot be undone").press("Save")
        assert mine.status == 422
        assert "changed this to: on. Save again to use your choice" in mine.problem("Read-only")
        assert "changed this to: Audit until Friday." in mine.problem("Reason for read-only")
        assert mine.alert.count("Meanwhile") == 2
        assert brakes() == (True, "Audit until Friday", False)
        # Seen, it is saved.
        mine.press("Save")
        assert brakes() == (False, "", True)

    def test_F2_brakes_that_both_chose_alike_are_no_conflict(self, visitor: Browser, other: Browser, main):
        mine, theirs = visitor.open("/connections/main/safety/"), other.open("/connections/main/safety/")
        for page in (theirs, mine):
            page.tick("Read-only").press("Save")
            assert "Safety settings saved." in page.notice
        assert brakes() == (True, "", False)

    @pytest.mark.parametrize("opened_with", ["[" * 50_000, "{", "[]", '{"read_only": NaN}'])
    def test_F2_who_cannot_say_what_a_form_was_opened_with_is_told_what_it_is_now(self, opened_with, visitor, main):
        Connection.objects.update(read_only=True)
        answer = visitor.client.post("/connections/main/safety/", {"opened_with": opened_with})
        assert answer.status_code == 422
        assert brakes() == (True, "", False)


class TestADirectory:
    def test_F2_settings_that_were_changed_meanwhile_are_not_undone_unseen(self, visitor: Browser, other, main):
        mine, theirs = visitor.open("/c/main/directory/"), other.open("/c/main/directory/")
        theirs.tick("Keep a directory", on=False).press("Save")
        mine.fill("Read the account again", "Every hour").press("Save")
        assert mine.status == 422
        assert "changed this to: off." in mine.problem("Keep a directory")
        assert mine.alert.count("Meanwhile") == 1
        theirs.open("/c/main/directory/").fill("Read the account again", "Every week").press("Save")
        mine.press("Save")
        assert "changed this to: Every week." in mine.problem("Read the account again")
        assert settings_of(Sync.objects.get()) == {"enabled": False, "every_hours": 168}
        mine.press("Save")
        assert settings_of(Sync.objects.get()) == {"enabled": True, "every_hours": 1}
