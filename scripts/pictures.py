"""Takes the pictures of screenshots.py."""

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page, sync_playwright

from sandbox.server import SandboxServer
from tests.browser.every_page import DOCUMENT, OWNER, Everywhere, Place
from tests.browser.prepare import PASSWORD, USERNAME
from tests.browser.site import running_site
from tests.provider import Provider
from tests.security.crawling import first_records
from tests.security.routes import every_route

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
EVERYTHING, PICTURES = ROOT / "screenshots", ROOT / "docs" / "pictures"
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (390, 1440)]
SIGNS_OUT = "/accounts/logout/"


def signed_in(browser: "Browser", address: str, **options: object) -> Page:
    page = browser.new_context(base_url=address, reduced_motion="reduce", **options).new_page()  # type: ignore[arg-type]
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/connections/")
    return page


def settled(page: Page) -> None:
    """Wait until nothing is loading: some sections of a page load later."""
    page.wait_for_load_state("networkidle")


def places(sandbox: SandboxServer, everywhere: Everywhere) -> Iterator[tuple[str, Place]]:
    """Yield a file name and a place for every page of the URL configuration: with an ordinary record of the sandbox
    where there is one, else as `everywhere` prepared it."""
    records = first_records(sandbox)
    for route in every_route(slug="main"):
        kind = next((key for key in records if f"/{key.replace('_', '-')}/" in route.pattern), "customers")
        path = next(each.path for each in every_route(slug="main", uuid=records[kind]) if each.pattern == route.pattern)
        if "/update/" in path or "/delete/" in path or "/get/" in path:
            path += f"?uuid={records[kind]}"
        if path == SIGNS_OUT:
            continue
        answer = everywhere.visitors[OWNER].ask(path)
        is_page = answer.status_code == 200 and DOCUMENT.match(answer.text)
        name = route.pattern.strip("/").replace("/", "-").replace("<", "").replace(">", "") or "start"
        found = [Place(OWNER, path, len(answer.content))] if is_page else everywhere.places(route)
        for number, place in enumerate(found):
            yield f"{name}-{number}" if number else name, place


def take_everything(browser: "Browser", sandbox: SandboxServer, everywhere: Everywhere) -> None:
    pages = {}
    for who, visitor in everywhere.visitors.items():
        context = browser.new_context(base_url=visitor.site, reduced_motion="reduce")
        context.add_cookies(visitor.for_a_browser)
        pages[who] = context.new_page()
    for name, place in places(sandbox, everywhere):
        page = pages[place.who]
        page.goto(place.address)
        settled(page)
        for scheme, width in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=EVERYTHING / f"{name}-{width}-{scheme}.png", full_page=True)


def scene_home(page: Page) -> None:
    page.goto("/c/main/")


def scene_list(page: Page) -> None:
    page.goto("/c/main/customers/list/?status=Active")


def scene_picker(page: Page) -> None:
    page.goto("/c/main/customers/get/")
    page.get_by_role("combobox", name="Customer").press_sequentially("ber")
    page.get_by_role("option").first.wait_for()


def scene_review(page: Page) -> None:
    page.goto(f"/c/main/customers/update/?uuid={a_customer(page)}")
    page.get_by_label("Company", exact=True).fill("Lindqvist & Partner AB")
    page.get_by_label("City", exact=True).fill("Stockholm")
    page.get_by_role("button", name="Review").click()


def scene_written(page: Page) -> None:
    """Continue from the review of scene_review."""
    page.get_by_role("button", name="Send").click()
    settled(page)
    page.goto("/c/main/activity/?outcome=accepted")
    page.locator("tbody").get_by_role("link", name="Update a Customer").first.click()


def scene_record(page: Page) -> None:
    page.goto(f"/c/main/customers/{a_customer(page)}/")


def scene_invoice(page: Page) -> None:
    page.goto(f"/c/main/invoices/import/?customer_uuid={a_customer(page)}")
    page.get_by_label("External ID", exact=True).first.fill("INV-2026-0117")
    page.get_by_label("Date", exact=True).first.fill("2026-01-31 09:00")
    page.get_by_label("Currency", exact=True).first.select_option("EUR")


def scene_cancel(page: Page) -> None:
    page.goto(f"/c/main/subscriptions/cancel/?customer_uuid={a_customer(page)}")


def scene_delete(page: Page) -> None:
    page.goto("/c/main/data-sources/list/")
    settled(page)
    source = page.locator("table code").first.inner_text()
    page.goto(f"/c/main/data-sources/delete/?uuid={source}")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").scroll_into_view_if_needed()


def scene_export(page: Page) -> None:
    page.goto("/c/main/customers/list/?status=Active")
    page.get_by_role("link", name="Export").click()
    settled(page)
    # Do not save the file, only show the page.
    page.evaluate("HTMLAnchorElement.prototype.click = () => {}")
    page.get_by_role("button", name="Download").click()
    page.locator("export-file .counter", has_text="in the file").wait_for()


def scene_api_call(page: Page) -> None:
    page.goto("/c/main/api-call/?url=/v1/plans&method=GET&query-0-key=per_page&query-0-value=3")


def a_customer(page: Page) -> str:
    """Return the UUID of an active customer of the sandbox."""
    answer = page.request.get("/c/main/customers/list/?status=Active&limit=1").text()
    return answer.partition("/c/main/customers/cus_")[2].partition("/")[0].join(("cus_", ""))


SCENES: tuple[Callable[[Page], None], ...] = (
    *(scene_list, scene_picker, scene_record, scene_review, scene_written, scene_invoice, scene_cancel),
    *(scene_delete, scene_api_call, scene_export, scene_home),
)
"""The order matters: later scenes show what earlier ones did."""


def take_scenes(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    # Load this list so that the names of the data sources are known from then on.
    page.goto("/c/main/data-sources/list/")
    for scene in SCENES:
        scene(page)
        settled(page)
        name = scene.__name__.removeprefix("scene_").replace("_", "-")
        page.screenshot(path=PICTURES / f"{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make screenshots")
    parser.add_argument("--docs", action="store_true", help="the pictures of the documentation, and nothing else")
    only_docs = parser.parse_args().docs
    folder = PICTURES if only_docs else EVERYTHING
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with (
        tempfile.TemporaryDirectory() as place,
        SandboxServer(rate_limit=None, log_requests=False) as sandbox,
        Provider() as provider,
    ):
        settings.STATIC_ROOT = Path(place) / "static"
        call_command("collectstatic", interactive=False, verbosity=0)
        site = running_site(Path(place), sandbox.url, settings=None if only_docs else provider.settings)
        with site as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            if only_docs:
                take_scenes(signed_in(browser, address))
            else:
                take_everything(browser, sandbox, Everywhere(address, sandbox, provider, browser, "pictures"))
            browser.close()
