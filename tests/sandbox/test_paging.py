"""Cursor pagination, with its pitfalls."""

import base64

import pytest

LISTS = {
    "/v1/customers": ("entries", {"current_page", "total_pages", "per_page", "page"}),
    "/v1/plans": ("plans", {"current_page", "total_pages"}),
    "/v1/plan_groups": ("plan_groups", {"current_page", "total_pages"}),
    "/v1/invoices": ("invoices", {"current_page", "total_pages"}),
}
OLD_KEYS = {"current_page", "total_pages", "per_page", "page"}


@pytest.mark.parametrize("path", LISTS)
def test_every_row_once_and_a_cursor_on_the_last_page(seeded, path):
    key, old_keys = LISTS[path]
    everything = seeded("GET", path, params={"validation_type": "valid"}).json()
    total, pages = [], 0
    params = {"per_page": "2"} if path != "/v1/customers" else {"per_page": "37"}
    if path == "/v1/invoices":
        params["per_page"] = "60"
    while True:
        page = seeded("GET", path, params=params).json()
        assert (set(page) & OLD_KEYS) == (set() if "cursor" in params else old_keys)
        total += [row["uuid"] for row in page[key]]
        pages += 1
        assert page["cursor"] is not None
        params["cursor"] = page["cursor"]
        if not page["has_more"]:
            break
    assert len(total) == len(set(total))
    assert total[: len(everything[key])] == [row["uuid"] for row in everything[key]]
    assert pages > 1
    beyond = seeded("GET", path, params=params).json()
    assert beyond == {key: [], "cursor": None, "has_more": False}


def test_total_pages(seeded, call):
    first = seeded("GET", "/v1/customers?per_page=100").json()
    assert (first["current_page"], first["total_pages"], first["per_page"], first["page"]) == (1, 4, 100, 1)
    assert seeded("GET", "/v1/customers?external_id=none").json()["total_pages"] == 1
    assert seeded("GET", "/v1/invoices?external_id=none").json()["total_pages"] == 0
    search = seeded("GET", "/v1/customers/search?email=shared@sandbox.example&per_page=5").json()
    assert search["total_pages"] is None
    assert search["has_more"] is True


def test_more_than_200_is_200(seeded):
    assert len(seeded("GET", "/v1/customers?per_page=1000").json()["entries"]) == 200
    assert len(seeded("GET", "/v1/customers").json()["entries"]) == 200


@pytest.mark.parametrize("value", ["0", "-1", "ten", "", "²"])
def test_bad_per_page(seeded, value):
    answer = seeded("GET", "/v1/customers", params={"per_page": value})
    assert (answer.status_code, answer.json()["param"]) == (400, "per_page")


@pytest.mark.parametrize("path", [*LISTS, "/v1/customers/search?email=shared@sandbox.example"])
@pytest.mark.parametrize(
    "cursor",
    ["junk", "", "====", base64.b64encode(b"no number").decode(), base64.b64encode(b"x&" + b"9" * 40).decode(), "/+8="],
)
def test_junk_cursor(seeded, path, cursor):
    answer = seeded("GET", path, params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json() == {"code": 400, "message": 'Parameter "cursor" is invalid', "param": "cursor"}


def test_page_is_refused(seeded):
    answer = seeded("GET", "/v1/plans?page=2")
    assert answer.status_code == 400
    assert answer.json() == {"code": 400, "message": 'Parameter "page" is deprecated', "param": "page"}


def test_data_sources_are_not_paged(seeded):
    assert set(seeded("GET", "/v1/data_sources?per_page=1").json()) == {"data_sources"}
    assert len(seeded("GET", "/v1/data_sources?per_page=1").json()["data_sources"]) == 6


def test_customers_in_order_of_since_and_leads_last(seeded):
    first = seeded("GET", "/v1/customers").json()
    rest = seeded("GET", "/v1/customers", params={"cursor": first["cursor"]}).json()
    entries = first["entries"] + rest["entries"]
    keys = [(entry["customer-since"] or "~", entry["id"]) for entry in entries]
    assert keys == sorted(keys)


def test_invoices_newest_first(call, customer, invoice_body):
    for number in ("1", "2"):
        call.make(
            f"/v1/import/customers/{customer}/invoices",
            {"invoices": [invoice_body(external_id=number)]},
        )
    listed = call("GET", f"/v1/invoices?customer_uuid={customer}").json()["invoices"]
    assert [invoice["external_id"] for invoice in listed] == ["2", "1"]


def test_lists_of_a_customer_name_the_customer_on_every_page(call, customer, invoice_body):
    invoices = [invoice_body(external_id="1"), invoice_body(external_id="2")]
    path = f"/v1/import/customers/{customer}/invoices"
    call.make(path, {"invoices": invoices})
    first = call("GET", path, params={"per_page": 1}).json()
    second = call("GET", path, params={"per_page": 1, "cursor": first["cursor"]}).json()
    assert first["customer_uuid"] == second["customer_uuid"] == customer
    assert first["total_pages"] == 2
    assert "total_pages" not in second


def test_calculated_subscriptions_give_a_cursor_even_when_empty(call, customer):
    path = f"/v1/customers/{customer}/subscriptions"
    first = call("GET", path).json()
    assert (first["entries"], first["has_more"], first["page"]) == ([], False, 1)
    assert first["cursor"]
    second = call("GET", path, params={"cursor": first["cursor"]}).json()
    assert second["entries"] == []
    assert second["cursor"]
