"""Every page of the URL configuration is accessible, on any screen and by keyboard; and C3: none needs more than the
content security policy allows.

Violations of the policy appear in the console of the browser, which must stay empty in all tests here (conftest.py), so
each flow of the other tests checks the policy too. This module covers every URL, in light and dark.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from sandbox.server import SandboxServer
from tests.browser.conftest import TIMEOUT, Watch
from tests.browser.every_page import OWNER, Everywhere, Place, Unknown
from tests.browser.looking import FRAME, MOST_SHIFT, NARROWEST, prepare, set_look, wrong_in_looks
from tests.provider import Provider
from tests.security.crawling import SIGNS_OUT
from tests.security.routes import ROUTES, Route

pytestmark = pytest.mark.xdist_group("browser, other half")
MOST_BYTES = 60 * 1024


@pytest.fixture(scope="module")
def everywhere(site: str, sandbox: SandboxServer, provider: Provider, browser: Browser) -> Everywhere:
    return Everywhere(site, sandbox, provider, browser, "everywhere")


@pytest.fixture(scope="module")
def opened(browser: Browser, everywhere: Everywhere) -> Iterator[dict[str, tuple[Page, Watch]]]:
    """A page for each visitor, shared by the tests."""
    pages = {}
    for who, visitor in everywhere.visitors.items():
        context = browser.new_context(base_url=visitor.site, reduced_motion="reduce")
        context.set_default_timeout(TIMEOUT)
        context.add_cookies(visitor.for_a_browser)
        pages[who] = context.new_page(), Watch(context)
        prepare(pages[who][0])
    yield pages
    for page, _ in pages.values():
        page.context.close()


@pytest.fixture(scope="module")
def policies() -> dict[str, str]:
    """The content security policy of each address that was opened."""
    return {}


@pytest.fixture
def visit(opened: dict[str, tuple[Page, Watch]], policies: dict[str, str]) -> Iterator[Callable[[Place], Page]]:
    """A function that opens a place in a scheme and at a width and waits for everything that is loaded later."""

    def open_place(place: Place, scheme: str, width: int) -> Page:
        page, _ = opened[place.who]
        set_look(page, scheme, width)
        answer = page.goto(place.with_few_rows)
        assert answer
        policies[place.address] = answer.headers["content-security-policy"]
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
        wrong += [f"twice there: #{each}" for each in page.evaluate("looking.repeated()")]
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


def test_C3_no_address_breaks_the_content_security_policy(
    everywhere: Everywhere, visit: Callable[..., Page], policies: dict[str, str]
) -> None:
    """What is a page and what is none. Where the tests above have been, nothing is asked a second time."""
    for route in ROUTES:
        for place in everywhere.places(route) or [Place(OWNER, route.path, 0)]:
            if place.address not in policies and place.address not in SIGNS_OUT:
                page = visit(place, "light", 1440)
                # What is drawn in dark alone is asked for now.
                page.emulate_media(color_scheme="dark")
                page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert len(policies) >= 60
    for policy in set(policies.values()):
        assert re.search(r"(^|; )default-src 'none'(;|$)", policy)
        assert not re.search("unsafe|nonce|[*]|data:|https?:", policy)


@pytest.mark.parametrize(
    "script",
    [
        "document.body.setAttribute('style', 'color: red')",
        "document.body.insertAdjacentHTML('beforeend', '<p onclick=\"x()\">')",
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'x = 1'}))",
        "document.body.append(Object.assign(document.createElement('img'), {src: 'http://127.0.0.1:1/x.png'}))",
        "fetch('http://127.0.0.1:1/').catch(() => 0)",
        "setTimeout('x = 1')",
    ],
)
def test_C3_the_watch_would_see_it(opened: dict[str, tuple[Page, Watch]], script: str) -> None:
    page, watch = opened[OWNER]
    page.goto("/connections/")
    with page.expect_console_message():
        page.evaluate(script)
    assert "Content Security Policy" in " ".join(watch.seen)
    watch.seen.clear()


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
