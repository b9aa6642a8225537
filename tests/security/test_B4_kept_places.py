"""B4: the key of a connection is in nothing that the product keeps, whatever was done with the connection."""

import base64
import io
import json
import logging
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command

from activity.models import Event, Write
from connections.models import Connection
from tests.connections.conftest import ACCOUNT, PONG, SECRET_KEY, TOKEN
from tests.connections.test_stored_bytes import slices
from tests.pages import Browser
from tests.servers import RecordingServer, reply, reset

BASIC = base64.b64encode(f"{TOKEN}:{SECRET_KEY}".encode()).decode()
CUSTOMER = {"uuid": "cus_1", "name": "Acme", "external_id": "acme", "data_source_uuid": "ds_1"}
SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"


def everything_kept() -> Iterator[tuple[str, bytes]]:
    """Each place in which the product keeps something, and what is there."""
    for model in apps.get_models():
        for row in model._base_manager.values():
            raw = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
            yield model._meta.label, repr(raw).encode()
    for session in Session.objects.all():
        yield "session", json.dumps(session.get_decoded()).encode()
    for packed in getattr(cache, "_cache", {}).values():
        yield "cache", bytes(packed)
    out = io.StringIO()
    call_command("dumpdata", stdout=out)
    yield "dumpdata", out.getvalue().encode()


@pytest.fixture
def used(visitor: Browser, db: None, recorder: RecordingServer, quick, caplog) -> Browser:
    """A browser that has created a connection with the canary as its key, and done all that uses the key or the trail."""
    caplog.set_level(logging.DEBUG)
    recorder.routes = {
        "/v1/ping": reply(200, PONG),
        "/v1/account": reply(200, ACCOUNT),
        "/v1/customers": reply(201, CUSTOMER),
        "/v1/customers/cus_1": reply(200, CUSTOMER),
        "/v1/plans": reply(422, {"error": "No"}),
        "/v1/data_sources": reply(500),
        "/v1/plan_groups": reset(),
        # It quotes what it was asked with, as servers that are being debugged do.
        "/v1/echo": reply(401, {"error": f"Not {TOKEN}", "authorization": f"Basic {BASIC}", "secret": SECRET_KEY}),
    }
    page = visitor.open("/connections/create/").fill("Connection name", "Main")
    page.fill("Token", TOKEN).fill("Secret Key", SECRET_KEY).press("Continue")
    assert "The connection has been established" in page.notice
    page.open("/connections/create/").fill("Connection name", "Main").fill("Token", TOKEN).press("Continue")
    page.open("/connections/main/key/").fill("Token", TOKEN).fill("Secret Key", SECRET_KEY).press("Test and replace")
    page.open("/connections/main/").press("Test again")
    form = page.open("/c/main/customers/create/").fill("Data Source", SOURCE).fill("Name", "Acme")
    form.fill("External ID", "acme").press("Review").confirm()
    page.open("/c/main/data-sources/create/").fill("Name", "Acme").press("Review").confirm()
    for method, url in (("POST", "/v1/plans"), ("PUT", "/v1/echo"), ("GET", "/v1/echo"), ("DELETE", "/v1/plan_groups")):
        page.open("/c/main/api-call/").fill("URL", url).fill("Method", method)
        if method == "GET":
            page.press("Run")
        else:
            page.press("Review")
            page.confirm()
    for place in ("", "?format=csv", "?format=json"):
        visitor.client.get(f"/c/main/activity/{place}").getvalue()
    # A message that no page has shown yet.
    visitor.client.post("/connections/main/test/")
    return page


def test_B4_the_key_is_in_nothing_that_is_kept(used: Browser, recorder: RecordingServer, caplog):
    assert {request.headers["authorization"] for request in recorder.requests} == {f"Basic {BASIC}"}
    assert {write.outcome for write in Write.objects.all()} == {"accepted", "refused", "unknown"}
    assert Event.objects.filter(kind="trail.exported").count() == 2
    kept = list(everything_kept())
    assert {"session", "dumpdata", "activity.Write", "activity.Event"} <= {place for place, _ in kept}
    assert "The connection works" in next(content for place, content in kept if place == "session").decode()
    connection = Connection.objects.get()
    assert connection.open_credential().token == TOKEN
    runs = [run for secret in (TOKEN, SECRET_KEY) for run in slices(secret)] + [BASIC[:16].encode()]
    for place, content in [*kept, ("log", caplog.text.encode()), ("page", used.html.encode())]:
        assert not [run for run in runs if run in content], place
