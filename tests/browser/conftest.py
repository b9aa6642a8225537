"""One browser, one site and one sandbox for all tests here. They run on one worker (`xdist_group`), so that each
starts once; each test makes what it changes under names of its own."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from sandbox.server import SandboxServer
from tests.browser.prepare import PASSWORD, USERNAME
from tests.browser.site import running_site
from tests.provider import Provider
from tests.sandbox.conftest import Caller

TIMEOUT = 10_000
"""Milliseconds: far more than anything here takes, and short enough to tell."""
expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium-headless-shell).")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    # Pages live for seconds here: to compile their scripts well takes longer than they run, and to draw them nobody looks.
    quick = ["--disable-gpu", "--js-flags=--no-opt,--no-maglev"]
    # Pages of one browser share a process, which has their scripts compiled already.
    shared = ["--process-per-site", "--disable-site-isolation-trials"]
    # Chromium's own sandbox needs a user other than root.
    return {**browser_type_launch_args, "executable_path": chromium, "args": ["--no-sandbox", *quiet, *quick, *shared]}


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(rate_limit=None) as server:
        yield server


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """Of single sign-on; whoever asks it is sent back at once."""
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def site(sandbox: SandboxServer, site_folder: Path, provider: Provider) -> Iterator[str]:
    with running_site(site_folder, sandbox.url, settings=provider.settings) as address:
        yield address


@pytest.fixture
def _no_grudge(site: str, site_folder: Path) -> None:
    """What the calls of another test met holds none of this one back."""
    for path in site_folder.glob("site.sqlite3-traffic-*"):
        path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def cookies(browser: Browser, site: str) -> Any:
    """What a signed-in browser holds."""
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.get_by_label("Username").fill(USERNAME)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/connections/")
        return context.storage_state()


class Watch:
    """What no page may ever cause: a dialog, a script error, anything in the console."""

    def __init__(self, context: BrowserContext) -> None:
        self.seen: list[str] = []
        context.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))
        context.on("console", lambda message: self._console(message.text))

    def _console(self, text: str) -> None:
        # Chromium notes every answer of 4xx and 5xx there, ours for a form with mistakes included, and that it cleared
        # what signing out asks it to.
        told = ("Failed to load resource: the server responded with a status of", "Clear-Site-Data header on ")
        if not text.startswith(told):
            self.seen.append(f"console: {text}")


class Own:
    """A browser of a test's own: its cookies, its pages, and one that stays, so that its process does."""

    def __init__(self, browser: Browser, kind: str, options: dict[str, Any]) -> None:
        self.kind = kind
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(TIMEOUT)
        self.watch = Watch(self.context)
        self._stays = self.context.new_page()
        self._stays.goto("/healthz")

    def as_at_first(self, cookies: list[Any]) -> None:
        self.context.clear_cookies()
        self.context.add_cookies(cookies)

    def close_pages(self) -> None:
        for page in self.context.pages:
            if page is not self._stays:
                page.close()


@pytest.fixture(scope="session")
def idle() -> dict[str, list[Own]]:
    """Browsers that tests are done with, by their options: a new one costs a process and loads every file anew."""
    return {}


@pytest.fixture
def open_browser(
    browser: Browser, site: str, cookies: Any, idle: dict[str, list[Own]], _no_grudge: None
) -> Iterator[Callable[..., Page]]:
    """Opens a page as a browser of its own, signed in; at the end nothing may have been in any console.

    It may be that of an earlier test, with the cookies as they were at first (the product keeps nothing else there) but
    with the static files it has loaded. Where that matters, `new` asks for one that was nowhere yet."""
    used: list[Own] = []

    def open_page(*, new: bool = False, **options: Any) -> Page:
        options = {"base_url": site, "storage_state": cookies, "reduced_motion": "reduce"} | options
        kind = repr(sorted(options.items()))
        if not new and idle.get(kind):
            own = idle[kind].pop()
            own.as_at_first((options["storage_state"] or {}).get("cookies", []))
        else:
            own = Own(browser, kind, options)
        used.append(own)
        return own.context.new_page()

    yield open_page
    for own in used:
        own.close_pages()
    seen = [seen for own in used for seen in own.watch.seen]
    for own in used:
        own.watch.seen.clear()
        idle.setdefault(own.kind, []).append(own)
    assert seen == []


@pytest.fixture
def page(open_browser: Callable[..., Page]) -> Page:
    return open_browser()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def either(request: pytest.FixtureRequest, open_browser: Callable[..., Page]) -> Page:
    """A page in a browser with scripts, and once more in one without."""
    return open_browser(java_script_enabled=request.param)


class Questions(list[str]):
    """What the browser asked. The answer is to stay."""

    staying = True

    def answer(self, dialog: Dialog) -> None:
        self.append(dialog.type)
        if self.staying:
            dialog.dismiss()
        else:
            dialog.accept()


@pytest.fixture(scope="module")
def browser_tab(browser: Browser, site: str, cookies: Any) -> Iterator[tuple[Page, Questions]]:
    """One page for all tests of a module in which the browser asks before a page is left. Elsewhere that is a failure."""
    with browser.new_context(base_url=site, storage_state=cookies, reduced_motion="reduce") as context:
        context.set_default_timeout(TIMEOUT)
        page, questions = context.new_page(), Questions()
        page.on("dialog", questions.answer)
        yield page, questions


@pytest.fixture
def tab(browser_tab: tuple[Page, Questions], _no_grudge: None) -> Page:
    return browser_tab[0]


@pytest.fixture
def asked(browser_tab: tuple[Page, Questions]) -> Iterator[Questions]:
    page, questions = browser_tab
    questions.clear()
    yield questions
    questions.staying = False
    page.goto("about:blank")
    questions.staying = True


_numbers = itertools.count(1)


@pytest.fixture
def unique() -> str:
    """A word that no other test uses."""
    return f"thing{next(_numbers)}x"


@pytest.fixture
def call(sandbox: SandboxServer) -> Iterator[Caller]:
    """Calls the sandbox past the product: to make what a test needs, and to see what it led to."""
    with Caller(sandbox) as caller:
        yield caller


@pytest.fixture
def writes(sandbox: SandboxServer) -> Callable[[], list[Any]]:
    """The requests other than GET that the sandbox got since the test began."""
    before = len(sandbox.requests)
    return lambda: [request for request in sandbox.requests[before:] if request.method != "GET"]
