"""H1, H4, H5: each way of changing something is an event that says who, when, from where and what; one line each."""

import json
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import User
from django.test import Client

from activity.models import Event
from chartmogul_admin.logs import LONGEST, OneLineFormatter
from connections.roles import Role
from resources.operations import ListOperation, WriteOperation
from resources.registry import OPERATIONS
from tests.connections.conftest import ACCOUNT, PONG
from tests.pages import Browser
from tests.people import somebody
from tests.security.routes import ROUTES
from tests.servers import RecordingServer, reply

HOSTILE = "ada\r\n2026-01-01 INFO activity forged\x1b[31m\u2028"
LISTS = {key for key, operation in OPERATIONS.items() if isinstance(operation, ListOperation)}
PREPARING = {key for key, operation in OPERATIONS.items() if isinstance(operation, WriteOperation)} | {"api_call"}
# The other addresses that take a POST, and the event that each leads to.
EVENTS = {
    "send": "write.sending",
    "check": "write.refused",
    "discard": "write.discarded",
    "create": "connection.created",
    "detail": "connection.renamed",
    "key": "connection.key_replaced",
    "delete": "connection.deleted",
    "account_login": "sign_in.accepted",
    "mfa_authenticate": "sign_in.accepted",
    "mfa_login_webauthn": "sign_in.accepted",
    "account_logout": "sign_out",
    "directory-switch": "directory.switched",
    "directory-read": "directory.reading_asked_for",
    "directory-stop": "directory.reading_stopped",
}
ABOUT_PEOPLE = {
    "ask": "write.approval_asked",
    "decline": "write.declined",
    "safety": "connection.safety_changed",
    "account_reauthenticate": "person.confirmed",
    "mfa_reauthenticate": "person.confirmed",
    "mfa_reauthenticate_webauthn": "person.confirmed",
    "account_change_password": "person.password_changed",
    "account_set_password": "person.password_changed",
    "usersessions_list": "person.sessions_ended",
    "mfa_activate_totp": "person.second_factor_added",
    "mfa_add_webauthn": "person.second_factor_added",
    "mfa_deactivate_totp": "person.second_factor_removed",
    "mfa_remove_webauthn": "person.second_factor_removed",
    "mfa_generate_recovery_codes": "person.second_factor_renewed",
    "list": "person.invited",
    "people": "person.role_given",
    "person": "person.switched_off",
    "join": "person.joined",
}
OF_THE_SANDBOX = {"reset": "connection.reset"}
"""tests/resources/test_other_account.py has it."""
# A test of a key reads; a saved view is how somebody looks at a list.
CHANGES_NOTHING = {"test", "preferences", "go_on", "mfa_edit_webauthn", "mfa_download_recovery_codes"}
VIEWS = {f"{key}.{what}" for key in LISTS for what in ("save_view", "saved_view")}


def test_H1_no_address_that_changes_something_is_without_its_event(client: Client, ada, main, recorder):
    taking_post = set()
    for route in ROUTES:
        # Some of them sign out, or delete the connection.
        client.force_login(ada)
        main.save()
        if client.post(route.path).status_code != 405:
            taking_post.add(route.name)
    assert taking_post == PREPARING | set(EVENTS) | set(ABOUT_PEOPLE) | set(OF_THE_SANDBOX) | CHANGES_NOTHING | VIEWS


def test_H1_each_of_them_is_one_event_with_who_when_and_from_where(
    visitor: Browser, ada, main, recorder: RecordingServer, quick
):
    recorder.routes = {
        "/v1/ping": reply(200, PONG),
        "/v1/account": reply(200, {**ACCOUNT, "name": "Example"}),
        "GET /v1/data_sources": reply(200, {"data_sources": []}),
        "POST /v1/data_sources": reply(500),
    }
    ada.set_password("correct horse battery")
    ada.save()
    visitor.client.post("/accounts/login/", {"username": "ada", "password": "correct horse battery"})
    visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").press("Send")
    visitor.check()
    visitor.open("/c/main/data-sources/create/").fill("Name", "Other").press("Review").press("Discard")
    visitor.client.get("/c/main/activity/?format=json")
    form = {"name": "Second", "kind": "live", "token": "another-key-0000-9z9z"}
    visitor.client.post("/connections/create/", form)
    visitor.client.post("/connections/second/", {"name": "Third"})
    visitor.client.post("/connections/second/key/", {"token": "another-key-0000-8y8y"})
    visitor.client.post("/connections/second/delete/")
    for address, form in (("switch", {"enabled": "on", "every_hours": "24"}), ("read", {}), ("stop", {})):
        visitor.client.post(f"/c/main/directory/{address}/", form)
    visitor.client.post("/accounts/logout/")
    events = Event.objects.filter(pk__gt=Event.objects.earliest("id").pk).order_by("id")
    kinds = [event.kind for event in events]
    assert kinds == [
        *("sign_in.accepted", "write.prepared", "write.sending", "write.unknown", "write.refused"),
        *("write.prepared", "write.discarded"),
        *("trail.exported", "connection.created", "connection.renamed", "connection.key_replaced"),
        *("connection.deleted", "directory.switched", "directory.reading_asked_for", "directory.reading_stopped"),
        "sign_out",
    ]
    assert set(EVENTS.values()) <= set(kinds)
    for event in events:
        assert (event.username, event.address) == ("ada", "127.0.0.1"), event.kind
        assert event.at.utcoffset().total_seconds() == 0
        if event.kind.startswith("write."):
            assert {"method", "path", "status", "milliseconds", "request_id"} <= set(event.facts)
            assert event.connection_name == "Main"


def test_H1_what_is_done_about_people_is_in_the_trail_too(
    visitor: Browser, ada, main, recorder: RecordingServer, django_capture_on_commit_callbacks
):
    """But for passkeys, which take a browser: tests/browser has those."""
    ada.set_password("correct horse battery")
    ada.save()
    sign_in = {"username": "ada", "password": "correct horse battery"}
    visitor.client.post("/accounts/login/", sign_in)
    mia = somebody(Role.MANAGER, main, "mia")
    visitor.client.post("/connections/main/safety/", {"second_person": "on"})
    for _ in ("declined", "asked again"):
        call = visitor.open("/c/main/api-call/").fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", "{}")
        review = call.press("Review").url
        visitor.press("Request approval")
        mia.client.post(f"{review}decline/", {"decline_reason": "Why?"})
    visitor.open("/people/").press("Create an invitation")
    link = urlsplit(visitor.page.one("code", class_="identifier").text).path
    chosen = {"username": "eve", "password1": "a long enough pass-phrase", "password2": "a long enough pass-phrase"}
    guest = Client()
    assert guest.post(guest.get(link)["Location"], chosen).status_code == 302
    eve = User.objects.get(username="eve")
    visitor.client.post("/connections/main/people/", {"action": "give", "username": "eve", "role": "1"})
    visitor.client.post("/connections/main/people/", {"action": "take", "person": eve.pk})
    for action in ("link", "sign_out", "make_owner", "unmake_owner", "switch_off", "switch_on"):
        visitor.client.post(f"/people/{eve.pk}/", {"action": action})
    visitor.client.post("/accounts/confirm/", {"password": sign_in["password"]})
    visitor.client.post("/accounts/sessions/")
    page = visitor.open("/accounts/second-factor/app/")
    secret = page.page.one("code", class_="identifier").text
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    with django_capture_on_commit_callbacks(execute=True):
        page.client.post("/accounts/second-factor/app/", {"code": code})
    for address in ("codes/new/", "app/remove/"):
        with django_capture_on_commit_callbacks(execute=True):
            page.client.post(f"/accounts/second-factor/{address}")
    new = "another long pass-phrase"
    page.client.post("/accounts/password/", {"oldpassword": sign_in["password"], "password1": new, "password2": new})
    events = {event.kind: event for event in Event.objects.all()}
    assert set(ABOUT_PEOPLE.values()) | {"person.role_taken", "person.link_made", "person.made_owner"} <= set(events)
    assert events["person.role_given"].facts == {"person": "eve", "role": "Viewer"}
    assert events["person.role_given"].connection_name == "Main"
    assert events["write.declined"].username == "mia"
    told = json.dumps([event.facts for event in events.values()])
    assert not [secret for secret in (link.split("/")[-2], chosen["password1"], new, code) if secret in told]


@pytest.mark.parametrize("hostile", [HOSTILE, HOSTILE + "x" * 1_000_000], ids=["control characters", "1 MB"])
def test_H4_whatever_is_typed_or_asked_for_is_one_line_of_the_log(hostile: str, signed_in: Client, main, caplog):
    agent = {"User-Agent": hostile.replace("\u2028", "")}
    signed_in.post("/accounts/login/", {"username": hostile, "password": hostile}, headers=agent)
    Client().post("/accounts/login/", {"username": hostile, "password": hostile}, headers=agent)
    signed_in.get("/c/" + hostile, headers=agent)
    signed_in.get("/c/main/customers/" + hostile + "/", headers=agent)
    formatter = OneLineFormatter("{asctime} {levelname} {name} {message}", style="{")
    lines = []
    for record in caplog.records:
        record.message, record.asctime = record.getMessage(), "2026-01-01"
        lines.append(formatter.formatMessage(record))
    assert lines
    assert all(line.isprintable() and len(line) < LONGEST + 40 for line in lines)
    assert all(len(event.username) <= 150 for event in Event.objects.all())


def test_H5_the_shipped_time_for_which_bodies_are_kept_is_a_year(settings):
    assert settings.ACTIVITY_DAYS == 365
