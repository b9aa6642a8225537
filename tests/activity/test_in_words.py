"""The trail stores names in one language and shows them in the reader's."""

import re

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from activity import services, trail
from activity.forms import EventsForm
from activity.in_words import FACTS, KINDS, kind_in_words
from activity.models import Event
from connections.api_request import ApiRequest
from connections.models import Connection
from connections.roles import Role
from tests.german import german

GERMAN = {
    "event\x04Role granted": "Rolle gegeben",
    "fact\x04role": "Rolle",
    "fact\x04owner": "Eigentümer",
    "fact\x04no": "nein",
    "fact\x04person": "Person",
    "Editor": "Bearbeiter",
}


def test_in_english_an_event_is_told_in_words_too():
    event = Event(kind="person.role_given", facts={"role": Role.EDITOR.in_trail, "owner": False, "person": "zoe"})
    assert event.kind_in_words == "Role granted"
    assert [f"{name}: {value}" for name, value in event.facts_in_words] == [
        "role: Editor",
        "owner: no",
        "person: zoe",
    ]


def test_in_another_language_names_and_roles_are_translated_and_what_somebody_typed_is_not():
    event = Event(kind="person.role_given", facts={"role": "Editor", "owner": False, "person": "Editor"})
    with german(GERMAN):
        assert event.kind_in_words == "Rolle gegeben"
        shown = [f"{name}: {value}" for name, value in event.facts_in_words]
    assert shown == ["Rolle: Bearbeiter", "Eigentümer: nein", "Person: Editor"]


def test_the_filters_of_an_export_are_told_as_an_address_has_them():
    event = Event(kind="list.exported", facts={"filters": {"status": "Active", "external_id": "…"}, "rows": 2})
    assert [value for _, value in event.facts_in_words] == ["status=Active, external_id=…", 2]
    assert [value for _, value in Event(kind="list.exported", facts={"filters": {}}).facts_in_words] == ["—"]


def test_what_a_later_version_kept_is_shown_under_its_name():
    event = Event(kind="person.flew_away", facts={"height": 3})
    assert (event.kind_in_words, event.facts_in_words) == ("person.flew_away", [("height", 3)])


def test_a_role_is_kept_in_english_whoever_gives_it():
    with german(GERMAN):
        assert [role.in_trail for role in Role] == ["Viewer", "Editor", "Manager", "Administrator"]


def test_events_are_chosen_by_what_they_are_called_and_found_by_what_they_are_kept_as(main: Connection, ada: User):
    trail.add("person.role_given", user=ada, connection=main)
    with german(GERMAN):
        form = EventsForm({"kind": "person.role_given"}, events=Event.objects.all())
        assert ("person.role_given", "Rolle gegeben") in list(form.fields["kind"].choices)
        assert form.is_valid()
    assert form.narrowed(Event.objects.all()).count() == 1


def test_what_a_write_is_called_is_kept_in_english(main: Connection, ada: User):
    with german({"Create a Customer": "Einen Kunden anlegen"}):
        write = services.prepare(
            connection=main,
            user=ada,
            operation="customers.create",
            title=gettext_lazy("Create a Customer"),
            resource="customers",
            request=ApiRequest.build("POST", "customers", json={"name": "Acme"}),
            typed={},
            changes=[],
            warnings=[gettext_lazy("Create a Customer")],
        )
    # What was said to a person stays as it was said.
    assert (write.title, write.warnings) == ("Create a Customer", ["Einen Kunden anlegen"])
    assert list(trail.problems()) == []


def test_every_event_of_a_connection_that_the_code_names_has_words():
    apps = ("activity", "connections", "resources", "chartmogul_admin")
    code = "".join(path.read_text() for app in apps for path in (settings.BASE_DIR / app).rglob("*.py"))
    named = set(re.findall(r'trail\.add\(\s*"([a-z_.]+)"', code)) | set(re.findall(r'kind="(write\.[a-z_]+)"', code))
    told = set(re.findall(r'\btell\(connection, "(\w+)"', code))
    noted = set(re.findall(r'\bnote\(request, connection, "(\w+)"', code))
    kinds = named | {f"connection.{what}" for what in told} | {f"directory.{what}" for what in noted}
    # Those of signing in and of a person's own account belong to no connection, so no page shows them.
    shown = {kind for kind in kinds if not kind.startswith(("sign_", "person."))}
    assert len(shown) > 10
    assert {kind for kind in shown if kind not in KINDS} == set()
    assert kind_in_words("write.prepared") == "prepared"
    assert str(FACTS["to"]) == "to"
