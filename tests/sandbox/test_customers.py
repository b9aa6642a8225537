"""Customers and their attributes."""

import pytest


def change(call, customer, **body):
    return call("PATCH", f"/v1/customers/{customer}", json=body)


def test_the_object_spells_its_keys_as_the_api_does(call, source):
    body = {"data_source_uuid": source, "external_id": "c-1", "name": "Pied Piper", "country": "US", "state": "CA"}
    answer = call("POST", "/v1/customers", json=body | {"city": "San Francisco", "zip": "12345", "unknown": 1})
    assert answer.status_code == 201
    made = answer.json()
    assert made["uuid"].startswith("cus_")
    assert isinstance(made["id"], int)
    assert made["external_ids"] == ["c-1"]
    assert made["customer-since"] is None
    assert made["billing-system-type"] == "Custom"
    assert (made["currency"], made["currency-sign"]) == ("EUR", "€")
    assert made["chartmogul-url"] == f"https://app.chartmogul.com/#/customers/{made['id']}-Pied_Piper"
    assert made["address"] == {
        "country": "United States",
        "state": "California",
        "city": "San Francisco",
        "address_zip": "12345",
    }
    assert made["attributes"] == {"custom": {}, "stripe": {}, "tags": []}
    assert "unknown" not in made
    assert not [key for key in made if key.startswith("_")]


def test_a_patch_changes_only_what_it_names(call, customer):
    change(call, customer, company="Old", email="a@b.example")
    answer = change(call, customer, company="New", data_source_uuid="ds_other", external_id="other")
    assert answer.status_code == 200
    made = answer.json()
    assert (made["company"], made["email"], made["name"], made["external_id"]) == ("New", "a@b.example", "Ada", "c-1")
    assert call("GET", f"/v1/customers/{customer}").json() == made


def test_null_clears(call, customer):
    change(
        call,
        customer,
        company="C",
        city="Köln",
        country="DE",
        lead_created_at="2020-01-01",
        owner="sales@sandbox.example",
    )
    made = change(call, customer, company=None, city=None, country=None, lead_created_at=None, owner=None).json()
    assert (made["company"], made["city"], made["country"], made["lead_created_at"]) == ("", None, None, None)
    assert made["owner"] is None


@pytest.mark.parametrize(("country", "state", "kept"), [("US", "US-NY", "NY"), ("US", "NY", "NY"), ("DE", "NY", None)])
def test_a_state_outside_the_us_is_dropped(call, customer, country, state, kept):
    answer = change(call, customer, country=country, state=state)
    assert (answer.status_code, answer.json()["state"]) == (200, kept)


def test_an_unknown_owner_is_ignored(call, customer):
    assert change(call, customer, owner="owner@sandbox.example").json()["owner"] == "owner@sandbox.example"
    assert change(call, customer, owner="nobody@else.example").json()["owner"] == "owner@sandbox.example"


def test_a_bad_email(call, customer):
    answer = change(call, customer, email="not an email")
    assert answer.status_code == 422
    assert answer.json() == {
        "code": 422,
        "message": "The value provided does not appear to be a valid email address.",
        "param": "email",
    }


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("2015-11-01", "2015-11-01T00:00:00.000Z"),
        ("2015-11-01 00:00:00", "2015-11-01T00:00:00.000Z"),
        ("2016-01-01 12:00:00 UTC", "2016-01-01T12:00:00.000Z"),
        ("2000-01-01 00:00:00 +0200", "1999-12-31T22:00:00.000Z"),
        ("2015-11-01T00:00:00", "2015-11-01T00:00:00.000Z"),
        ("2015-11-01T00:00:00Z", "2015-11-01T00:00:00.000Z"),
        ("2018-12-18T18:39:15+06:00", "2018-12-18T12:39:15.000Z"),
        ("2018-12-18T18:39:15.25Z", "2018-12-18T18:39:15.250Z"),
    ],
)
def test_dates_in_every_accepted_form(call, customer, given, answered):
    assert change(call, customer, lead_created_at=given).json()["lead_created_at"] == answered


@pytest.mark.parametrize(
    "given", ["soon", "2015-13-01", "2015-02-30", "20151101", "2099-01-01", 5, "0001-01-01T00:00:00+05:00"]
)
def test_bad_and_future_dates(call, customer, given):
    answer = change(call, customer, free_trial_started_at=given)
    assert (answer.status_code, answer.json()["param"]) == (422, "free_trial_started_at")


@pytest.mark.parametrize("status", ["New Lead", "Working Lead", "Qualified Lead", "Unqualified Lead"])
def test_lead_statuses_can_be_written(call, customer, status):
    assert change(call, customer, status=status).json()["status"] == status


@pytest.mark.parametrize("status", ["Active", "Past Due", "Cancelled", "Lead", "new lead", 1])
def test_other_statuses_cannot(call, customer, status):
    answer = change(call, customer, status=status)
    assert (answer.status_code, answer.json()["param"]) == (422, "status")


def test_external_ids_are_unique_in_a_source_only(call, source, customer):
    answer = call("POST", "/v1/customers", json={"data_source_uuid": source, "external_id": "c-1"})
    assert answer.status_code == 422
    assert answer.json() == {
        "errors": {"external_id": "The external ID for this customer already exists in our system."}
    }
    other = call.make("/v1/data_sources", {"name": "Other"})["uuid"]
    call.make("/v1/customers", {"data_source_uuid": other, "external_id": "c-1"})
    assert len(call("GET", "/v1/customers?external_id=c-1").json()["entries"]) == 2


def test_missing_and_null_ids(call, source):
    answer = call("POST", "/v1/customers", json={"data_source_uuid": source})
    assert answer.status_code == 400
    assert answer.json() == {"code": 400, "message": 'Parameter "external_id" is missing', "param": "external_id"}
    answer = call("POST", "/v1/customers", json={"external_id": None, "name": None, "data_source_uuid": None})
    assert answer.status_code == 422
    assert answer.json() == {
        "errors": {
            "external_id": "A unique external ID is required for each customer.",
            "name": "A name is required for each customer.",
            "data_source_uuid": "A valid data source UUID is required for each customer.",
        }
    }


def test_unknown_customer_by_its_bare_id(call):
    answer = call("GET", "/v1/customers/cus_35da5436-a730-11e6-a5a0-d32f2a781b50")
    assert answer.status_code == 404
    assert answer.json() == {
        "code": 404,
        "message": 'Customer "35da5436-a730-11e6-a5a0-d32f2a781b50" does not exist',
        "param": "customer_id",
    }


def test_search_without_a_hit_is_404(call):
    answer = call("GET", "/v1/customers/search?email=no@email.com")
    assert answer.status_code == 404
    assert answer.json() == {
        "code": 404,
        "message": 'Can\'t find any customers with email: "no@email.com"',
        "param": "email",
    }
    assert call("GET", "/v1/customers/search").status_code == 400


@pytest.mark.parametrize("status", ["New_Lead", "Working_Lead", "Past_Due", "Active", "active", "Cancelled"])
def test_the_status_filter_wants_underscores(seeded, status):
    entries = seeded("GET", "/v1/customers", params={"status": status}).json()["entries"]
    assert {entry["status"].lower() for entry in entries} == {status.replace("_", " ").lower()}
    assert seeded("GET", "/v1/customers", params={"status": "Past Due"}).json()["entries"] == []


def test_system_and_source_filters(seeded):
    entries = seeded("GET", "/v1/customers?system=Stripe").json()["entries"]
    assert {entry["billing-system-type"] for entry in entries} == {"Stripe"}
    (stripe,) = {entry["data_source_uuid"] for entry in entries}
    assert seeded("GET", f"/v1/customers?data_source_uuid={stripe}").json()["entries"] == entries
    assert seeded("GET", "/v1/customers?system=Chargify").json()["entries"] == []


# Tags and custom attributes


def test_tags(call, customer):
    path = f"/v1/customers/{customer}/attributes/tags"
    assert call("POST", path, json={"tags": ["a", "b"]}).json() == {"tags": ["a", "b"]}
    answer = call("POST", path, json={"tags": ["b", "c"]})
    assert (answer.status_code, answer.json()) == (200, {"tags": ["a", "b", "c"]})
    answer = call("DELETE", path, json={"tags": ["a", "unknown"]})
    assert (answer.status_code, answer.json()) == (200, {"tags": ["b", "c"]})
    assert change(call, customer, attributes={"tags": ["new"]}).json()["attributes"]["tags"] == ["new"]
    assert call("POST", path, json={"tags": "a"}).status_code == 422
    assert call("DELETE", path, json={}).status_code == 400


CUSTOM = [
    ({"type": "String", "key": "k", "value": "v"}, "v"),
    ({"type": "Integer", "key": "k", "value": 5}, 5),
    ({"type": "Integer", "key": "k", "value": "5"}, 5),
    ({"type": "Decimal", "key": "k", "value": 0.5}, 0.5),
    ({"type": "Decimal", "key": "k", "value": "1.25"}, 1.25),
    ({"type": "Timestamp", "key": "k", "value": "2015-09-08 00:00:00"}, "2015-09-08T00:00:00.000Z"),
    ({"type": "Boolean", "key": "k", "value": False}, False),
    ({"type": "Boolean", "key": "k", "value": "TRUE"}, True),
    ({"type": "Boolean", "key": "k", "value": 0}, False),
]


@pytest.mark.parametrize(("item", "answered"), CUSTOM)
def test_custom_attributes_by_type(call, customer, item, answered):
    answer = call("POST", f"/v1/customers/{customer}/attributes/custom", json={"custom": [item]})
    assert (answer.status_code, answer.json()) == (200, {"custom": {"k": answered}})


@pytest.mark.parametrize(
    "item",
    [
        {"type": "String", "key": "k", "value": "x" * 256},
        {"type": "Integer", "key": "k", "value": 1.5},
        {"type": "Integer", "key": "k", "value": True},
        {"type": "Timestamp", "key": "k", "value": "soon"},
        {"type": "Boolean", "key": "k", "value": "maybe"},
        {"type": "Number", "key": "k", "value": 1},
        {"type": "String", "value": "v"},
        "no object",
    ],
)
def test_bad_custom_attributes(call, customer, item):
    answer = call("POST", f"/v1/customers/{customer}/attributes/custom", json={"custom": [item]})
    assert (answer.status_code, answer.json()["param"]) == (422, "custom")


def test_custom_attributes_are_merged_in_both_forms(call, customer):
    path = f"/v1/customers/{customer}/attributes/custom"
    call("POST", path, json={"custom": [{"type": "Timestamp", "key": "at", "value": "2020-01-01"}]})
    merged = change(call, customer, attributes={"custom": {"CAC": 25, "from": {"value": "Fair", "source": "x"}}})
    assert merged.json()["attributes"]["custom"] == {"at": "2020-01-01T00:00:00.000Z", "CAC": 25, "from": "Fair"}
    # the type of a key that exists is kept
    assert call("PUT", path, json={"custom": {"at": "2021-01-01"}}).json()["custom"]["at"] == "2021-01-01T00:00:00.000Z"
    assert call("PUT", path, json={"custom": {"CAC": "many"}}).status_code == 422
    array = [{"type": "Boolean", "key": "on", "value": "t"}]
    assert change(call, customer, attributes={"custom": array}).json()["attributes"]["custom"]["on"] is True
    answer = call("DELETE", path, json={"custom": ["at", "CAC"]})
    assert (answer.status_code, answer.content) == (204, b"")
    shown = call("GET", f"/v1/customers/{customer}/attributes").json()
    assert shown == {"tags": [], "stripe": {}, "custom": {"from": "Fair", "on": True}}


def test_by_email(call, source, customer):
    second = {"data_source_uuid": source, "external_id": "c-2", "email": "same@mail.example"}
    call.make("/v1/customers", second)
    change(call, customer, email="same@mail.example")
    answer = call("POST", "/v1/customers/attributes/tags", json={"email": "same@mail.example", "tags": ["t"]})
    assert [entry["attributes"]["tags"] for entry in answer.json()["entries"]] == [["t"], ["t"]]
    custom = [{"type": "Integer", "key": "n", "value": 1}]
    answer = call("POST", "/v1/customers/attributes/custom", json={"email": "same@mail.example", "custom": custom})
    assert [entry["attributes"]["custom"] for entry in answer.json()["entries"]] == [{"n": 1}, {"n": 1}]
    unknown = call("POST", "/v1/customers/attributes/tags", json={"email": "x@mail.example", "tags": ["t"]})
    assert (unknown.status_code, unknown.json()["param"]) == (404, "email")


def test_deleting_takes_everything_below(call, customer, invoice_body):
    transactions = [{"date": "2026-10-02", "type": "payment", "result": "successful"}]
    body = {"invoices": [invoice_body(transactions=transactions)]}
    invoice = call.make(f"/v1/import/customers/{customer}/invoices", body)["invoices"][0]
    assert call("DELETE", f"/v1/customers/{customer}").status_code == 204
    for path in (
        f"/v1/customers/{customer}",
        f"/v1/invoices/{invoice['uuid']}",
        f"/v1/line_items/{invoice['line_items'][0]['uuid']}",
        f"/v1/transactions/{invoice['transactions'][0]['uuid']}",
        f"/v1/import/customers/{customer}/subscriptions",
    ):
        assert call("GET", path).status_code == 404
