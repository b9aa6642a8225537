"""Properties of the seed on which other tests rely."""

from collections import Counter

import pytest

from sandbox import seed


def everything(call, path, key, **query):
    """All rows of a list."""
    page = call("GET", path, params=query).json()
    rows = page[key]
    while page["has_more"]:
        page = call("GET", path, params={**query, "cursor": page["cursor"]}).json()
        rows += page[key]
    return rows


@pytest.fixture(scope="module")
def customers(seeded):
    return everything(seeded, "/v1/customers", "entries")


def test_it_is_the_same_every_time():
    stores = []
    for _ in range(2):
        seed.template.cache_clear()
        stores.append(seed.template())
    for table in ("customers", "invoices", "line_items", "transactions", "subscriptions"):
        assert stores[0].all(table) == stores[1].all(table)


def test_every_status_system_and_country(customers):
    assert {entry["status"] for entry in customers} == {
        "New Lead", "Working Lead", "Qualified Lead", "Unqualified Lead", "Active", "Past Due", "Cancelled", "Lead",
    }  # fmt: skip
    assert {"Custom", "Import API", "Stripe", "Recurly", "Google Sheets", "Chargebee"} == {
        entry["billing-system-type"] for entry in customers
    }
    assert len({entry["country"] for entry in customers}) > 15
    assert len(customers) == 301


def test_the_awkward_ones(customers):
    by_id = {entry["external_id"]: entry for entry in customers}
    assert by_id["markup-script"]["name"] == "<script>alert(1)</script>"
    assert by_id["formula-equals"]["name"] == "=1+1"
    assert "\u202e" in by_id["rtl-override"]["name"]
    assert len(by_id["name-300"]["name"]) == 300
    assert by_id["name-empty"]["name"] == ""
    assert "owner" not in by_id["old-keys"]
    assert by_id["no-sign"]["currency-sign"] is None
    assert by_id["bare-billing-id"]["billing-system-url"] == "HngTohkREePdXBIx"
    assert len(by_id["all-types"]["attributes"]["custom"]) == 5
    assert by_id["array-value"]["attributes"]["custom"] == {"taste": ["lecker"]}
    acme = [entry for entry in customers if entry["external_id"] == "acme"]
    assert [entry["name"] for entry in acme] == ["Acme", "Acme"]
    assert acme[0]["data_source_uuid"] != acme[1]["data_source_uuid"]


def test_plan_groups_one_of_them_empty(seeded):
    groups = seeded("GET", "/v1/plan_groups").json()["plan_groups"]
    assert [group["plans_count"] for group in groups] == [0, 3, 8]


def test_lists_and_names_begin_with_what_an_account_may_hold(seeded, customers):
    plans = seeded("GET", "/v1/plans").json()["plans"]
    for records in (customers, plans):
        assert all(record["name"][0].isalpha() for record in records[:9])
    assert "=Sheet plan" in [plan["name"] for plan in plans]
    named = sorted(entry["name"] for entry in customers if entry["name"][:1].isalpha() and entry["name"][0].isascii())
    assert named[:2] == ["Acme", "Acme"]


def test_all_kinds_of_invoices(seeded):
    invoices = everything(seeded, "/v1/invoices", "invoices", validation_type="all")
    assert set(Counter(invoice["currency"] for invoice in invoices)) == {"USD", "EUR", "GBP", "JPY", "KWD", "XXX"}
    assert {"currency", "date"} == {key for invoice in invoices for key in invoice["errors"]}
    rows = [row for invoice in invoices for row in invoice["line_items"]]
    assert {row["type"] for row in rows} == {"subscription", "one_time"}
    assert any(row.get("prorated") for row in rows)
    assert any(row["amount_in_cents"] < 0 for row in rows)
    kinds = {(each["type"], each["result"]) for invoice in invoices for each in invoice["transactions"]}
    assert kinds == {("payment", "successful"), ("payment", "failed"), ("refund", "successful")}
    assert any(invoice["due_date"] is None for invoice in invoices)
    assert any(not invoice["transactions"] for invoice in invoices)
    assert {invoice["date"][:4] for invoice in invoices} >= {"2024", "2025", "2026"}
