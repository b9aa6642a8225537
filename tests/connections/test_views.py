"""The pages of connections, against a recording server."""

import html
import re

import pytest
from cryptography.fernet import Fernet
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from activity.models import Event
from connections import services
from connections.models import Connection
from connections.transport import Limits
from tests.connections.conftest import ACCOUNT, PONG, QUICK, SECRET_KEY, TOKEN
from tests.servers import RecordingServer, closed_port, hang, reply

pytestmark = pytest.mark.django_db
CREATE = "/connections/create/"
FIELDS = {"name": "Main", "kind": "live", "token": TOKEN, "secret_key": SECRET_KEY}
NEW_TOKEN = "canary-new-key-abcdefabcdef-9b1c"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Make the default limits a hundred times smaller, without back-off between tries."""
    monkeypatch.setattr("connections.client.Limits", lambda: Limits(**{**vars(QUICK), "backoff_first": 0.0}))


@pytest.fixture
def connection() -> Connection:
    connection = Connection(name="Main", account_name=ACCOUNT["name"], account_id=ACCOUNT["id"])
    connection.set_credential(TOKEN, SECRET_KEY)
    connection.save()
    return connection


def text(response) -> str:
    return html.unescape(response.content.decode())


def alert(response) -> str:
    return re.search(r'role="alert".*?</div>', text(response), re.DOTALL)[0]


def shows_no_key(response) -> bool:
    return not any(secret in text(response) for secret in (TOKEN, SECRET_KEY, NEW_TOKEN))


def test_every_page_needs_a_signed_in_person(client, connection):
    for name in ("detail", "key", "test", "delete"):
        answer = client.get(reverse(f"connections:{name}", args=["main"]))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))
    for address in ("/connections/", CREATE):
        assert client.get(address).status_code == 302


def test_the_form_has_the_fields_and_the_button(signed_in):
    page = text(signed_in.get(CREATE))
    assert re.findall(r'<label for="(\w+)">([^<]+)</label>', page) == [
        ("id_name", "Connection name"),
        ("id_kind", "Kind"),
        ("id_token", "Token"),
        ("id_secret_key", "Secret Key"),
    ]
    assert '<option value="live" selected>ChartMogul account</option>' in page
    assert re.search(r"<button[^>]*>Continue</button>", page)
    for name in ("token", "secret_key"):
        (field,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert 'type="password"' in field
        assert 'autocomplete="off"' in field
        assert "value=" not in field


def test_creating_tests_the_key_and_then_shows_the_account(signed_in, chartmogul):
    answer = signed_in.post(CREATE, FIELDS, follow=True)
    assert [(request.method, request.path) for request in chartmogul.requests] == [
        ("GET", "/v1/ping"),
        ("GET", "/v1/account"),
    ]
    assert answer.redirect_chain == [("/connections/main/", 302)]
    page = text(answer)
    assert re.search(r'role="status".*?The connection has been established', page, re.DOTALL)
    for value in ("Example Test Company", "EUR", "Europe/Berlin", 'href="/c/main/"', "…4f2a"):
        assert value in page
    assert shows_no_key(answer)
    connection = Connection.objects.get()
    assert connection.open_credential().token == TOKEN
    assert connection.open_credential().secret_key == SECRET_KEY
    assert connection.tested_at is not None
    assert connection.account_id == ACCOUNT["id"]


def test_an_account_that_is_connected_already_is_told(signed_in, connection, chartmogul):
    page = text(signed_in.post(CREATE, {**FIELDS, "name": "Second"}, follow=True))
    assert "The same account is connected already, as Main." in page
    assert Connection.objects.count() == 2


def test_kind_and_secret_key_may_be_left_alone(signed_in, chartmogul):
    page = text(signed_in.get(CREATE))
    assert 'name="kind"' in page
    answer = signed_in.post(CREATE, {"name": "Main", "kind": "live", "token": "sandbox", "secret_key": ""})
    assert answer.status_code == 302
    assert Connection.objects.get().kind == "live"


@pytest.mark.parametrize(
    ("ping", "account", "said", "field"),
    [
        (reply(401, {"message": "No valid API key provided"}), reply(200, ACCOUNT), "does not accept this key", True),
        (reply(403, {"message": "Trial expired"}), reply(200, ACCOUNT), "does not allow this key to read", True),
        (reply(200, PONG), reply(403, {"error": "No"}), "does not allow this key to read the account", True),
        (reply(500), reply(200, ACCOUNT), "is having problems", False),
        (reply(429, headers={"Retry-After": "90"}), reply(200, ACCOUNT), "asks you to wait 90 s", False),
        (reply(200, body=b"<html>"), reply(200, ACCOUNT), "did not come from ChartMogul", False),
        (reply(302, headers={"Location": "https://evil.test/"}), reply(200, ACCOUNT), "was not followed", False),
        (hang(), reply(200, ACCOUNT), "did not respond within 0.3 s", False),
        (reply(200, PONG), reply(404), "The key was accepted, but the account could not be read", False),
        (reply(200, PONG), reply(200, {}), "The key was accepted, but the account could not be read", False),
        (reply(200, PONG), hang(), "did not respond within 0.3 s", False),
    ],
    ids=["401", "403", "account 403", "500", "429", "html", "302", "hang", "account 404", "account {}", "account hang"],
)  # fmt: skip
def test_each_failure_is_told_and_nothing_is_stored(signed_in, chartmogul, ping, account, said, field):
    chartmogul.routes = {"/v1/ping": ping, "/v1/account": account}
    answer = signed_in.post(CREATE, FIELDS)
    assert answer.status_code == 422
    assert said in alert(answer)
    if not field:
        assert re.search(r"\.\s+Nothing was stored\.", alert(answer))
    assert ('id="id_token_error"' in text(answer)) == field
    if field:
        assert re.search(
            r'<input[^>]*name="token"[^>]*aria-describedby="id_token_helptext id_token_error"', text(answer)
        )
    assert 'value="Main"' in text(answer)
    assert shows_no_key(answer)
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("origin", "said"),
    [("http://nosuch.invalid", "(DNS)"), ("https://127.0.0.1:{port}", "TLS"), ("closed", "refused the connection")],
)
def test_no_network_is_told_and_nothing_is_stored(signed_in, settings, origin, said):
    with RecordingServer(greeting=b"220 mail.test ESMTP\r\n") as server, closed_port() as closed:
        live = closed if origin == "closed" else origin.format(port=server.port)
        settings.API_ORIGINS = {"live": live, "sandbox": live}
        answer = signed_in.post(CREATE, FIELDS)
    assert answer.status_code == 422
    assert "could not be reached" in alert(answer)
    assert said in alert(answer)
    assert shows_no_key(answer)
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "MAIN"}, "name"),
        ({"name": " main "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"token": ""}, "token"),
        ({"token": "a b"}, "token"),
        ({"token": "a:b"}, "token"),
        ({"token": "clé"}, "token"),
        ({"token": "x" * 501}, "token"),
        ({"secret_key": "a\tb"}, "secret_key"),
        ({"kind": "other"}, "kind"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_nothing_is_sent(signed_in, chartmogul, connection, change, field):
    answer = signed_in.post(CREATE, FIELDS | {"name": "Second"} | change)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in text(answer)
    assert f'href="#id_{field}"' in alert(answer)
    assert shows_no_key(answer)
    assert chartmogul.requests == []
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("sign", "\u200b\xad\u2060\ufeff\u061c\u200f\u180e\u3164\u2065\U000e0041\ufff9\x7f", ids=ascii)
def test_no_name_holds_what_is_not_seen(signed_in, chartmogul, sign):
    assert signed_in.post(CREATE, FIELDS | {"name": f"Li{sign}ve"}).status_code == 422
    assert not Connection.objects.exists()


@pytest.mark.parametrize("name", ["Li\u200dve", "Live\ufe0f", "Live\U000e0100", "L\u034five"], ids=ascii)
def test_joiners_alone_tell_no_names_apart(signed_in, chartmogul, name):
    signed_in.post(CREATE, FIELDS | {"name": "Live"})
    assert signed_in.post(CREATE, FIELDS | {"name": name}).status_code == 422
    assert signed_in.post(CREATE, FIELDS | {"name": "\u200d\ufe0f"}).status_code == 422
    assert Connection.objects.count() == 1


def test_blanks_alone_tell_no_names_apart(signed_in, chartmogul):
    signed_in.post(CREATE, FIELDS | {"name": "Our account"})
    assert signed_in.post(CREATE, FIELDS | {"name": "Our \xa0account"}).status_code == 422


def test_a_name_may_hold_words_and_emoji_with_joiners(signed_in, chartmogul):
    names = ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f4bb \u2764\ufe0f"]
    for name in names:
        signed_in.post(CREATE, FIELDS | {"name": name})
    assert {connection.name for connection in Connection.objects.all()} == set(names)


def test_names_differ_in_more_than_case_beyond_ascii_too(signed_in, chartmogul):
    signed_in.post(CREATE, FIELDS | {"name": "Ärzte"})
    assert signed_in.post(CREATE, FIELDS | {"name": "ärzte"}).status_code == 422


def test_D14_fields_that_are_not_in_the_form_have_no_effect(signed_in, chartmogul):
    extra = {
        "slug": "other",
        "account_name": "Mine",
        "uuid": "0" * 32,
        "sealed_key": "x",
        "id": "7",
        "origin": "http://x",
    }
    signed_in.post(CREATE, FIELDS | extra)
    connection = Connection.objects.get()
    assert (connection.slug, connection.account_name) == ("main", ACCOUNT["name"])
    assert connection.open_credential().token == TOKEN


def test_the_list_names_each_connection(signed_in, connection):
    page = text(signed_in.get("/connections/"))
    assert "<caption>" in page
    for value in ("Main", "Example Test Company", "…4f2a", 'href="/c/main/"', 'href="/connections/main/"'):
        assert value in page


def test_an_empty_list_says_what_to_do(signed_in):
    page = text(signed_in.get("/connections/"))
    assert "There are no connections yet" in page
    assert f'href="{CREATE}"' in page


def test_renaming_keeps_the_address(signed_in, connection, chartmogul):
    answer = signed_in.post("/connections/main/", {"name": "Renamed"}, follow=True)
    assert answer.redirect_chain == [("/connections/main/", 302)]
    connection.refresh_from_db()
    assert (connection.name, connection.slug) == ("Renamed", "main")
    assert signed_in.post("/connections/main/", {"name": "renamed"}).status_code == 302
    assert chartmogul.requests == []


def test_renaming_to_a_name_that_is_taken_is_refused(signed_in, connection):
    other = Connection(name="Other")
    other.set_credential(TOKEN)
    other.save()
    answer = signed_in.post("/connections/other/", {"name": "MAIN"})
    assert answer.status_code == 422
    assert "A connection with this name already exists." in alert(answer)


def test_B6_the_key_page_shows_only_the_last_four_and_the_fingerprint(signed_in, connection):
    answer = signed_in.get("/connections/main/key/")
    page = text(answer)
    assert "…4f2a" in page
    assert connection.fingerprint in page
    assert "Leave blank to keep" in page
    (field,) = re.findall(r'<input[^>]*name="token"[^>]*>', page)
    assert 'autocomplete="off"' in field
    assert "value=" not in field
    assert shows_no_key(answer)


def test_B6_a_blank_key_is_kept(signed_in, connection, chartmogul):
    assert signed_in.post("/connections/main/key/", {"token": "", "secret_key": ""}).status_code == 302
    connection.refresh_from_db()
    assert connection.open_credential().token == TOKEN
    assert chartmogul.requests == []


def test_B6_a_new_key_is_tested_and_replaces_the_old_one(signed_in, connection, chartmogul):
    answer = signed_in.post("/connections/main/key/", {"token": NEW_TOKEN, "secret_key": ""}, follow=True)
    assert chartmogul.paths == ["/v1/ping", "/v1/account"]
    assert "The key has been replaced" in text(answer)
    assert shows_no_key(answer)
    before, fingerprint = connection.sealed_key, connection.fingerprint
    connection.refresh_from_db()
    assert connection.open_credential().token == NEW_TOKEN
    assert connection.open_credential().secret_key == ""
    assert connection.last_four == "9b1c"
    assert connection.sealed_key != before
    assert connection.fingerprint != fingerprint


def test_B6_a_key_that_fails_leaves_the_old_one(signed_in, connection, chartmogul):
    chartmogul.routes["/v1/ping"] = reply(401)
    answer = signed_in.post("/connections/main/key/", {"token": NEW_TOKEN})
    assert answer.status_code == 422
    assert shows_no_key(answer)
    connection.refresh_from_db()
    assert connection.open_credential().token == TOKEN


def test_a_secret_key_alone_is_refused(signed_in, connection, chartmogul):
    assert signed_in.post("/connections/main/key/", {"secret_key": "x"}).status_code == 422
    assert chartmogul.requests == []


@pytest.mark.parametrize("other", [ACCOUNT | {"id": "acc_other"}, {"name": "Another Company", "currency": "USD"}])
def test_a_key_of_another_account_must_be_meant(signed_in, connection, chartmogul, other):
    chartmogul.routes["/v1/account"] = reply(200, other)
    answer = signed_in.post("/connections/main/key/", {"token": NEW_TOKEN})
    assert answer.status_code == 422
    assert other["name"] in alert(answer)
    assert shows_no_key(answer)
    connection.refresh_from_db()
    assert connection.open_credential().token == TOKEN
    assert signed_in.post("/connections/main/key/", {"token": NEW_TOKEN, "other_account": "on"}).status_code == 302
    connection.refresh_from_db()
    assert connection.open_credential().token == NEW_TOKEN
    assert connection.account_name == other["name"]


def test_testing_again_notes_what_the_account_is_now(signed_in, connection, chartmogul):
    chartmogul.routes["/v1/account"] = reply(200, ACCOUNT | {"name": "New Name", "currency": "USD"})
    answer = signed_in.post("/connections/main/test/", follow=True)
    assert "The connection works: New Name, USD, Europe/Berlin" in text(answer)
    connection.refresh_from_db()
    assert (connection.account_name, connection.account_currency) == ("New Name", "USD")


def test_a_test_that_fails_is_told(signed_in, connection, chartmogul):
    chartmogul.routes["/v1/ping"] = reply(401)
    answer = signed_in.post("/connections/main/test/", follow=True)
    assert "The test failed. ChartMogul does not accept this key" in text(answer)
    assert [message.level_tag for message in get_messages(answer.wsgi_request)] in ([], ["error"])
    assert connection.tested_at is None


@pytest.mark.parametrize("address", ["/connections/main/test/", "/connections/main/key/"])
def test_a_connection_deleted_during_its_test_stays_deleted(signed_in, connection, chartmogul, monkeypatch, address):
    def check(client):
        connection.delete()
        return services.Account("Example Test Company", "EUR", "Europe/Berlin")

    monkeypatch.setattr(services, "check", check)
    assert signed_in.post(address, {"token": NEW_TOKEN, "other_account": "on"}).status_code == 404
    assert not Connection.objects.exists()


def test_it_is_deleted_once_however_many_delete_it(connection, ada):
    also = Connection.objects.get()
    services.delete(connection, user=ada)
    with pytest.raises(services.Gone):
        services.delete(also, user=ada)
    assert Event.objects.filter(kind="connection.deleted").count() == 1


def test_a_name_taken_during_the_test_is_told_beside_the_field(signed_in, chartmogul, monkeypatch):
    def check(client):
        Connection.objects.create(name="MAIN")
        return services.Account("Example Test Company", "EUR", "Europe/Berlin")

    monkeypatch.setattr(services, "check", check)
    answer = signed_in.post(CREATE, FIELDS)
    assert answer.status_code == 422
    assert 'id="id_name_error"' in text(answer)
    assert Connection.objects.count() == 1


def test_testing_is_not_a_get(signed_in, connection, chartmogul):
    assert signed_in.get("/connections/main/test/").status_code == 405
    assert chartmogul.requests == []


def test_deleting_asks_first_and_touches_nothing_at_chartmogul(signed_in, connection, chartmogul):
    page = text(signed_in.get("/connections/main/delete/"))
    assert "Nothing is deleted in ChartMogul" in page
    assert Connection.objects.exists()
    answer = signed_in.post("/connections/main/delete/", follow=True)
    assert "Nothing was deleted in ChartMogul" in text(answer)
    assert not Connection.objects.exists()
    assert chartmogul.requests == []


def test_an_unknown_connection_is_not_found(signed_in):
    for name in ("detail", "key", "delete"):
        assert signed_in.get(reverse(f"connections:{name}", args=["none"])).status_code == 404


def test_D4_nothing_is_done_without_the_csrf_token(django_user_model, connection, chartmogul):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(django_user_model.objects.create_superuser("eve"))
    for address in (CREATE, "/connections/main/", "/connections/main/key/", "/connections/main/test/"):
        assert strict.post(address, FIELDS).status_code == 403
    assert strict.post("/connections/main/delete/").status_code == 403
    assert Connection.objects.count() == 1
    assert chartmogul.requests == []


def test_B11_unreadable_credentials_harm_no_other_connection(signed_in, connection, chartmogul, settings):
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    other = Connection(name="Other")
    other.set_credential(NEW_TOKEN)
    other.save()
    for address in ("/connections/", "/connections/main/"):
        answer = signed_in.get(address)
        assert answer.status_code == 200
        assert "cannot read the credentials" in text(answer)
    for address in ("/connections/main/key/", "/connections/main/delete/"):
        assert signed_in.get(address).status_code == 200
    answer = signed_in.post("/connections/main/test/", follow=True)
    assert answer.status_code == 200
    assert "cannot read the credentials" in alert(answer)
    assert chartmogul.requests == []
    assert "The connection works" in text(signed_in.post("/connections/other/test/", follow=True))
    assert "cannot read the credentials" not in text(signed_in.get("/connections/other/"))
    # A new key is the way out.
    assert signed_in.post("/connections/main/key/", {"token": NEW_TOKEN}).status_code == 302
    assert "cannot read the credentials" not in text(signed_in.get("/connections/main/"))


def test_C1_foreign_text_is_escaped(signed_in, connection, chartmogul):
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}'
    chartmogul.routes["/v1/account"] = reply(200, ACCOUNT | {"name": nasty})
    pages = [signed_in.post("/connections/main/test/", follow=True), signed_in.get("/connections/")]
    chartmogul.routes["/v1/ping"] = reply(401, {"message": nasty})
    pages.append(signed_in.post(CREATE, FIELDS | {"name": "Second"}))
    for page in pages:
        content = page.content.decode()
        assert "alert(1)" in content
        assert "<script>alert" not in content
        assert "<img" not in content
