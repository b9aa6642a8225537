"""D11: a session that was ended from elsewhere leads back to the page with the form, says why, and loses nothing that is
known to be the person's own."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from chartmogul_admin.sign_in import sessions
from connections.models import Connection
from tests.pages import Browser
from tests.people import PASSWORD, sign_in, with_password
from tests.servers import RecordingServer, reply

UPDATE = "/c/main/plans/update/?uuid=pl_1"
ELSEWHERE = "Your session was ended from another browser, or by an owner. Sign in to continue."
NO_LONGER = "You are no longer signed in. Sign in to continue."


@pytest.fixture
def owner(main: Connection, recorder: RecordingServer) -> User:
    plan = {"uuid": "pl_1", "name": "Gold", "interval_count": 1, "interval_unit": "month"}
    recorder.routes = {"GET /v1/plans/pl_1": reply(200, plan)}
    return User.objects.create_superuser("olga", password=PASSWORD)


@pytest.fixture
def page(owner: User) -> Browser:
    client = Client()
    sign_in(client, "olga")
    return WithReferer(client)


class WithReferer(Browser):
    """Says on which page a form stood, as browsers do."""

    def press(self, words: str, **more):
        self.client.defaults["HTTP_REFERER"] = f"http://testserver{self.url}"
        try:
            return super().press(words, **more)
        finally:
            del self.client.defaults["HTTP_REFERER"]


def back_in(page: Browser, name: str = "olga") -> Browser:
    return page.fill("Username", name).fill("Password", PASSWORD).press("Sign in")


def sign_out_the_others() -> None:
    other = Client()
    sign_in(other, "olga")
    Browser(other).open("/accounts/sessions/").press("Sign out the other sessions")


def an_owner_does() -> None:
    User.objects.create_superuser("ida", password=PASSWORD)
    other = Client()
    sign_in(other, "ida")
    Browser(other).open(f"/people/{User.objects.get(username='olga').pk}/").press("Sign out everywhere")


def set_a_new_password() -> None:
    """To the same one, which ends what was signed in with the old hash as well."""
    user = User.objects.get(username="olga")
    user.set_password(PASSWORD)
    user.save()


@pytest.mark.parametrize("end", [sign_out_the_others, an_owner_does, set_a_new_password])
class TestEndedFromElsewhere:
    def test_D11_send_leads_back_to_the_review_and_says_why(self, page: Browser, recorder, end):
        review = page.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").url
        end()
        page.press("Send")
        assert page.h1 == "Sign in"
        assert page.notice == ELSEWHERE
        assert back_in(page).url == review
        assert page.h1 == "Review: Create a Data Source"

    def test_D11_what_was_typed_is_offered_again(self, page: Browser, end):
        page.open(UPDATE).fill("Plan Name", "typed-before")
        end()
        assert page.press("Review").notice == ELSEWHERE
        back_in(page)
        assert page.h1 == "Continue where you left off"
        page.press("Send it now")
        assert page.h1 == "Review: Update a Plan"
        assert "typed-before" in page.text

    def test_D11_nobody_else_gets_it(self, page: Browser, end):
        with_password("bob")
        page.open(UPDATE).fill("Plan Name", "typed-before")
        end()
        page.press("Review")
        assert back_in(page, "bob").h1 != "Continue where you left off"
        assert "typed-before" not in page.open("/accounts/login/go-on/").html
        assert sessions.KEPT not in page.client.session

    def test_D11_a_link_says_why_too(self, page: Browser, end):
        end()
        assert page.open("/c/main/customers/list/").notice == ELSEWHERE
        assert page.open("/c/main/customers/list/").notice == NO_LONGER


def test_D11_the_first_who_names_the_ended_session_is_told_whose_it_was_and_nobody_else(page: Browser):
    """Whoever stole it cannot leave a form in the browser that it was stolen from."""
    key = page.client.session.session_key
    sign_out_the_others()
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    thief.post("/c/main/customers/create/", {"name": "planted"})
    assert thief.session.session_key != key
    page.open("/connections/")
    assert sessions.KEPT not in page.client.session
    assert back_in(page).h1 != "Continue where you left off"


def test_D11_signing_out_in_another_tab_keeps_what_was_typed(page: Browser):
    page.open(UPDATE).fill("Plan Name", "typed-before")
    Browser(page.client).open("/connections/").press("Sign out")
    page.press("Review")
    assert page.notice == NO_LONGER
    back_in(page).press("Send it now")
    assert "typed-before" in page.text


@pytest.mark.parametrize("came_back", ["olga", "bob"])
def test_D11_without_any_session_nothing_is_kept_and_the_way_leads_to_the_form(page: Browser, came_back: str):
    with_password("bob")
    page.open(UPDATE).fill("Plan Name", "typed-before")
    del page.client.cookies[settings.SESSION_COOKIE_NAME]
    page.press("Review")
    assert page.notice.startswith(NO_LONGER)
    assert page.notice.endswith("was not accepted, and what you typed could not be kept.")
    back_in(page, came_back)
    assert page.url == UPDATE
    assert "typed-before" not in page.html


def test_D11_a_form_from_nowhere_leads_to_the_start_page(owner: User):
    for referer in (
        "",
        "https://evil.example/c/main/",
        "http://testserver",
        "http://testserver//evil.example/",
        "http://[",
        "x",
    ):
        answer = Client().post("/c/main/customers/create/", {"name": "x"}, headers={"Referer": referer})
        assert answer["Location"] == "/accounts/login/?next=/", referer


def test_an_address_for_forms_alone_leads_to_their_page(page: Browser):
    review = page.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").url
    for address, there in ((f"{review}send/", review), ("/c/main/directory/read/", "/c/main/directory/")):
        assert page.open(address).status == 405
        assert page.follow("Go to the page with the form").url == there
