"""One browser, one site and one sandbox for all tests here. The tests run on one worker (`xdist_group`), so that each
of these starts only once; each test creates what it changes, under unique names."""

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
"""Milliseconds: far more than anything here takes, and still short enough to notice."""
expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium-headless-shell).")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    # Pages live only for seconds: optimizing their scripts takes longer than running them, and nobody needs a GPU.
    quick = ["--disable-gpu", "--js-flags=--no-opt,--no-maglev"]
    # Pages of one browser share a process, which has already compiled their scripts.
    shared = ["--process-per-site", "--disable-site-isolation-trials"]
    # Chromium's own sandbox does not work as root.
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
    """A single sign-on provider, which redirects everybody back at once."""
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def site(sandbox: SandboxServer, site_folder: Path, provider: Provider) -> Iterator[str]:
    with running_site(site_folder, sandbox.url, settings=provider.settings) as address:
        yield address


@pytest.fixture
def _no_grudge(site: str, site_folder: Path) -> None:
    """Delete the state of the rate limiter, so that failures in other tests do not delay this one's calls."""
    for path in site_folder.glob("site.sqlite3-traffic-*"):
        path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def cookies(browser: Browser, site: str) -> Any:
    """The storage state of a signed-in browser."""
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.get_by_label("Username").fill(USERNAME)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/connections/")
        return context.storage_state()


class Watch:
    """Records what no page may ever cause: dialogs, script errors and console messages."""

    def __init__(self, context: BrowserContext) -> None:
        self.seen: list[str] = []
        context.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))
        context.on("console", lambda message: self._console(message.text))

    def _console(self, text: str) -> None:
        # Chromium logs every 4xx and 5xx response, also ours for a form with errors, and that it cleared the data for
        # Clear-Site-Data on signing out.
        told = ("Failed to load resource: the server responded with a status of", "Clear-Site-Data header on ")
        if not text.startswith(told):
            self.seen.append(f"console: {text}")


class Own:
    """A browser context for one test at a time, with a page that stays open so that the process keeps running."""

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
    """Browser contexts to be reused, by their options: a new one costs a process and loads every file again."""
    return {}


@pytest.fixture
def open_browser(
    browser: Browser, site: str, cookies: Any, idle: dict[str, list[Own]], _no_grudge: None
) -> Iterator[Callable[..., Page]]:
    """A function that opens a page in a separate, signed-in browser context; at the end all consoles must be empty.

    The context may be that of an earlier test, with its cookies reset (the product stores nothing else there), but with
    the static files cached. If that matters, `new` opens an unused one."""
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
    """A page, once in a browser with JavaScript and once in one without."""
    return open_browser(java_script_enabled=request.param)


class Questions(list[str]):
    """The types of the dialogs that the browser has shown. While `staying` they are dismissed, else accepted."""

    staying = True

    def answer(self, dialog: Dialog) -> None:
        self.append(dialog.type)
        if self.staying:
            dialog.dismiss()
        else:
            dialog.accept()


@pytest.fixture(scope="module")
def browser_tab(browser: Browser, site: str, cookies: Any) -> Iterator[tuple[Page, Questions]]:
    """A page for all tests of a module in which the browser may ask before leaving a page; elsewhere that is a failure."""
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
    """Calls the sandbox directly, to create what a test needs and to check its results."""
    with Caller(sandbox) as caller:
        yield caller


@pytest.fixture
def writes(sandbox: SandboxServer) -> Callable[[], list[Any]]:
    """A function that returns the requests other than GET to the sandbox since the test began."""
    before = len(sandbox.requests)
    return lambda: [request for request in sandbox.requests[before:] if request.method != "GET"]
