"""D14: what a form does not ask for has no effect, whatever is posted along with it."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from activity.models import Write
from connections.models import Access, Connection
from tests.security.gathering import cases
from tests.security.routes import ROUTES
from tests.servers import RecordingServer, reply

CANARY = "mass-assigned-canary"
EXTRAS = {
    **dict.fromkeys(("is_staff", "is_superuser", "is_active", "owner", "read_only", "second_person"), "on"),
    **dict.fromkeys(("account", "account_id", "connection", "slug", "sealed_key", "last_four", "kind"), CANARY),
    **dict.fromkeys(("user", "user_id", "made_by", "outcome", "answer", "record_uuid", "digest", "pk", "id"), CANARY),
    **dict.fromkeys(("customer_uuid", "mrr", "role", "created_at", "token", "key"), CANARY),
}
OWN = {"/connections/create/", "/connections/<slug:slug>/key/", "/connections/<slug:slug>/safety/", "/people/"}
"""Forms that do ask for some of these; what they ask for is tested where they are."""


def kept(model: Any) -> list[dict[str, Any]]:
    return list(model.objects.order_by("pk").values())


def test_D14_extra_fields_in_every_form_take_no_effect(client: Client, ada: User, main, recorder: RecordingServer):
    recorder.routes = {"/v1/ping": reply(200, {"data": "pong!"}), "/v1/account": reply(500)}
    User.objects.create_user("eve")
    before = kept(User), kept(Access), kept(Connection)
    posted = 0
    with cases() as case:
        for route in ROUTES:
            if route.pattern in OWN or route.name == "account_logout":
                continue
            with case(route.pattern):
                client.force_login(ada)
                logins = dict(User.objects.values_list("pk", "last_login"))
                recorder.requests.clear()
                answer = client.post(route.path, {**EXTRAS, "name": "New", "confirm": "on"})
                posted += answer.status_code not in (404, 405)
                assert answer.status_code < 500
                after = [{**row, "last_login": None} for row in kept(User)], kept(Access)
                assert after == ([{**row, "last_login": None} for row in before[0]], before[1])
                assert logins
                for row, was in zip(kept(Connection), before[2], strict=False):
                    changed = {name for name in row if row[name] != was[name]}
                    assert changed <= {"name"}, changed
                for write in Write.objects.all():
                    assert CANARY.encode() not in bytes(write.body or b"")
                    assert (write.outcome, write.username) == ("prepared", "ada")
                assert not [request for request in recorder.requests if CANARY.encode() in request.body]
    assert posted > 30
