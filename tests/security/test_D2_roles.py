"""D2: who may do what: every role by every route by every method, read off the URL configuration."""

import json
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from connections.access import need_of
from connections.models import Connection
from connections.roles import ANYBODY, OWNER, PUBLIC, Role
from resources.operations import WriteOperation
from resources.registry import OPERATIONS
from tests.people import somebody
from tests.security.gathering import cases
from tests.security.routes import ROUTES, Route
from tests.servers import RecordingServer

TABLE: dict[str, str] = json.loads((Path(__file__).parent.parent / "data" / "roles.json").read_text())
"""Route -> what it needs, written down beside the declarations: to change one takes changing both."""
ROLES = {role.name.lower(): role for role in Role}


def declared(route: Route) -> str:
    match = resolve(route.path)
    need = need_of(match.func, match.kwargs)
    return need.name.lower() if isinstance(need, Role) else need


def test_D2_every_route_declares_what_it_needs_and_it_is_what_the_table_says():
    assert {route.pattern: declared(route) for route in ROUTES} == TABLE
    assert set(TABLE.values()) == {PUBLIC, ANYBODY, OWNER, *ROLES}


def test_D2_what_deletes_needs_a_manager_and_what_writes_an_editor():
    for operation in OPERATIONS.values():
        if isinstance(operation, WriteOperation):
            assert operation.role_to_send >= (Role.MANAGER if operation.method == "DELETE" else Role.EDITOR)
        else:
            assert operation.role == Role.VIEWER


def test_D2_a_view_that_says_nothing_answers_nobody():
    def forgotten(request: HttpRequest) -> HttpResponse:
        return HttpResponse("here")

    with pytest.raises(ImproperlyConfigured, match="does not say who may use it"):
        need_of(forgotten, {})


@pytest.mark.parametrize(
    ("role", "method"),
    [(None, "get"), *((role, "post") for role in (None, *Role))],
    ids=lambda given: given if isinstance(given, str) else given.name.lower() if given else "stranger",
)
def test_D2_every_role_meets_every_route(role: Role | None, method: str, main: Connection, recorder: RecordingServer):
    """What a role gets without posting is looked at where it follows an owner everywhere: test_B1_C6_D2_D5_walk.py."""
    client = somebody(role, main).client
    asked = 0
    with cases() as case:
        for route in ROUTES:
            need = TABLE[route.pattern]
            if need in (PUBLIC, ANYBODY):
                continue
            for fragment in (False, True):
                with case(route.pattern, "fragment" if fragment else "page"):
                    recorder.requests.clear()
                    answer = getattr(client, method)(route.path, headers={"HX-Request": "true"} if fragment else {})
                    allowed = need in ROLES and role is not None and role >= ROLES[need]
                    if allowed:
                        assert answer.status_code not in (401, 403)
                    else:
                        # Whether a connection exists is not told to those who have no part in it.
                        assert answer.status_code == (404 if role is None and need in ROLES else 403)
                        assert recorder.requests == []
                asked += 1
    assert asked > 150


@pytest.mark.parametrize("role", list(Role)[:2], ids=lambda role: role.name.lower())
def test_D2_the_console_writes_for_managers_only(role: Role, main: Connection, recorder: RecordingServer):
    page = somebody(role, main).open("/c/main/api-call/")
    assert [option.text for option in page.field("Method").all("option")] == ["GET"]
    answer = page.client.post("/c/main/api-call/", {"url": "/v1/plans", "method": "POST", "body": "{}"})
    assert answer.status_code == 422
    assert recorder.requests == []
    manager = somebody(Role.MANAGER, main).open("/c/main/api-call/")
    manager.fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", "{}").press("Review")
    assert manager.h1 == "Review: Make an API Call"


def test_D2_what_is_forbidden_is_absent_and_explained_at_its_address(main: Connection, recorder: RecordingServer):
    somebody(Role.ADMINISTRATOR, main, "ida")
    page = somebody(Role.VIEWER, main).open("/c/main/")
    links = {link.get("href") for link in page.page.all("a")}
    assert "/c/main/customers/list/" in links
    assert not {link for link in links if "/delete/" in link or "/create/" in link or "/update/" in link}
    page.open("/c/main/data-sources/delete/")
    assert page.status == 403
    assert "requires the role Manager for Main; your role is Viewer. Ask ida for access." in page.text
    assert "Create a connection" not in page.open("/connections/").text


def test_D2_a_row_that_somebody_prepared_is_not_sent_after_the_role_is_gone(main: Connection, recorder):
    page = somebody(Role.EDITOR, main, "eve").open("/c/main/data-sources/create/")
    page.fill("Name", "New").press("Review")
    main.accesses.update(role=Role.VIEWER)
    page.press("Send")
    assert page.status == 403
    assert recorder.requests == []
