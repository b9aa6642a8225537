"""For any odd input the sandbox answers with an error of the API and never fails itself."""

import pytest

ODD = [
    None,
    "",
    " ",
    "text",
    0,
    -1,
    2**70,
    1.5,
    True,
    [],
    [None],
    [[]],
    ["x"],
    {},
    {"a": 1},
    [{}],
    "\x00",
    "2020-01-01",
]
CUSTOMER = {"data_source_uuid", "external_id", "name", "email", "company", "country", "state", "city", "zip", "status",
            "owner", "lead_created_at", "attributes", "website_url"}  # fmt: skip
ROW = {"type", "amount_in_cents", "plan_uuid", "subscription_external_id", "subscription_set_external_id", "prorated",
       "service_period_start", "service_period_end", "proration_type", "quantity", "discount_code", "account_code",
       "cancelled_at", "event_order", "balance_transfer", "external_id"}  # fmt: skip
INVOICE = {"external_id", "date", "due_date", "currency", "line_items", "transactions", "data_source_uuid",
           "customer_external_id"}  # fmt: skip
TRANSACTION = {"type", "date", "result", "amount_in_cents", "external_id"}


def is_answered(call, method, path, body):
    answer = call(method, path, json=body)
    assert answer.status_code < 500, (method, path, body)


@pytest.mark.parametrize("value", ODD, ids=lambda value: ascii(value)[:20])
def test_odd_values(call, source, customer, plan, invoice_body, value):
    made = call.make(f"/v1/import/customers/{customer}/invoices", {"invoices": [invoice_body()]})["invoices"][0]
    row = made["line_items"][0]
    ids = {"data_source_uuid": source, "external_id": "new"}
    full_plan = {"data_source_uuid": source, "name": "P", "interval_count": 1, "interval_unit": "month"}
    full_item = {"type": "String", "key": "k", "value": "v"}
    payment = {"type": "payment", "date": "2020-01-01", "result": "failed"}
    custom = f"/v1/customers/{customer}/attributes/custom"
    transactions = f"/v1/import/invoices/{made['uuid']}/transactions"
    imports = f"/v1/import/customers/{customer}/invoices"
    calls = [
        ("POST", "/v1/data_sources", [{"name": value}]),
        ("POST", "/v1/customers", [{**ids, name: value} for name in CUSTOMER]),
        ("PATCH", f"/v1/customers/{customer}", [{name: value} for name in CUSTOMER]),
        ("PATCH", f"/v1/customers/{customer}", [{"attributes": {name: value}} for name in ("tags", "custom")]),
        ("POST", f"/v1/customers/{customer}/attributes/tags", [{"tags": value}]),
        ("DELETE", f"/v1/customers/{customer}/attributes/tags", [{"tags": value}]),
        ("POST", custom, [{"custom": value}]),
        ("POST", custom, [{"custom": [{**full_item, k: value}]} for k in full_item]),
        ("PUT", custom, [{"custom": value}, {"custom": {"k": value}}]),
        ("DELETE", custom, [{"custom": value}]),
        ("POST", "/v1/customers/attributes/tags", [{"email": value, "tags": ["t"]}]),
        ("POST", "/v1/plans", [{**full_plan, name: value} for name in [*full_plan, "external_id"]]),
        ("PATCH", f"/v1/plans/{plan}", [{name: value} for name in ("name", "external_id")]),
        ("POST", "/v1/plan_groups", [{"name": value, "plans": [plan]}, {"name": "G", "plans": value}]),
        ("POST", imports, [{"invoices": value}, {"invoices": [value]}]),
        ("POST", imports, [{"invoices": [invoice_body(**{"external_id": name, name: value})]} for name in INVOICE]),
        ("POST", imports, [
            {"invoices": [invoice_body(external_id=name, line_items=[{**row, "external_id": None, name: value}])]}
            for name in ROW
        ]),
        ("POST", imports, [
            {"invoices": [invoice_body(external_id=f"t{name}", transactions=[{**payment, name: value}])]}
            for name in TRANSACTION
        ]),
        ("PATCH", f"/v1/line_items/{row['uuid']}", [{name: value} for name in ROW]),
        ("POST", transactions, [{**payment, name: value} for name in TRANSACTION]),
    ]  # fmt: skip
    for method, path, bodies in calls:
        for body in bodies:
            is_answered(call, method, path, body)
    (subscription, *_) = call("GET", f"/v1/import/customers/{customer}/subscriptions").json()["subscriptions"] or [None]
    if subscription:
        for name in ("cancelled_at", "cancellation_dates"):
            is_answered(call, "PATCH", f"/v1/import/subscriptions/{subscription['uuid']}", {name: value})
    for path in (f"/v1/customers/{customer}", "/v1/customers", "/v1/invoices?validation_type=all"):
        assert call("GET", path).status_code == 200


@pytest.mark.parametrize("value", ["", "'", "\x00", "😀", "9" * 5000], ids=["blank", "quote", "null", "emoji", "long"])
@pytest.mark.parametrize(
    "path", ["/v1/customers", "/v1/plans", "/v1/invoices", "/v1/data_sources", "/v1/customers/search"]
)
def test_odd_queries(seeded, path, value):
    for name in ("status", "system", "external_id", "data_source_uuid", "email", "per_page", "cursor", "name"):
        assert seeded("GET", path, params={name: value}).status_code < 500, name
