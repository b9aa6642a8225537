"""The search box on the server: what it finds, what it says about that, and how many calls it takes."""

import pytest
from django.test import Client

from connections.models import Connection
from resources.catalog.customers import RESOURCE as CUSTOMERS
from resources.catalog.data_sources import RESOURCE as SOURCES
from resources.catalog.plans import RESOURCE as PLANS
from resources.catalog.subscriptions import RESOURCE as SUBSCRIPTIONS
from resources.directory import services as directory
from resources.operations import ListOperation
from resources.registry import OPERATIONS, RESOURCES
from resources.sync import services as sync_services
from tests.conftest import make_connection
from tests.pages import Browser, Element, parse
from tests.servers import RecordingServer, reply

ADA, OTHER_ADA = "cus_aaaaaaaa-0000-4000-8000-000000000001", "cus_aaaaaaaa-0000-4000-8000-000000000002"
SOURCE, OTHER_SOURCE = "ds_bbbbbbbb-0000-4000-8000-000000000001", "ds_bbbbbbbb-0000-4000-8000-000000000002"
PLAN = "pl_cccccccc-0000-4000-8000-000000000001"
SUBSCRIPTION = "sub_dddddddd-0000-4000-8000-000000000001"
UNKNOWN = "00000000-1111-4222-8333-444444444444"


def customer(uuid: str, name: str, **more: object) -> dict[str, object]:
    return {"uuid": uuid, "name": name, "data_source_uuid": SOURCE, "status": "Active"} | more


@pytest.fixture
def known(main: Connection) -> Connection:
    sources = [{"uuid": SOURCE, "name": "Shop"}, {"uuid": OTHER_SOURCE, "name": "Partner"}]
    directory.remember(main, SOURCES, sources)
    two = [
        customer(ADA, "Acme", external_id="acme-1", email="ada@acme.example", company="Acme Ltd"),
        customer(OTHER_ADA, "Acme", external_id="acme-2", data_source_uuid=OTHER_SOURCE),
    ]
    directory.remember(main, CUSTOMERS, two)
    directory.remember(main, PLANS, [{"uuid": PLAN, "name": "Acme special", "data_source_uuid": SOURCE}])
    subscription = {"uuid": SUBSCRIPTION, "external_id": "acme-sub", "customer_uuid": ADA}
    directory.remember(main, SUBSCRIPTIONS, [subscription])
    return main


def box(client: Client, typed: str = "", **more: str) -> Element:
    """The answer that the box gets while somebody types."""
    answer = client.get("/c/main/search/", {"q": typed} | more, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return parse(answer.content.decode())


def groups(page: Element) -> dict[str, list[Element]]:
    return {section.one("h2").text: section.all("a") for section in page.all("section", class_="hits")}


def note(page: Element) -> str:
    return page.one(class_="note").text


def test_hits_are_grouped_by_kind_and_tell_their_records_apart(signed_in, known, recorder):
    found = groups(box(signed_in, "acme"))
    assert list(found) == ["Customers", "Plans", "Subscriptions"]
    one, other = (link.text for link in found["Customers"])
    assert one == f"Acme acme-1 · ada@acme.example · Acme Ltd · Shop · Active {ADA}"
    assert other == f"Acme acme-2 · Partner · Active {OTHER_ADA}"
    assert found["Customers"][0]["href"] == f"/c/main/customers/{ADA}/"
    assert found["Plans"][0]["href"] == f"/c/main/plans/{PLAN}/"
    assert recorder.requests == []


def test_the_kind_with_the_best_hit_comes_first(signed_in, known):
    assert next(iter(groups(box(signed_in, "acme special")))) == "Plans"
    assert next(iter(groups(box(signed_in, "shop")))) == "Data Sources"
    assert next(iter(groups(box(signed_in, "list customers")))) == "Modules"


def test_what_has_no_page_of_its_own_leads_to_the_list_of_its_owner(signed_in, known):
    (link,) = groups(box(signed_in, SUBSCRIPTION))["Subscriptions"]
    assert link["href"] == f"/c/main/subscriptions/list/?uuid={ADA}"
    assert "Acme" in link.text


def test_what_has_neither_page_nor_owner_leads_to_what_can_be_done_with_it(signed_in, main):
    directory.remember(main, SUBSCRIPTIONS, [{"uuid": SUBSCRIPTION, "external_id": "alone"}])
    (link,) = groups(box(signed_in, "alone"))["Subscriptions"]
    assert link["href"] == f"/c/main/subscriptions/cancel/?uuid={SUBSCRIPTION}"


@pytest.mark.parametrize("typed", [ADA, f"  {ADA}\n", ADA.upper()])
def test_a_known_uuid_is_its_record_and_nothing_else(typed: str, signed_in, known, recorder):
    found = groups(box(signed_in, typed))
    assert [(title, len(links)) for title, links in found.items()] == [("Customers", 1)]
    assert recorder.requests == []


@pytest.mark.parametrize("resource", [resource for resource in RESOURCES if resource.uuid_prefix], ids=lambda r: r.key)
def test_the_prefix_of_an_unknown_uuid_tells_where_it_leads(resource, signed_in, main, recorder):
    uuid = resource.uuid_prefix + UNKNOWN
    for page in (box(signed_in, uuid), box(signed_in, uuid, ask="1")):
        ((title, (link,)),) = groups(page).items()
        assert title == "By its UUID"
        if resource.path:
            assert link["href"] == f"/c/main/{resource.slug}/{uuid}/"
            assert f"Open {resource.noun} {uuid}" in link.text
        else:
            assert link["href"] == f"/c/main/subscriptions/cancel/?uuid={uuid}"
            assert "Cancel a Customer's Subscription" in link.text
    assert recorder.requests == []


@pytest.mark.parametrize(
    ("prefix", "noun", "path"), [("li_", "line item", "line_items"), ("tr_", "transaction", "transactions")]
)
def test_a_part_of_an_invoice_is_read_by_a_call(prefix, noun, path, visitor: Browser, main, recorder):
    uuid = f"{prefix}{UNKNOWN}"
    [(title, [link])] = groups(box(visitor.client, uuid)).items()
    assert (title, link.text) == ("By its UUID", f"Make an API Call: {noun} {uuid}")
    assert recorder.requests == []
    recorder.routes = {f"/v1/{path}/{uuid}": reply(200, {"uuid": uuid, "amount_in_cents": 1})}
    page = visitor.open(link["href"])
    assert uuid in page.page.one("pre", id="answer-json").text


def test_every_kind_that_pickers_know_has_a_prefix():
    assert all(resource.uuid_prefix for resource in RESOURCES if resource.index)


def test_an_id_of_a_billing_system_is_no_uuid(signed_in, main, recorder):
    """Stripe's customers begin with cus_ too."""
    directory.remember(main, CUSTOMERS, [customer(ADA, "Ada", external_id="cus_NffrFeUfNV2Hib")])
    assert list(groups(box(signed_in, "cus_NffrFeUfNV2Hib"))) == ["Customers"]
    recorder.script = [reply(200, {"entries": []})]
    assert "data-ask" in box(signed_in, "cus_NffrFeUfNV2Hix").one(class_="note")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("import invoice", "Import an Invoice"),
        ("delete data source", "Delete a Data Source"),
        ("new customer", "Create a Customer"),
        ("API call", "Make an API Call"),
        ("remove plan group", "Delete a Plan Group"),
        ("edit pla", "Update a Plan"),
        ("export customers", "List Customers"),
        ("CSV", "List Invoices"),
    ],
)
def test_modules_are_found_by_their_names_and_by_what_they_do(typed: str, title: str, signed_in, main, recorder):
    operation = next(operation for operation in OPERATIONS.values() if operation.title == title)
    links = groups(box(signed_in, typed))["Modules"]
    assert f"/c/main/{operation.address}" in [link["href"] for link in links]
    assert recorder.requests == []


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.key)
def test_each_module_is_the_first_hit_for_its_title(operation, signed_in, main):
    (_, links), *_ = groups(box(signed_in, str(operation.title))).items()
    assert links[0]["href"] == f"/c/main/{operation.address}"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("activity", "/c/main/activity/"),
        ("directory", "/c/main/directory/"),
        ("connections", "/connections/"),
        ("home", "/c/main/"),
        ("preferences", "/accounts/preferences/"),
        ("time zone", "/accounts/preferences/"),
        ("dark theme", "/accounts/preferences/"),
        ("password", "/accounts/password/"),
        ("second factor", "/accounts/second-factor/"),
        ("2fa", "/accounts/second-factor/"),
        ("passkeys", "/accounts/passkeys/"),
        ("sessions", "/accounts/sessions/"),
        ("devices", "/accounts/sessions/"),
    ],
)
def test_pages_are_found_by_their_names(typed: str, address: str, signed_in, main):
    assert groups(box(signed_in, typed))["Pages"][0]["href"] == address


def test_the_pages_of_ones_account_are_named_as_their_tabs(visitor: Browser, main):
    tabs = visitor.open("/accounts/preferences/").page.one("nav", aria_label="Your account").all("a")
    hits = groups(box(visitor.client, "my account"))["Pages"]
    assert {hit["href"]: hit.text for hit in hits} == {tab["href"]: tab.text for tab in tabs}


def test_all_lists_are_found_by_what_they_can_do(signed_in, main):
    exporting = [link["href"] for link in groups(box(signed_in, "export"))["Modules"]]
    lists = [operation.address for operation in OPERATIONS.values() if isinstance(operation, ListOperation)]
    assert sorted(exporting) == sorted(f"/c/main/{address}" for address in lists)


def test_nothing_of_another_connection(signed_in, known):
    other = make_connection("Other")
    directory.remember(other, CUSTOMERS, [customer(ADA, "Zebra", external_id="z-1")])
    page = box(signed_in, "zebra")
    assert groups(page) == {}
    answer = signed_in.get("/c/other/search/", {"q": "acme"}, headers={"HX-Request": "true"})
    assert groups(parse(answer.content.decode())) == {}


def test_twenty_of_a_kind_and_then_more_is_asked_for(signed_in, main):
    directory.remember(main, CUSTOMERS, [customer(f"cus_{number}", f"Many {number}") for number in range(20)])
    assert len(groups(box(signed_in, "many"))["Customers"]) == 20
    directory.remember(main, CUSTOMERS, [customer("cus_20", "Many 20")])
    assert len(groups(box(signed_in, "many"))["Customers 20 shown; type more to narrow the search"]) == 20


def test_it_says_where_it_looked_and_how_old_that_is(signed_in, known):
    page = box(signed_in, "acme")
    assert "Searched: names, companies, emails, external IDs and UUIDs known here, modules, pages." in note(page)
    assert "The account has not been read yet" in note(page)
    sync = sync_services.ask(known)
    sync.finished_at = known.created_at
    sync.save()
    page = box(signed_in, "acme")
    assert f"Known as of {known.created_at.astimezone(known.zone):%Y-%m-%d %H:%M %Z}. Refresh" in note(page)
    assert [link["href"] for link in page.one(class_="note").all("a")][-1] == "/c/main/directory/"


def test_typing_never_asks_chartmogul_but_says_that_it_can_be_asked(signed_in, main, recorder):
    page = box(signed_in, "nobody@example.com")
    assert groups(page) == {}
    assert page.one(class_="note")["data-ask"] == "/c/main/search/?q=nobody%40example.com&ask=1"
    assert "Asking ChartMogul" in note(page)
    assert recorder.requests == []


def test_where_nothing_is_known_chartmogul_is_asked_a_handful_of_times(signed_in, main, recorder: RecordingServer):
    recorder.routes = {
        "/v1/customers/search": reply(200, {"entries": [customer(ADA, "Ada", email="ada@new.example")]}),
        "/v1/plans": reply(200, {"plans": []}),
        "/v1/invoices": reply(200, {"invoices": []}),
        "/v1/data_sources": reply(200, {"data_sources": []}),
    }
    page = box(signed_in, "ada@new.example", ask="1")
    assert [link["href"] for link in groups(page)["Customers"]] == [f"/c/main/customers/{ADA}/"]
    assert "at ChartMogul: customers by email, plans by external ID" in note(page)
    assert len(recorder.requests) == 4
    # It is known by now, so it costs nothing any more.
    assert list(groups(box(signed_in, "ada@new.example"))) == ["Customers"]
    assert len(recorder.requests) == 4


def test_what_chartmogul_finds_is_shown_though_the_directory_is_switched_off(signed_in, main, recorder):
    sync_services.switch(main, enabled=False, every_hours=0)
    recorder.routes = {
        path: reply(200, {"entries": [customer(ADA, "Ada", external_id="a-1")]})
        if path == "/v1/customers"
        else reply(200, {path.rpartition("/")[2]: []})
        for path in ("/v1/customers", "/v1/plans", "/v1/invoices", "/v1/data_sources")
    }
    page = box(signed_in, "a-1", ask="1")
    assert [link.text for link in groups(page)["Customers"]] == [f"Ada a-1 · {SOURCE} · Active {ADA}"]
    assert "switched off" in note(page)


def test_none_is_said_otherwise_than_failed(signed_in, main, recorder):
    recorder.routes = {"/v1/customers": reply(200, {"entries": []})}
    recorder.routes |= {f"/v1/{name}": reply(200, {name: []}) for name in ("plans", "invoices", "data_sources")}
    assert "Nothing found for “zzz”." in note(box(signed_in, "zzz", ask="1"))
    recorder.routes["/v1/plans"] = reply(403, {"message": "No."})
    page = box(signed_in, "zzz", ask="1")
    assert "The search at ChartMogul failed:" in note(page)
    assert "Nothing found" not in note(page)
    assert (
        "(status 403). Nothing is known here about “zzz”; whether ChartMogul has it could not be determined."
        in note(page)
    )


def test_a_failure_keeps_what_was_found(signed_in, known, recorder):
    recorder.routes = {"/v1/customers": reply(403, {"message": "No."})}
    page = box(signed_in, "acme", ask="1")
    assert len(groups(page)["Customers"]) == 2
    assert "The search at ChartMogul failed:" in note(page)


@pytest.mark.parametrize(
    "typed",
    [
        "\0",
        "a\0b",
        "%",
        "_",
        "'",
        '"',
        "\\",
        "a" * 3_000,
        "🦄",
        "שלום",
        "é" * 300,
        "{{ 7*7 }}",
        "../..",
        "* OR 1",
        "\ud800",
    ],
)
def test_odd_characters_find_nothing_and_break_nothing(typed: str, signed_in, known, recorder):
    recorder.script = [reply(404, {"message": "Not there."})]
    typed = typed.encode("utf-8", "replace").decode()
    box(signed_in, typed)
    box(signed_in, typed, ask="1")
    assert signed_in.get("/c/main/search/", {"q": typed}).status_code == 200


@pytest.mark.parametrize("payload", ['"><script>x</script>', "<img src=x onerror=x>", "javascript:x", "</title><b>"])
def test_hostile_text_is_text(payload: str, visitor: Browser, main, recorder):
    directory.remember(main, CUSTOMERS, [customer(ADA, payload, external_id=payload, email=payload, company=payload)])
    directory.remember(main, CUSTOMERS, [customer(f'x"><script>/{number}', "Odd UUID") for number in range(3)])
    visitor.open("/c/main/search/").fill("Search for", payload).press("Search", within=visitor.page.one("main"))
    assert visitor.value("Search for") == payload
    (link,) = groups(visitor.page)["Customers"]
    assert payload in link.text
    for tag in ("script", "img", "b"):
        assert not visitor.page.one("main").all(tag)
    # What no address can hold is not offered.
    assert groups(box(visitor.client, "odd uuid")) == {}


def test_without_scripts_it_is_a_form_and_a_page_of_links(visitor: Browser, known, recorder):
    page = visitor.open("/c/main/activity/").page
    form = page.one("form", role="search")
    assert (form["action"], form.get("method", "get")) == ("/c/main/search/", "get")
    assert page.one("label", for_="search").text == "Search"
    visitor.open("/c/main/search/?q=acme")
    assert visitor.h1 == "Search"
    assert list(groups(visitor.page)) == ["Customers", "Plans", "Subscriptions"]
    assert "Nothing" not in visitor.text
    assert recorder.requests == []


def test_the_page_asks_chartmogul_by_itself_where_nothing_is_known(visitor: Browser, known, recorder):
    recorder.script = [reply(404, {"message": "Not there."})]
    visitor.open("/c/main/search/?q=nobody")
    assert len(recorder.requests) == 4
    assert "Nothing found for “nobody”." in visitor.text
    visitor.open("/c/main/search/?q=acme").follow("Ask ChartMogul too")
    assert len(recorder.requests) == 8


def test_it_opens_with_what_was_chosen_lately(visitor: Browser, known, recorder):
    assert groups(box(visitor.client)) == {}
    recorder.routes = {f"/v1/customers/{ADA}": reply(200, customer(ADA, "Acme"))}
    visitor.open(f"/c/main/customers/get/?uuid={ADA}")
    asked = len(recorder.requests)
    page = box(visitor.client)
    assert [link["href"] for link in groups(page)["Recent"]] == [f"/c/main/customers/{ADA}/"]
    assert "Type a name" in note(page)
    assert len(recorder.requests) == asked


def test_it_stands_on_pages_of_a_connection_only(visitor: Browser, main):
    assert visitor.open("/connections/").page.all("site-search") == []
    for address in ("/c/main/", "/c/main/activity/", "/c/main/directory/", "/c/main/customers/create/"):
        assert len(visitor.open(address).page.all("site-search")) == 1


@pytest.mark.parametrize("size", [1, 20])
def test_the_number_of_hits_costs_no_queries(size: int, signed_in, main, django_assert_max_num_queries):
    directory.remember(main, CUSTOMERS, [customer(f"cus_{number}", f"Many {number}") for number in range(size)])
    with django_assert_max_num_queries(24):
        box(signed_in, "many")


def test_nobody_signed_out_and_no_unknown_connection(client: Client, signed_in, main):
    assert signed_in.get("/c/nowhere/search/?q=x").status_code == 404
    assert signed_in.post("/c/main/search/?q=x").status_code == 405
    signed_in.logout()
    assert signed_in.get("/c/main/search/?q=x").status_code == 302
