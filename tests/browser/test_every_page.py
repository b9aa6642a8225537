"""Every page that the URL configuration knows, as people with any eyes, hands and screen get it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from sandbox.server import SandboxServer
from tests.browser.conftest import TIMEOUT, Watch
from tests.browser.every_page import Everywhere, Place, Unknown
from tests.browser.looking import FRAME, MOST_SHIFT, NARROWEST, prepare, set_look, wrong_in_looks
from tests.provider import Provider
from tests.security.routes import ROUTES, Route

pytestmark = pytest.mark.xdist_group("browser, other half")
MOST_BYTES = 60 * 1024


@pytest.fixture(scope="module")
def everywhere(site: str, sandbox: SandboxServer, provider: Provider, browser: Browser) -> Everywhere:
    return Everywhere(site, sandbox, provider, browser, "everywhere")


@pytest.fixture(scope="module")
def opened(browser: Browser, everywhere: Everywhere) -> Iterator[dict[str, tuple[Page, Watch]]]:
    """A page for each of the people, kept from test to test."""
    pages = {}
    for who, visitor in everywhere.visitors.items():
        # axe sets styles of its own, which the policy of our pages would refuse.
        context = browser.new_context(base_url=visitor.site, bypass_csp=True, reduced_motion="reduce")
        context.set_default_timeout(TIMEOUT)
        context.add_cookies(visitor.for_a_browser)
        pages[who] = context.new_page(), Watch(context)
        prepare(pages[who][0])
    yield pages
    for page, _ in pages.values():
        page.context.close()


@pytest.fixture
def visit(opened: dict[str, tuple[Page, Watch]]) -> Iterator[Callable[[Place], Page]]:
    """Opens a place at a width, with everything that it loads late."""

    def open_place(place: Place, scheme: str, width: int) -> Page:
        page, _ = opened[place.who]
        set_look(page, scheme, width)
        page.goto(place.with_few_rows)
        page.evaluate("looking.settled()")
        return page

    yield open_place
    for _, watch in opened.values():
        seen, watch.seen[:] = watch.seen[:], []
        assert seen == []


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_I6_every_page(route: Route, everywhere: Everywhere, visit: Callable[..., Page]) -> None:
    """All in one visit, for opening a page takes a good part of the time."""
    for place in everywhere.places(route):
        page = visit(place, "dark", 390)
        wrong = jumps(page) + too_heavy(page, place) + held_back(page)
        wrong += [f"moves: {each}" for each in page.evaluate("looking.moving()")]
        if page.locator(".part").count():
            # Where parts come late they stand elsewhere on a wide page.
            wrong += jumps(visit(place, "light", 1440))
        # The frame is the same everywhere; test_accessibility.py looks at it.
        wrong += wrong_in_looks(page, but=FRAME)
        # A small window at 400 %.
        page.set_viewport_size({"width": NARROWEST, "height": 256})
        wrong += page.evaluate("looking.unfocusable()")
        assert not wrong, f"{place.who} at {place.address}:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("/c/<slug:slug>/new/<int:pk>/", "nothing is known that <int:pk> may stand for"),
        ("/c/<slug:slug>/new/", "gives nothing to anybody"),
    ],
)
def test_I6_a_page_that_nobody_thought_of_here_is_an_error(everywhere: Everywhere, pattern: str, words: str) -> None:
    with pytest.raises(Unknown, match=words):
        everywhere.places(Route("", pattern, "new", None))


def jumps(page: Page) -> list[str]:
    shifted = page.evaluate("looking.shifted()")
    return [f"jumps: {shifted}"] if shifted["sum"] > MOST_SHIFT else []


def held_back(page: Page) -> list[str]:
    """What the first paint waits for besides the one style sheet."""
    blocking = page.evaluate("looking.blocking()")
    return [f"waits for {blocking}"] if [name for name in blocking if "/css/app." not in name] else []


def too_heavy(page: Page, place: Place) -> list[str]:
    """What a first visit would load, as far as this one knows of it: the document with all its rows, and all else."""
    loaded = page.evaluate("looking.loaded()")
    assert all(loaded.values()), loaded
    return [f"first load: {place.size} and {loaded}"] if place.size + sum(loaded.values()) > MOST_BYTES else []
