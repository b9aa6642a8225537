"""Saved views of lists, and the choice of columns, without JavaScript."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from resources.saved_views.models import DefaultView, SavedView
from tests.conftest import make_connection
from tests.pages import Browser

LIST = "/c/box/customers/list/"
DECLARED = [
    "Name",
    "Status",
    "MRR",
    "Email",
    "Company",
    "Country",
    "System",
    "External ID",
    "Customer since",
    "UUID",
]


def headings(page: Browser) -> list[str]:
    return [cell.text for cell in page.page.one("thead").all("th")]


def tabs(page: Browser) -> list[str]:
    nav = next(nav for nav in page.page.all("nav") if nav.get("aria-label") == "Views")
    return [link.text for link in nav.all("a") if "quiet" not in link.get("class", "")]


@pytest.fixture
def grace(django_user_model: type[User]) -> Browser:
    """A second signed-in person."""
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("grace"))
    return Browser(client)


def save(page: Browser, name: str, *ticked: str) -> Browser:
    page.follow("Save as a view").fill("Name", name)
    for label in ticked:
        page.tick(label)
    return page.press("Save")


SHARE = "Share with everyone who uses this connection"
DEFAULT = "Make this my default view"


# Columns


def test_columns_are_chosen_put_in_order_and_reset(visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?limit=5&status=Active").follow("Columns")
    calls = len(sandbox.requests)
    for label in DECLARED[3:9]:
        page.tick(label, on=False)
    page.tick("City").press("Show")
    assert headings(page) == ["Name", "Status", "MRR", "UUID", "City"]
    assert page.value("Status") == "Active"
    assert len(page.table("Customers")) == 5
    page.follow("Columns")
    page._show(page.client.get(page.url + "&move=up:mrr"), page.url)
    page.press("Show")
    assert headings(page) == ["Name", "MRR", "Status", "UUID", "City"]
    page.follow("Columns").follow("Reset the columns")
    assert headings(page) == DECLARED
    assert len(sandbox.requests) == calls + 3


def test_moving_a_column_keeps_what_was_ticked(visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?limit=5").follow("Columns")
    up = next(button for button in page.page.all("button") if button.get("aria-label") == "Move MRR up")
    assert up["formaction"] == "/c/box/customers/list/columns/"
    assert up["value"] == "up:mrr"


def test_fields_beyond_the_declared_ones_are_offered_as_the_rows_hold_them(visitor: Browser, box):
    page = visitor.open(f"{LIST}?limit=5").follow("Columns").tick("currency-sign").press("Show")
    assert headings(page) == [*DECLARED, "currency-sign"]
    assert {row["currency-sign"] for row in page.table("Customers")} == {"€"}
    assert "field=" not in page.url


def test_chosen_columns_stay_along_the_way_and_with_another_filter(visitor: Browser, box):
    page = visitor.open(f"{LIST}?limit=5&column=uuid&column=name").follow("Next")
    assert headings(page) == ["UUID", "Name"]
    page.fill("Status", "Active").press("Run")
    assert headings(page) == ["UUID", "Name"]


def test_columns_that_are_shown_anyway_do_not_stand_in_the_address(visitor: Browser, box):
    page = visitor.open(f"{LIST}?limit=5").follow("Columns").press("Show")
    assert page.url.endswith(f"{LIST}?limit=5")


@pytest.mark.parametrize(
    "query",
    ["column=nonsense", "column=", "column=name&column=name&column=nonsense", "column=" + "a." * 3000, "column=%00",
     "column=__class__", "column=<script>"],
)  # fmt: skip
def test_unknown_columns_are_passed_over(query: str, visitor: Browser, box):
    page = visitor.open(f"{LIST}?limit=5&{query}")
    assert page.status == 200
    assert headings(page) in (DECLARED, ["Name"])
    page.follow("Columns")
    assert page.status == 200


def test_two_columns_of_one_field_are_told_apart(visitor: Browser, box):
    page = visitor.open("/c/box/invoices/list/?limit=5")
    shown = headings(page)
    assert {"Sum of lines", "Lines"} <= set(shown)
    page.follow("Columns").tick("Sum of lines", on=False).press("Show")
    assert headings(page) == [label for label in shown if label != "Sum of lines"]


# Views


def test_a_view_holds_filters_limit_and_columns(visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?limit=5&status=Active&column=uuid&column=name")
    calls = len(sandbox.requests)
    page.follow("Save as a view")
    save(page.open(f"{LIST}?limit=5&status=Active&column=uuid&column=name"), "Active ones")
    assert "View saved: Active ones" in page.notice
    assert tabs(page) == ["All", "Active ones"]
    assert "view=" in page.url
    assert "status" not in page.url
    assert headings(page) == ["UUID", "Name"]
    assert page.value("Status") == "Active"
    assert page.value("Limit") == "5"
    assert sandbox.requests[-1].query == {"per_page": "5", "status": "Active"}
    assert len(sandbox.requests) == calls + 2


def test_what_the_address_says_goes_before_the_view(visitor: Browser, box):
    page = save(visitor.open(f"{LIST}?limit=5&status=Active"), "Active ones")
    page.fill("Limit", "6").press("Run")
    assert len(page.table("Customers")) == 6
    assert {row["Status"] for row in page.table("Customers")} == {"Active"}
    page.fill("Status", "Any").press("Run")
    assert {row["Status"] for row in page.table("Customers")} != {"Active"}
    assert SavedView.objects.get().filters["status"] == "Active"


def test_next_leads_on_within_the_view(visitor: Browser, box, sandbox):
    page = save(visitor.open(f"{LIST}?limit=5&status=Active"), "Active ones").follow("Next")
    assert "Customers 6–10" in page.page.one("caption").text
    assert sandbox.requests[-1].query["status"] == "Active"


def test_a_view_is_private_until_it_is_shared(visitor: Browser, grace: Browser, box):
    page = save(visitor.open(f"{LIST}?limit=5"), "Mine")
    assert tabs(grace.open(LIST)) == ["All"]
    assert grace.open(page.url).status == 404
    page.follow("Change this view").tick(SHARE).press("Save")
    assert tabs(grace.open(LIST)) == ["All", "Mine by ada"]
    assert len(grace.open(page.url).table("Customers")) == 5
    grace.follow("Change this view")
    assert "only they can change it" in grace.text
    assert not [button for button in grace.page.all("button") if button.text == "Delete this view"]
    grace.client.post(grace.url, {"delete": "1", "name": "Theirs", "shared": ""})
    assert SavedView.objects.get().name == "Mine"


def test_a_default_opens_the_list_for_that_person_alone(visitor: Browser, grace: Browser, box):
    save(visitor.open(f"{LIST}?limit=5"), "Mine", SHARE, DEFAULT)
    assert len(visitor.open(LIST).table("Customers")) == 5
    assert "view=" in visitor.url
    assert len(visitor.follow("All").table("Customers")) == 50
    assert len(grace.open(LIST).table("Customers")) == 50
    grace.follow("Mine by ada").follow("Change this view").tick(DEFAULT).press("Save")
    assert len(grace.open(LIST).table("Customers")) == 5
    grace.follow("Change this view").tick(DEFAULT, on=False).press("Save")
    assert len(grace.open(LIST).table("Customers")) == 50


def test_a_default_that_is_shared_no_more_is_none(visitor: Browser, grace: Browser, box):
    page = save(visitor.open(f"{LIST}?limit=5"), "Mine", SHARE)
    grace.open(page.url).follow("Change this view").tick(DEFAULT).press("Save")
    SavedView.objects.update(shared=False)
    assert len(grace.open(LIST).table("Customers")) == 50


def test_a_name_that_another_tab_takes_meanwhile_is_said_at_its_field(visitor: Browser, box, monkeypatch):
    checked = SavedView.full_clean

    def and_the_other_tab_saves(view: SavedView) -> None:
        checked(view)
        SavedView(connection=box, owner=view.owner, operation=view.operation, name=view.name).save()

    monkeypatch.setattr(SavedView, "full_clean", and_the_other_tab_saves)
    page = save(visitor.open(f"{LIST}?limit=5"), "Mine", DEFAULT)
    assert page.status == 422
    assert "You already have a view with this name for this list." in page.problem("Name")
    assert page.value("Name") == "Mine"
    assert SavedView.objects.get().filters == {}
    assert not DefaultView.objects.exists()


def test_a_view_is_renamed_filled_anew_and_deleted(visitor: Browser, box):
    page = save(visitor.open(f"{LIST}?limit=5"), "Mine", DEFAULT)
    page.fill("Limit", "7").press("Run").follow("Change this view").fill("Name", "Seven")
    page.tick("Replace its filters and columns with those the list shows now").press("Save")
    assert tabs(page) == ["All", "Seven"]
    assert len(page.table("Customers")) == 7
    page.follow("Change this view").press("Delete this view")
    assert tabs(page) == ["All"]
    assert not DefaultView.objects.exists()
    assert len(visitor.open(LIST).table("Customers")) == 50


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "Mine"])
def test_a_name_that_cannot_be_is_an_error_at_its_field(name: str, visitor: Browser, box):
    save(visitor.open(f"{LIST}?limit=5"), "Mine")
    page = visitor.open(f"{LIST}?limit=6").follow("Save as a view").fill("Name", name).tick(SHARE).press("Save")
    assert page.status == 422
    assert page.problem("Name")
    assert SavedView.objects.count() == 1


def test_a_view_of_another_connection_or_list_is_not_there(visitor: Browser, box):
    make_connection("Other", kind="sandbox")
    page = save(visitor.open(f"{LIST}?limit=5"), "Mine", SHARE)
    key = SavedView.objects.get().pk
    for elsewhere in ("/c/other/customers/list/", "/c/box/plans/list/"):
        assert visitor.open(f"{elsewhere}?view={key}").status == 404
        assert visitor.open(f"{elsewhere}views/{key}/").status == 404
        assert visitor.client.post(f"{elsewhere}views/{key}/", {"delete": "1"}).status_code == 404
    assert tabs(page.open("/c/other/customers/list/")) == ["All"]
    assert SavedView.objects.count() == 1


@pytest.mark.parametrize("key", ["x", "1", "00000000-0000-4000-8000-000000000000", "%00", "../..", "x" * 3000])
def test_a_view_that_never_was_is_not_there(key: str, visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?view={key}")
    assert page.status == 404
    assert page.alert == "This list has no such view."
    assert page.page.one("main").all("a")[-1]["href"] == LIST
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("filters", "columns"),
    [
        ({"status": "Nonsense", "limit": "4"}, ["nonsense", "name"]),
        ({"gone_filter": "x", "limit": "4"}, ["nonsense"]),
        ({"limit": "4", "data_source_uuid": "not/known"}, [None, 7, {}]),
        ({"limit": "4", "status": ["Active"]}, []),
    ],
)
def test_what_an_upgrade_took_away_is_passed_over(filters, columns, visitor: Browser, box, ada):
    view = SavedView.objects.create(
        connection=box, owner=ada, operation="customers.list", name="Old", filters=filters, columns=columns
    )
    page = visitor.open(f"{LIST}?view={view.pk}")
    assert page.status == 200
    assert len(page.table("Customers")) == 4
    left_out = {"status": "Status", "data_source_uuid": "Data Source"}
    for name, label in left_out.items():
        assert (f"they are not applied: {label}." in page.text) is isinstance(filters.get(name), str)
    assert headings(page) == (["Name"] if "name" in columns else DECLARED)
    assert page.follow("Change this view").status == 200


def test_filters_that_are_not_valid_are_in_no_view(visitor: Browser, box):
    page = visitor.open(f"{LIST}views/create/?status=Canceled&limit=4")
    assert page.url.startswith(f"{LIST}?status=Canceled")
    assert "Status" in page.alert
    page = save(visitor.open(f"{LIST}?limit=4"), "Four")
    change = page.link("Change this view")["href"]
    page.open(f"{change.partition('?')[0]}?status=Canceled").tick(
        "Replace its filters and columns with those the list shows now"
    ).press("Save")
    assert "The filters that the list shows now are not valid." in page.alert
    assert SavedView.objects.get().filters == {"limit": "4"}


def test_an_old_view_says_what_it_holds_once(visitor: Browser, box, ada):
    filters = {"status": "Nonsense", "limit": "4"}
    view = SavedView.objects.create(connection=box, owner=ada, operation="customers.list", name="Old", filters=filters)
    held = visitor.open(f"{LIST}views/{view.pk}/").facts()
    assert (held["Status"], held["Limit"]) == ("Nonsense", "4")
    assert [row.one("th").text for row in visitor.page.all("tr")].count("Limit") == 1


def test_looking_at_a_view_writes_nothing_and_names_are_escaped(visitor: Browser, box):
    page = save(visitor.open(f"{LIST}?limit=5"), "<script>alert(1)</script>")
    assert "<script>alert(1)" not in page.html
    page.client.get(f"{LIST}views/create/?limit=5&name=x&delete=1")
    assert SavedView.objects.count() == 1


def test_a_view_says_what_its_list_leaves_out_by_itself(visitor: Browser, box):
    visitor.open("/c/box/invoices/list/").follow("Save as a view")
    held = {row.all("th")[0].text: row.all("td")[0].text for row in visitor.page.one("table", class_="facts").all("tr")}
    assert held["Validation"] == "Valid"
    visitor.open(f"{LIST}?status=Past_Due&limit=7").follow("Save as a view")
    held = {row.all("th")[0].text: row.all("td")[0].text for row in visitor.page.one("table", class_="facts").all("tr")}
    assert held == {"Status": "Past Due", "Limit": "7", "Columns": "the usual ones"}
