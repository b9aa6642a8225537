"""Single sign-on by OpenID Connect: there by settings alone; who the provider vouches for comes in if they are known or
invited, and nobody else."""

import base64
import hashlib
import importlib
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import clear_url_caches
from django.utils import timezone
from environ import Env

import chartmogul_admin.sign_in.urls
import chartmogul_admin.urls
from activity.models import Event
from chartmogul_admin import configuration
from chartmogul_admin.sign_in import single_sign_on
from connections.models import Access, Invitation
from connections.people import services
from connections.roles import Role
from tests.pages import Browser
from tests.people import code_of, with_app, with_password
from tests.provider import ACCESS_TOKEN, CLIENT, CODE, SECRET, Provider
from tests.servers import RecordingServer, closed_port, hang, raw, reply

LOGIN = "/accounts/oidc/sso/login/"
CALLBACK = "/accounts/oidc/sso/login/callback/"
SUE = {"sub": "1", "email": "sue@example.com", "email_verified": True, "preferred_username": "sue"}
pytestmark = pytest.mark.django_db


def environment(variables: dict[str, str]) -> Env:
    env = Env()
    env.ENVIRON = variables
    return env


def reload_addresses() -> None:
    for module in (chartmogul_admin.sign_in.urls, chartmogul_admin.urls):
        importlib.reload(module)
    clear_url_caches()


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with Provider() as provider:
        settings.OIDC = configuration.openid_connect(environment(provider.settings))
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [settings.OIDC]}}
        reload_addresses()
        yield provider
    settings.OIDC = None
    reload_addresses()


def go(client: Client, *, then: str = "") -> dict[str, str]:
    """What the provider is asked."""
    answer = client.get(LOGIN, {"process": "login", **({"next": then} if then else {})})
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(client: Client, asked: dict[str, str], **other: str) -> Browser:
    page = Browser(client)
    query = "&".join(f"{name}={value}" for name, value in ({"code": CODE, "state": asked["state"]} | other).items())
    return page.open(f"{CALLBACK}?{query}")


def sign_in(client: Client | None = None, *, then: str = "") -> Browser:
    """The page after somebody went to the provider and came back."""
    client = client or Client()
    return come_back(client, go(client, then=then))


def is_turned_away(page: Browser, words: str) -> bool:
    assert page.h1 == "Sign in"
    assert words in page.alert + page.notice
    return page.client.get("/connections/").status_code == 302


def test_without_settings_there_is_none(client: Client):
    for path in (LOGIN, CALLBACK, "/accounts/oidc/", "/accounts/oidc/other/login/"):
        assert client.get(path).status_code == 404
    assert "Continue with" not in Browser(client).open("/accounts/login/").text


def test_the_sign_in_page_leads_to_the_provider(provider: Provider, client: Client):
    page = Browser(client).open("/accounts/login/?next=/connections/create/")
    link = page.link("Continue with Example")["href"]
    answer = client.get(link)
    there = urlsplit(answer["Location"])
    assert f"{there.scheme}://{there.netloc}{there.path}" == f"{provider.origin}/authorize"
    asked = parse_qs(there.query)
    assert asked["client_id"] == [CLIENT]
    assert asked["redirect_uri"] == [f"http://testserver{CALLBACK}"]
    assert asked["response_type"] == ["code"]
    assert {"openid", "email"} <= set(asked["scope"][0].split())
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 16
    assert SECRET not in answer["Location"]


def test_who_is_known_by_an_address_that_the_provider_vouches_for_signs_in(provider: Provider):
    User.objects.create_user("susan", email="Sue@Example.com")
    client = Client()
    asked = go(client, then="/accounts/sessions/")
    page = come_back(client, asked)
    assert page.url == "/accounts/sessions/"
    assert page.status == 200
    sent = {name: values[0] for name, values in parse_qs(provider.requests[-2].body.decode()).items()}
    assert provider.paths[-3:] == ["/.well-known/openid-configuration", "/token", "/userinfo"]
    assert (sent["code"], sent["client_id"], sent["client_secret"]) == (CODE, CLIENT, SECRET)
    verifier = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(verifier).decode().rstrip("=") == asked["code_challenge"]
    kinds = list(Event.objects.filter(username="susan").values_list("kind", flat=True))
    assert kinds == ["person.single_sign_on_added", "sign_in.accepted"]
    # From now on by who they are there, whatever becomes of the address.
    provider.says({"sub": "1", "email": "married@example.com", "email_verified": False})
    assert sign_in().url == "/connections/"
    assert User.objects.count() == 1


@pytest.mark.parametrize("known", [False, True], ids=["nobody", "somebody else"])
def test_who_is_not_known_is_turned_away(provider: Provider, known: bool):
    services.invite(None, owner=True)
    if known:
        User.objects.create_user("bob", email="bob@example.com")
        User.objects.create_user("sue")
    before = User.objects.count()
    assert is_turned_away(sign_in(), "Ask for an invitation")
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


@pytest.mark.parametrize("claim", [False, "false", "False", None, "missing", 0, "", "no"])
def test_an_address_that_is_not_verified_opens_nothing(provider: Provider, claim: object):
    User.objects.create_user("susan", email="sue@example.com")
    services.invite(None, email="sue@example.com", owner=True)
    services.invite(None, owner=True)
    claims = {**SUE, "email_verified": claim}
    if claim == "missing":
        del claims["email_verified"]
    provider.says(claims)
    assert is_turned_away(sign_in(), "Ask for an invitation")
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)


def test_some_providers_say_yes_in_a_string(provider: Provider):
    User.objects.create_user("susan", email="sue@example.com")
    provider.says({**SUE, "email_verified": "true"})
    assert sign_in().url == "/connections/"


def test_an_invitation_lets_in_without_a_password(provider: Provider, main, ada):
    _, token = services.invite(ada, email="SUE@example.com", connection=main, role=Role.EDITOR)
    page = sign_in()
    assert page.url == "/connections/"
    assert "Main" in page.text
    sue = User.objects.get(username="sue")
    assert (sue.email, sue.has_usable_password(), sue.is_superuser) == ("SUE@example.com", False, False)
    assert Access.objects.get(user=sue).role == Role.EDITOR
    event = Event.objects.get(kind="person.joined")
    assert (event.facts["person"], event.facts["by"], event.connection_name) == ("sue", "single sign-on", "Main")
    assert Client().get(f"/people/join/{token}/").status_code == 404
    assert sign_in().url == "/connections/"
    assert User.objects.filter(email__iexact="sue@example.com").count() == 1


def test_all_invitations_to_the_address_count(provider: Provider, main, ada, recorder):
    from tests.conftest import make_connection

    services.invite(ada, email="sue@example.com", connection=main, role=Role.VIEWER)
    services.invite(ada, email="sue@example.com", connection=make_connection("Other"), role=Role.MANAGER)
    services.invite(ada, email="sue@example.com", owner=True)
    services.invite(ada, email="bob@example.com", connection=main, role=Role.ADMINISTRATOR)
    assert sign_in().url == "/connections/"
    sue = User.objects.get(username="sue")
    assert sue.is_superuser
    assert {(access.connection.name, access.role) for access in sue.accesses.all()} == {("Main", 1), ("Other", 3)}
    assert Invitation.objects.filter(used_at=None).count() == 1


@pytest.mark.parametrize("state", ["used", "expired", "for somebody who is here"])
def test_an_invitation_that_is_not_open_opens_nothing(provider: Provider, ada, state: str):
    invitation, _ = services.invite(ada, email="sue@example.com")
    changes: dict[str, dict[str, Any]] = {
        "used": {"used_at": timezone.now()},
        "expired": {"expires_at": timezone.now() - timedelta(seconds=1)},
        "for somebody who is here": {"user": ada},
    }
    Invitation.objects.filter(pk=invitation.pk).update(**changes[state])
    assert is_turned_away(sign_in(), "Ask for an invitation")
    assert list(User.objects.all()) == [ada]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("sue", "sue3"),
        ("SUE", "SUE3"),
        ("<b>x</b> y", "bxby"),
        ("sue@corp.example", "sue3"),
        ("", "sue3"),
        ("日本", "日本"),
        ("!!", "person"),
        ("x" * 300, "x" * 140),
    ],
)
def test_usernames_are_unique_whatever_the_provider_calls_people(provider: Provider, ada, wanted: str, name: str):
    for taken in ("Sue", "sue2"):
        User.objects.create_user(taken)
    services.invite(ada, email="sue@example.com")
    provider.says({**SUE, "preferred_username": wanted})
    assert sign_in().url == "/connections/"
    assert User.objects.get(email="sue@example.com").username == name


def test_an_address_of_two_people_signs_in_none_of_them(provider: Provider):
    User.objects.create_user("sue1", email="sue@example.com")
    User.objects.create_user("sue2", email="SUE@example.com")
    assert is_turned_away(sign_in(), "Several people")


def test_who_is_switched_off_stays_out(provider: Provider):
    services.switch_off(User.objects.create_user("sue", email="sue@example.com"))
    assert is_turned_away(sign_in(), "switched off")
    assert is_turned_away(sign_in(), "switched off")


def test_a_second_factor_is_asked_for_all_the_same(provider: Provider):
    sue = User.objects.create_user("sue", email="sue@example.com")
    secret = with_app(sue)
    page = sign_in()
    assert page.h1 == "Second factor"
    assert page.fill("Code", code_of(secret)).press("Continue").url == "/connections/"


def test_who_is_linked_here_is_not_linked_at_another_provider(provider: Provider, settings):
    """Where people are called by numbers, the same number is somebody else there."""
    User.objects.create_user("sue", email="sue@example.com")
    assert sign_in().url == "/connections/"
    with Provider() as other:
        other.says({"sub": "1", "email": "mallory@example.com", "email_verified": True})
        settings.OIDC = configuration.openid_connect(environment(other.settings))
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [settings.OIDC]}}
        reload_addresses()
        assert is_turned_away(sign_in(), "Ask for an invitation")


@pytest.mark.parametrize("state", ["", "x" * 16, "of another browser"])
def test_who_did_not_go_there_from_here_does_not_come_back(provider: Provider, client: Client, state: str):
    User.objects.create_user("sue", email="sue@example.com")
    asked = go(client)
    page = come_back(Client(), asked) if state == "of another browser" else come_back(client, asked, state=state)
    assert is_turned_away(page, "did not work")
    assert "/token" not in provider.paths
    # And nobody comes back twice.
    client = Client()
    asked = go(client)
    assert come_back(client, asked).url == "/connections/"
    assert is_turned_away(come_back(Client(), asked), "did not work")


def test_who_declines_there_is_told_so(provider: Provider, client: Client):
    asked = go(client)
    page = Browser(client).open(f"{CALLBACK}?error=access_denied&state={asked['state']}")
    assert is_turned_away(page, "did not work")


@pytest.mark.parametrize(
    "token",
    [{"aud": "another-client"}, {"iss": "https://evil.example"}, {"exp": 1}],
    ids=["audience", "issuer", "expired"],
)
def test_a_token_that_was_made_for_something_else_opens_nothing(provider: Provider, token: dict[str, Any]):
    User.objects.create_user("sue", email="sue@example.com")
    provider.says(SUE, id_token=token)
    assert is_turned_away(sign_in(), "did not work")


BAD = {
    "refused": reply(400, {"error": "invalid_grant"}),
    "a fault": reply(500, {"error": "x"}),
    "no JSON": reply(200, body=b"<html>"),
    "nothing": reply(200, body=b""),
    "a list": reply(200, [1]),
    "another object": reply(200, {"x": 1}),
    "broken off": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("where", ["/.well-known/openid-configuration", "/token", "/userinfo"])
def test_a_provider_that_answers_badly_is_an_error_that_people_understand(
    provider: Provider, client: Client, what: str, where: str
):
    User.objects.create_user("sue", email="sue@example.com")
    if where.startswith("/.well"):
        provider.routes[where] = BAD[what]
        assert is_turned_away(Browser(client).open(LOGIN), "did not work")
        return
    asked = go(client)
    provider.routes[where] = BAD[what]
    assert is_turned_away(come_back(client, asked), "did not work")


def test_the_log_has_the_place_of_a_fault(provider: Provider, client: Client, caplog, monkeypatch):
    """What a provider answers and a mistake of our own may look alike to those who sign in, not to those who look why."""

    def mistaken(claim: object) -> bool:
        raise TypeError("a mistake")

    monkeypatch.setattr(single_sign_on, "is_true", mistaken)
    assert is_turned_away(sign_in(client), "did not work")
    (told,) = [record for record in caplog.records if record.message.startswith("Single sign-on failed")]
    assert told.message == "Single sign-on failed: TypeError a mistake"
    assert "in mistaken" in caplog.text


def test_a_provider_that_is_away_or_silent_too(provider: Provider, client: Client, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2
    provider.routes["/.well-known/openid-configuration"] = hang()
    assert is_turned_away(Browser(client).open(LOGIN), "did not work")
    with closed_port() as nowhere:
        settings.OIDC["settings"]["server_url"] = nowhere
        assert is_turned_away(Browser(client).open(LOGIN), "did not work")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["/.well-known/openid-configuration", "/token", "/userinfo"])
def test_A6_it_leads_nowhere_else(
    provider: Provider, client: Client, elsewhere: RecordingServer, status: int, where: str
):
    asked = go(client)
    provider.routes[where] = reply(status, headers={"Location": f"{elsewhere.origin}/taken"})
    assert is_turned_away(come_back(client, asked), "did not work")
    assert elsewhere.requests == []


def test_A7_the_environment_has_no_say(provider: Provider, elsewhere: RecordingServer, monkeypatch, tmp_path):
    User.objects.create_user("sue", email="sue@example.com")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, elsewhere.origin)
    assert sign_in().url == "/connections/"
    assert elsewhere.requests == []
    assert {request.headers.get("authorization") for request in provider.requests} == {None, f"Bearer {ACCESS_TOKEN}"}


def test_B2_B4_neither_tokens_nor_the_secret_are_kept_or_logged(provider: Provider, client: Client, caplog):
    User.objects.create_user("sue", email="sue@example.com")
    caplog.set_level(logging.DEBUG)
    assert sign_in(client).url == "/connections/"
    provider.routes["/token"] = reply(400, {"error": "invalid_grant"})
    sign_in()
    kept = json.dumps([session.get_decoded() for session in Session.objects.all()])
    kept += json.dumps(
        [*SocialAccount.objects.values_list("extra_data", flat=True), *Event.objects.values_list("facts", flat=True)]
    )
    told = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("urllib3"))
    for canary in (SECRET, ACCESS_TOKEN):
        assert canary not in kept
        assert canary not in told


@pytest.mark.parametrize(
    "place", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_C9_it_leads_back_to_no_other_site(provider: Provider, place: str):
    User.objects.create_user("sue", email="sue@example.com")
    assert sign_in(then=place).url == "/connections/"


def test_linking_by_hand_is_not_offered(provider: Provider):
    """What allauth calls connecting: to add another identity to one's own account."""
    client = Client()
    client.force_login(with_password("bob"))
    answer = client.get(LOGIN, {"process": "connect"})
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}
    page = come_back(client, asked)
    assert not SocialAccount.objects.exists()
    assert page.status == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"OIDC_URL": "http://idp.example"}, "OIDC_URL must start with https://"),
        ({"OIDC_URL": "idp.example"}, "OIDC_URL must be an address such as https://"),
        ({"OIDC_URL": "https://"}, "OIDC_URL must be an address such as https://"),
        ({"OIDC_URL": "https:///realms/main"}, "OIDC_URL must be an address such as https://"),
        ({"OIDC_URL": "https://[::1"}, "OIDC_URL is not an address"),
        ({"OIDC_URL": "https://idp.example:99999"}, "OIDC_URL is not an address"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID is not set"),
        ({"OIDC_CLIENT_SECRET": " "}, "OIDC_CLIENT_SECRET is not set"),
    ],
)
def test_a_bad_setting_stops_the_start(change: dict[str, str], said: str):
    good = {"OIDC_URL": "https://idp.example", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y"}
    assert configuration.openid_connect(environment(good))
    with pytest.raises(SystemExit, match=said):
        configuration.openid_connect(environment(good | change))
