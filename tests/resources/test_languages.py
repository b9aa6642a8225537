"""A person's language changes the texts on pages, and nothing else."""

import json
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import translation

from activity import services
from activity.models import Write
from connections import access
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from connections.models import Connection
from resources import columns, countries, deletions, money, site_search, table
from resources.catalog import customers, data_sources, subscriptions
from resources.cells import CellContext
from resources.deletions import Deletion
from resources.fields import CountryField
from resources.form_context import FormContext
from resources.operations import WriteOperation
from resources.registry import OPERATIONS, RESOURCES
from resources.templatetags.records import title_of
from resources.views import lists, preparing
from tests.pages import Browser
from tests.servers import RecordingServer, reply

SOURCE = "ds_bbbbbbbb-0000-4000-8000-000000000001"
WORDS = {
    "Create a Customer": "Einen Kunden anlegen",
    "Customers": "Kunden",
    "customer": "Kunde",
    "data source": "Datenquelle",
    "new add": "neu hinzufügen",
    "Name": "Bezeichnung",
    # As the API spells the field.
    "Zip": "zip",
    "not set": "leer",
    "Deleted": "Gelöscht",
    "Activity": "Verlauf",
}


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Translations of a few words for German."""
    translation.gettext("")
    monkeypatch.setattr(
        "django.utils.translation._trans.gettext",
        lambda message: WORDS.get(message, message) if translation.get_language() == "de" else message,
    )
    site_search.called.cache_clear()
    with translation.override("de"):
        yield
    site_search.called.cache_clear()


@pytest.fixture
def reached(ada: User, main: Connection) -> Connection:
    return access.reach(ada, "main")


@pytest.mark.parametrize(
    "typed", ["einen kunden anl", "NEU KUNDE", "hinzufugen kunden", "create a cust", "new customer"]
)
def test_modules_are_found_by_words_of_the_reader_and_by_english_ones(typed, reached, german):
    (group,) = site_search.modules(reached, typed)
    assert "Einen Kunden anlegen" in [hit.name for hit in group.hits]


@pytest.mark.parametrize("typed", ["verlauf", "activity"])
def test_a_whole_title_in_either_language_ranks_first(typed, reached, german):
    (group,) = site_search.pages(reached, typed)
    assert (group.hits[0].name, group.rank) == ("Verlauf", 0)


def test_columns_keep_their_names_in_addresses(german):
    labels = {name: str(column.label) for name, column in columns.by_name(customers.COLUMNS).items()}
    assert labels["name"] == "Bezeichnung"
    assert "billing-system-type" in labels


def test_a_fact_whose_label_looks_like_a_field_stays_a_fact(german):
    page = {"resource": customers.RESOURCE}
    assert lists.columns_of(customers.LIST, QueryDict(), page)["further_fields"] == []


def test_cells_speak_the_language_of_the_page(german):
    shown = table.rows(customers.COLUMNS, [{"uuid": "cus_1", "name": "Ada"}], CellContext(slug="main"), gone={"cus_1"})
    assert "<strong>Gelöscht</strong>" in shown
    assert 'aria-label="leer"' in shown
    with translation.override("en"):
        assert 'aria-label="not set"' in table.rows(customers.COLUMNS, [{"uuid": "cus_1"}], CellContext(slug="main"))


def prepared(ada: User, reached: Connection) -> Write:
    posted = QueryDict(mutable=True)
    posted.update({"data_source_uuid": SOURCE, "external_id": "1", "name": "Ada"})
    form = customers.CustomerCreateForm(posted, context=FormContext(slug="main"))
    assert form.is_valid()
    request = RequestFactory().post("/")
    request.user, request.session = ada, {}
    write = preparing.prepare(request, reached, customers.CREATE, form)
    assert write
    return write


def test_a_write_keeps_the_words_of_who_did_it_and_shows_its_title_to_each_in_theirs(ada, reached, german):
    write = Write.objects.get(key=prepared(ada, reached).key)
    # What an operation is called is kept as exports and filters know it.
    assert write.title == "Create a Customer"
    assert "Bezeichnung" in [change["label"] for change in write.changes]
    assert title_of(write) == "Einen Kunden anlegen"
    with translation.override("en"):
        assert title_of(write) == "Create a Customer"


def test_the_filter_of_the_trail_calls_operations_as_the_page_does(
    ada: User, main: Connection, visitor: Browser, settings
):
    kept = {key: each for key, each in OPERATIONS.items() if isinstance(each, WriteOperation)}
    request = ApiRequest.build("POST", "customers", json={})
    for key, operation in kept.items():
        about = {"operation": key, "title": operation.title, "resource": operation.key.partition(".")[0]}
        services.prepare(connection=main, user=ada, request=request, typed={}, changes=[], **about)
    assert len(kept) > 10
    settings.LANGUAGE_CODE = "de"
    options = visitor.open("/c/main/activity/").field("Vorgang").all("option")
    offered = {option.get("value"): option.text for option in options if option.get("value")}
    with translation.override("de"):
        assert offered == {key: str(operation.title) for key, operation in kept.items()}
    assert offered["customers.create"] == "Kunden anlegen"
    assert list(offered.values()) == sorted(offered.values())
    (row,) = visitor.open("/c/main/activity/?operation=customers.create").table()
    assert "Kunden anlegen" in row.values()


def test_a_write_of_no_operation_any_more_shows_the_title_that_was_kept():
    assert title_of(Write(operation="customers.merge", title="Merge Customers")) == "Merge Customers"


def test_a_copy_has_the_same_keys_in_every_language(reached, recorder: RecordingServer, german):
    recorder.routes = {f"/v1/data_sources/{SOURCE}": reply(200, {"uuid": SOURCE, "name": "Shop"})}
    for key, rows in (("customers", "entries"), ("plans", "plans"), ("invoices", "invoices")):
        recorder.routes[f"/v1/{key}"] = reply(200, {rows: [], "has_more": False})
    deletion = Deletion(operation=data_sources.DELETE, uuid=SOURCE)
    assert '"data_source": {"uuid"' in "".join(deletions.copy(ChartMogulClient.of(reached), deletion))


def test_a_copy_is_in_the_language_of_who_asked_for_it(visitor: Browser, main, recorder: RecordingServer):
    """Though it is put together while it is sent, when the request has ended."""
    recorder.routes = {f"/v1/data_sources/{SOURCE}": reply(200, {"uuid": SOURCE, "name": "Shop"})}
    visitor.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    page = visitor.open(f"/c/main/data-sources/delete/?uuid={SOURCE}")
    page.press(page.page.one("button", class_="primary").text)
    copy = json.loads(b"".join(page.client.get(f"{page.url}copy/")))
    assert copy["not_copied"].startswith("Abonnements")


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.key)
def test_counts_choose_their_plural_by_the_number(resource):
    words = [deletions.in_words(count, resource.counted) for count in (1, 2, 12345)]
    assert words == [f"1 {resource.noun}", f"2 {resource.nouns}", f"12,345 {resource.nouns}"]


@pytest.mark.parametrize(
    "resource", [each for each in RESOURCES if each.list_path or each.all_of], ids=lambda resource: resource.key
)
def test_each_kind_that_pickers_find_has_its_sentence_for_what_is_not_known(resource):
    assert str(resource.not_found).startswith(f"No {resource.noun} found for “{{text}}”")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"billing-cycle": "year", "billing-cycle-count": 1}, "year"),
        ({"billing-cycle": "month", "billing-cycle-count": 3}, "3 months"),
        ({"billing-cycle": "week", "billing-cycle-count": 2}, "2 weeks"),
        ({"billing-cycle": ["odd"], "billing-cycle-count": None}, ["odd"]),
        ({}, None),
    ],
)
def test_a_cycle_is_said_in_words_where_its_unit_is_known(entry, words):
    assert subscriptions.cycle(entry) == words


def test_countries_and_currencies_are_named_in_the_language_of_the_page(german):
    names = dict(countries.choices())
    assert (names["DE"], names["AT"]) == ("Deutschland", "Österreich")
    assert list(names).index("AT") < list(names).index("PL")
    assert CountryField().in_words("DE") == "Deutschland (DE)"
    assert dict(money.currencies())["USD"] == "US-Dollar"
    with translation.override("en"):
        assert (dict(countries.choices())["DE"], dict(money.currencies())["USD"]) == ("Germany", "US Dollar")


@pytest.mark.parametrize(("language", "words"), [("en", "Germany (DE)"), ("de", "Deutschland (DE)")])
def test_a_record_and_a_list_name_the_country_of_a_customer(
    language: str, words: str, visitor: Browser, main: Connection, recorder: RecordingServer, settings
):
    settings.LANGUAGE_CODE = language
    record = {"uuid": "cus_1", "name": "Ada", "country": "DE"}
    unknown = [{"uuid": f"cus_{number}", "country": value} for number, value in enumerate(["XX", "de", "<b>", 7], 2)]
    answer = {"entries": [record, *unknown], "has_more": False, "cursor": None}
    recorder.routes = {"/v1/customers/cus_1": reply(200, record), "/v1/customers": reply(200, answer)}
    assert words in visitor.open("/c/main/customers/cus_1/").facts().values()
    cells = [list(row.values()) for row in visitor.open("/c/main/customers/list/").table()]
    place = cells[0].index(words)
    assert [row[place] for row in cells] == [words, "XX", "de", "<b>", "7"]


def test_countries_and_currencies_stand_where_people_look_for_them(german):
    """Not by the codes of their letters, in which Å and Ä come after Z."""
    egyptian, albanian = (name for code, name in money.currencies() if code in ("EGP", "ALL"))
    assert (egyptian, albanian) == ("Ägyptisches Pfund", "Albanischer Lek")
    with translation.override("en"):
        aland, albania = (name for code, name in countries.choices() if code in ("AX", "AL"))
    assert (aland, albania) == ("Åland Islands", "Albania")


def test_a_form_names_countries_in_the_language_of_the_page(german):
    form = customers.CustomerCreateForm(context=FormContext(slug="main"))
    assert '<option value="DE">Deutschland</option>' in str(form["country"])
