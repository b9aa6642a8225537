"""Data from ChartMogul is shown as text everywhere, whatever it contains; nothing of it is executed.

The fixture that opens pages (conftest.py) asserts for every page of every test that nothing was executed and that the
content security policy was not violated."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from sandbox import faults
from tests.browser.conftest import Watch
from tests.browser.foreign import MARK, PAYLOADS

pytestmark = pytest.mark.xdist_group("browser, other half")


@pytest.fixture(scope="module")
def hostile(sandbox):
    """A data source and a customer for each payload, which is in every field for text."""
    found = []
    for number, payload in enumerate(PAYLOADS):
        with sandbox.api.store.transaction():
            source = {
                "name": payload,
                "uuid": f"ds_00000000-0000-4000-8000-0000000000{number:02d}",
                "system": payload,
                "created_at": payload,
                "status": payload,
            }
            sandbox.api.store.insert("data_sources", source)
            customer = {
                **BLANK,
                "uuid": f"cus_00000000-0000-4000-8000-0000000000{number:02d}",
                "external_id": f"{payload}{number}",
                "data_source_uuid": source["uuid"],
                "attributes": {"tags": [payload], "custom": {payload: payload, "list": [payload]}, "stripe": payload},
            }
            customer |= dict.fromkeys((*TEXTS, payload), payload)
            sandbox.api.store.insert("customers", customer)
        found.append(customer)
    yield found
    with sandbox.api.store.transaction():
        for customer in found:
            sandbox.api.store.delete("data_sources", uuid=customer["data_source_uuid"])


TEXTS = [
    "name",
    "company",
    "email",
    "city",
    "state",
    "zip",
    "country",
    "status",
    "currency",
    "owner",
    "lead_created_at",
    "customer-since",
    "billing-system-type",
    "website_url",
    "billing-system-url",
    "chartmogul-url",
]
BLANK = {"mrr": 0, "arr": 0, "currency-sign": "€"}
HREFS = "[...document.querySelectorAll('[href], [src], [action], [formaction]')].map(e => e.href || e.src || e.action)"


def leads_nowhere_else(page, site: str) -> bool:
    """Every address in the page is one of this site, or an ordinary one that opens without ours."""
    outside = [address for address in page.evaluate(HREFS) if not str(address).startswith(site)]
    return all(address.startswith(("https://", "http://")) for address in outside)


def test_C1_in_lists(page, hostile, site):
    for address in ("/c/main/customers/list/?limit=1000", "/c/main/data-sources/list/?limit=1000"):
        page.goto(address)
        for payload in PAYLOADS:
            expect(page.get_by_role("table")).to_contain_text(payload)
        assert leads_nowhere_else(page, site)


def test_C1_on_the_page_of_a_record(page, hostile, site):
    for customer in hostile:
        page.goto(f"/c/main/customers/{customer['uuid']}/")
        assert page.get_by_role("heading", level=1).text_content() == customer["name"]
        assert leads_nowhere_else(page, site)


def test_C2_in_the_search_box(page, hostile, site):
    page.goto("/c/main/customers/list/?limit=1000")
    page.keyboard.press("/")
    page.keyboard.insert_text("0000-4000-8000")
    options = page.get_by_role("group", name="Customers").get_by_role("option")
    expect(options).to_have_count(20)
    assert leads_nowhere_else(page, site)


def test_C2_in_pickers(page, hostile, site):
    page.goto("/c/main/customers/list/?limit=1000")
    page.goto("/c/main/customers/get/")
    page.get_by_role("combobox", name="Customer").fill("0000-4000-8000")
    expect(page.get_by_role("option")).to_have_count(20)
    shown = page.get_by_role("listbox").inner_text()
    assert sum(payload.strip() in shown for payload in PAYLOADS) >= 15
    page.get_by_role("option").first.click()
    assert leads_nowhere_else(page, site)


def test_C1_in_forms_and_reviews(page, hostile, site):
    for customer in hostile[::4]:
        page.goto(f"/c/main/customers/update/?uuid={customer['uuid']}")
        expect(page.get_by_label("Company")).to_have_value(customer["company"])
        page.get_by_label("Company").fill(customer["company"] + "!")
        page.get_by_role("button", name="Review").click()
        expect(page.get_by_role("region", name="The request as it will go out")).to_be_visible()
        assert leads_nowhere_else(page, site)


def test_C2_in_messages_and_errors(page, hostile, sandbox, monkeypatch, site):
    for payload in PAYLOADS[:5]:
        monkeypatch.setitem(faults.MESSAGES, 422, payload)
        sandbox.faults.add(path="/v1/customers*", status=422)
        page.goto("/c/main/customers/list/")
        expect(page.get_by_role("alert")).to_contain_text(payload)
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(f"{PAYLOADS[2]} once more")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text(PAYLOADS[2])
    assert leads_nowhere_else(page, site)


def test_C2_in_the_address(page, site):
    for payload in PAYLOADS[::3]:
        page.goto(f"/c/main/data-sources/create/?name={quote(payload)}&email={quote(payload)}&uuid={quote(payload)}")
        expect(page.get_by_label("Name", exact=True)).to_have_value(payload.replace("\r", "").replace("\n", ""))
    page.goto(f"/c/main/customers/{quote(PAYLOADS[2], safe='')}/")
    expect(page.get_by_role("alert")).to_be_visible()
    assert leads_nowhere_else(page, site)


def test_C1_the_watch_would_see_it(browser):
    """The net itself: payloads that do run are noticed."""
    with browser.new_context() as context:
        watch = Watch(context)
        page = context.new_page()
        with page.expect_console_message():
            page.set_content(f"<img src=x onerror=\"console.log('{MARK}')\">")
        page.evaluate(f"alert('{MARK}')")
    assert watch.seen == [f"console: {MARK}", f"dialog: {MARK}"]
