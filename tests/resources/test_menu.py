"""The links of the menu lead to the connection in the URL, wherever it is in it."""

import pytest

from connections.models import Connection
from connections.roles import Role
from tests.conftest import make_connection
from tests.pages import Browser, Element
from tests.people import somebody

CHOOSE = "Choose a connection to use these."


@pytest.fixture
def other(main: Connection) -> Connection:
    """A second connection, so that there is not a single one."""
    return make_connection("Other")


def menu(browser: Browser, path: str) -> Element:
    return browser.open(path).page.one("nav", id="menu")


def links(found: Element) -> set[str]:
    """Where it leads to, by the connection."""
    return {"/".join(link["href"].split("/")[:3]) for link in found.all("a")}


@pytest.mark.parametrize("path", ["", "key/", "people/", "safety/", "delete/"])
def test_pages_about_a_connection_lead_into_it(visitor: Browser, main, other, path):
    for connection in (main, other):
        found = menu(visitor, f"/connections/{connection.slug}/{path}")
        assert visitor.status == 200
        assert links(found) == {f"/c/{connection.slug}"}
        assert found.all("a", aria_current="page") == []
        # The header says which one it is.
        assert found.all("p") == []
        assert visitor.page.one("a", data_keys="g h")["href"] == f"/c/{connection.slug}/"


def test_where_it_is_refused_it_leads_to_what_the_person_may_do(main, other):
    vera = somebody(Role.VIEWER, main)
    found = menu(vera, "/connections/main/safety/")
    assert vera.status == 403
    assert links(found) == {"/c/main"}
    assert "List Customers" in found.text
    assert "Delete a Customer" not in found.text


@pytest.mark.parametrize("path", ["/connections/", "/connections/create/", "/connections/nobody/"])
def test_without_a_connection_one_has_to_be_chosen(visitor: Browser, main, other, path):
    found = menu(visitor, path)
    assert [line.text for line in found.all("p")] == [CHOOSE]
    assert links(found) == {"/connections/"}


def test_where_there_is_but_one_it_says_which(visitor: Browser, main):
    found = menu(visitor, "/connections/")
    assert [line.text for line in found.all("p")] == ["In Main"]
    assert links(found) == {"/c/main"}


def test_the_header_is_of_who_looks_and_of_what_the_connection_is_called_now(visitor: Browser, main, other):
    vera = somebody(Role.VIEWER, main, "vera")
    for browser, name, owner in ((visitor, "ada", True), (vera, "vera", False), (visitor, "ada", True)):
        header = browser.open("/c/main/").page.one("header")
        assert "Main ChartMogul account" in header.text
        assert header.one("button", form="sign-out")["title"] == f"Signed in as {name}"
        assert ("People" in [link.text for link in header.all("a")]) == owner
    main.name = "Renamed"
    main.save()
    assert "Renamed ChartMogul account" in vera.open("/c/main/").page.one("header").text
    assert "Other ChartMogul account" in visitor.open("/c/other/").page.one("header").text


@pytest.mark.parametrize(
    ("path", "entry", "current"),
    [
        ("customers/list/", "List Customers", "page"),
        ("customers/list/?status=Active", "List Customers", "page"),
        ("customers/list/columns/", "List Customers", "true"),
        ("customers/list/export/", "List Customers", "true"),
        ("customers/list/views/create/", "List Customers", "true"),
        ("customers/cus_1/", "List Customers", "true"),
        ("customers/cus_1/invoices/", "List Customers", "true"),
        ("plan-groups/create/", "Create a Plan Group", "page"),
        ("api-call/", "Make an API Call", "page"),
        ("activity/", "Activity", "page"),
        ("activity/events/", "Activity", "true"),
        ("directory/", "Directory", "page"),
        ("search/?q=x", "", ""),
        ("", "", ""),
    ],
)
def test_it_shows_where_one_is(path: str, entry: str, current: str, visitor: Browser, main, recorder):
    found = [link for link in menu(visitor, f"/c/main/{path}").all("a") if "aria-current" in link]
    assert [(link.text, link["aria-current"]) for link in found] == ([(entry, current)] if entry else [])


@pytest.mark.parametrize(
    ("path", "entry"),
    [("/connections/", "Connections"), ("/connections/main/key/", "Connections"), ("/people/", "People"),
     ("/accounts/preferences/", "Your account"), ("/c/main/", "")],
)  # fmt: skip
def test_so_does_the_header(path: str, entry: str, visitor: Browser, main, recorder):
    header = visitor.open(path).page.one("header")
    assert [link.text for link in header.all("a") if "aria-current" in link] == ([entry] if entry else [])
