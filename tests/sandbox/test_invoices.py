"""Invoices with their line items and transactions, and what is derived from them."""

import pytest


@pytest.fixture
def send(call, customer):
    """A function that imports invoices for the customer."""

    def send(*invoices):
        return call("POST", f"/v1/import/customers/{customer}/invoices", json={"invoices": invoices})

    return send


def row_of(body, **changes):
    """The body with its one row changed; None takes a key away."""
    row = {key: value for key, value in (body["line_items"][0] | changes).items() if value is not None}
    return body | {"line_items": [row]}


def test_the_shape_of_an_imported_invoice(send, call, customer, plan, invoice_body):
    one_time = {"type": "one_time", "amount_in_cents": 4500, "description": "Setup", "quantity": 2}
    payment = {"date": "2026-10-02", "type": "payment", "result": "successful"}
    body = invoice_body(transactions=[payment])
    body["line_items"].append(one_time)
    answer = send(body)
    assert answer.status_code == 201
    assert set(answer.json()) == {"invoices"}
    (made,) = answer.json()["invoices"]
    assert set(made) == {"uuid", "external_id", "date", "due_date", "currency", "errors", "line_items", "transactions"}
    assert (made["date"], made["due_date"], made["errors"]) == ("2026-10-01T00:00:00.000Z", None, {})
    subscription, setup = made["line_items"]
    assert set(subscription) == {
        "uuid", "external_id", "type", "subscription_uuid", "subscription_external_id", "prorated", "proration_type",
        "service_period_start", "service_period_end", "plan_uuid", "amount_in_cents", "quantity", "discount_code",
        "discount_amount_in_cents", "discount_description", "tax_amount_in_cents", "transaction_fees_in_cents",
        "transaction_fees_currency", "account_code", "event_order",
    }  # fmt: skip
    assert subscription["plan_uuid"] == plan
    assert subscription["subscription_uuid"].startswith("sub_")
    assert "plan_uuid" not in setup
    assert "subscription_uuid" not in setup
    assert (setup["description"], setup["quantity"], setup["discount_code"]) == ("Setup", 2, "")
    (transaction,) = made["transactions"]
    assert set(transaction) == {
        "uuid", "external_id", "type", "date", "result", "amount_in_cents", "transaction_fees_in_cents",
        "transaction_fees_currency",
    }  # fmt: skip
    assert transaction["amount_in_cents"] is None
    alone = call("GET", f"/v1/invoices/{made['uuid']}").json()
    assert alone["customer_uuid"] == customer
    assert alone["line_items"][0]["balance_transfer"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"external_id": None}, "external_id"),
        ({"date": None}, "date"),
        ({"date": "soon"}, "date"),
        ({"currency": ""}, "currency"),
        ({"due_date": "later"}, "due_date"),
        ({"line_items": []}, "line_items"),
        ({"line_items": "rows"}, "line_items"),
        ({"data_source_uuid": "ds_unknown"}, "data_source_uuid"),
        ({"customer_external_id": "unknown"}, "customer_external_id"),
        ({"transactions": [{"date": "2026-10-01", "type": "payment"}]}, "transactions.result"),
        ({"transactions": [{"date": "2026-10-01", "type": "gift", "result": "failed"}]}, "transactions.type"),
    ],
)
def test_refused_invoices(send, invoice_body, changes, field):
    answer = send(invoice_body(**changes))
    assert answer.status_code == 422
    assert field in answer.json()["errors"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": None}, "type"),
        ({"type": "gift"}, "type"),
        ({"amount_in_cents": None}, "amount_in_cents"),
        ({"amount_in_cents": 10.5}, "amount_in_cents"),
        ({"amount_in_cents": "10"}, "amount_in_cents"),
        ({"plan_uuid": None}, "plan_uuid"),
        ({"plan_uuid": "pl_unknown"}, "plan_uuid"),
        ({"subscription_external_id": None}, "subscription_external_id"),
        ({"service_period_start": None}, "service_period_start"),
        ({"service_period_end": "2026-10-01"}, "service_period_end"),
        ({"prorated": "yes"}, "prorated"),
        ({"proration_type": "half"}, "proration_type"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"account_code": "with space"}, "account_code"),
        ({"account_code": "x" * 31}, "account_code"),
        ({"cancelled_at": "soon"}, "cancelled_at"),
    ],
)
def test_refused_line_items(send, invoice_body, changes, field):
    answer = send(row_of(invoice_body(), **changes))
    assert answer.status_code == 422
    assert f"line_items.{field}" in answer.json()["errors"]


def test_a_plan_of_another_source(send, call, invoice_body):
    other = call("GET", "/v1/plans?system=Stripe").json()["plans"][0]["uuid"]
    assert list(send(row_of(invoice_body(), plan_uuid=other)).json()["errors"]) == ["line_items.plan_uuid"]


def test_nothing_is_stored_when_one_of_several_is_refused(send, call, customer, invoice_body):
    assert send(invoice_body(), invoice_body(external_id="i-2", line_items=[])).status_code == 422
    assert call("GET", f"/v1/invoices?customer_uuid={customer}").json()["invoices"] == []


def test_the_body_must_have_invoices(call, customer):
    path = f"/v1/import/customers/{customer}/invoices"
    assert call("POST", path, json={}).json()["param"] == "invoices"
    assert call("POST", path, json={"invoices": []}).status_code == 422
    assert call("POST", path, json={"invoices": ["x"]}).status_code == 422


def test_an_unknown_customer_is_called_an_invoice(call):
    answer = call("POST", "/v1/import/customers/cus_unknown/invoices", json={"invoices": []})
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "Invoice not found",
        "error_details": [{"param": "invoice", "code": "invalid", "message": "Invoice not found"}],
    }
    assert call("GET", "/v1/import/customers/cus_unknown/invoices").json() == {"error": "Customer not found"}
    assert call("GET", "/v1/import/customers/cus_unknown/subscriptions").json() == {"error": "Customer not found"}


def test_external_ids_are_unique_in_the_source(send, invoice_body):
    payment = {"date": "2026-10-02", "type": "payment", "result": "successful", "external_id": "t"}
    body = row_of(invoice_body(transactions=[payment]), external_id="l")
    assert send(body).status_code == 201
    assert send(body).json() == {
        "errors": {
            "external_id": "The external ID for this invoice already exists in our system.",
            "line_items.external_id": "The external ID for this line item already exists in our system.",
            "transactions.external_id": "has already been taken",
        }
    }
    twice = invoice_body(external_id="new", transactions=[payment | {"external_id": "u"}] * 2)
    assert list(send(twice).json()["errors"]) == ["transactions.external_id"]


def test_an_invalid_invoice_is_stored_and_hidden(send, call, customer, invoice_body):
    answer = send(invoice_body(currency="XXX", date="2199-01-01"))
    assert answer.status_code == 201
    (made,) = answer.json()["invoices"]
    assert made["errors"] == {
        "currency": ["Currency is invalid", "Currency must be supported"],
        "date": ["Date is in the future"],
    }
    for path in ("/v1/invoices", f"/v1/import/customers/{customer}/invoices"):
        counts = {}
        for kind in ("valid", "invalid", "all"):
            found = call("GET", path, params={"validation_type": kind, "external_id": "i-1"}).json()["invoices"]
            counts[kind] = len([invoice for invoice in found if invoice["uuid"] == made["uuid"]])
        assert counts == {"valid": 0, "invalid": 1, "all": 1}
    path = f"/v1/invoices/{made['uuid']}"
    assert call("GET", path).json() == {"error": "Invoice not found"}
    assert call("GET", f"{path}?validation_type=all").status_code == 200
    assert call("GET", f"{path}?validation_type=odd").status_code == 400
    assert call("GET", f"/v1/customers/{customer}").json()["mrr"] == 0
    assert call("GET", f"/v1/customers/{customer}/subscriptions").json()["entries"] == []


def test_invoices_by_their_filters(seeded):
    some = seeded("GET", "/v1/invoices?per_page=1").json()["invoices"][0]
    assert seeded("GET", f"/v1/invoices?external_id={some['external_id']}").json()["invoices"] == [some]
    of_customer = seeded("GET", f"/v1/invoices?customer_uuid={some['customer_uuid']}").json()["invoices"]
    assert some in of_customer
    assert {invoice["customer_uuid"] for invoice in of_customer} == {some["customer_uuid"]}


def test_deleting_invoices_takes_the_subscription_along(send, call, customer, source, invoice_body):
    made = send(invoice_body(), invoice_body(external_id="i-2")).json()["invoices"]
    assert call("GET", f"/v1/customers/{customer}").json()["status"] == "Active"
    assert call("DELETE", f"/v1/invoices/{made[0]['uuid']}").status_code == 204
    assert call("DELETE", f"/v1/invoices/{made[0]['uuid']}").json() == {"error": "Invoice not found"}
    assert len(call("GET", f"/v1/customers/{customer}/subscriptions").json()["entries"]) == 1
    assert call("DELETE", f"/v1/data_sources/{source}/customers/{customer}/invoices").status_code == 204
    assert call("GET", f"/v1/import/customers/{customer}/subscriptions").json()["subscriptions"] == []
    after = call("GET", f"/v1/customers/{customer}").json()
    assert (after["status"], after["mrr"], after["customer-since"]) == ("New Lead", 0, None)


# Parts on their own


def test_transactions(send, call, invoice_body):
    (invoice,) = send(invoice_body()).json()["invoices"]
    path = f"/v1/import/invoices/{invoice['uuid']}/transactions"
    body = {"type": "payment", "date": "2016-01-01 12:00:00", "result": "successful", "external_id": "t-1"}
    answer = call("POST", path, json=body | {"amount_in_cents": 500, "transaction_fees_in_cents": 2})
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "external_id": "t-1",
        "result": "successful",
        "amount_in_cents": 500,
        "transaction_fees_in_cents": 2,
        "uuid": made["uuid"],
        "type": "payment",
        "date": "2016-01-01T12:00:00.000Z",
    }
    assert call("POST", path, json=body).json() == {"errors": {"external_id": "has already been taken"}}
    assert call("POST", path, json={"type": "payment", "date": "2016-01-01"}).json()["param"] == "result"
    assert call("POST", path, json=body | {"external_id": None, "date": None}).status_code == 422
    assert call("POST", "/v1/import/invoices/inv_no/transactions", json=body).json() == {"error": "Invoice not found"}
    one = f"/v1/transactions/{made['uuid']}"
    changed = call("PATCH", one, json={"type": "refund"})
    assert (changed.status_code, changed.json()) == (200, call("GET", one).json())
    assert changed.json() | made == changed.json() | {"type": "payment"}
    assert changed.json()["disabled"] is False
    assert call("PATCH", one, json={"result": "maybe"}).status_code == 422
    assert call("DELETE", one).status_code == 204
    assert call("GET", one).json() == {"error": "Transaction not found"}


def test_line_items(send, call, customer, plan, invoice_body):
    (invoice,) = send(invoice_body()).json()["invoices"]
    path = f"/v1/line_items/{invoice['line_items'][0]['uuid']}"
    shown = call("GET", path).json()
    assert shown["plan_external_id"] == plan.removeprefix("pl_")
    changed = call("PATCH", path, json={"amount_in_cents": 7000})
    assert changed.json() == shown | {"amount_in_cents": 7000}
    assert call("GET", f"/v1/customers/{customer}").json()["mrr"] == 7000
    assert call("PATCH", path, json={"service_period_end": "2020-01-01"}).status_code == 422
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).json() == {"error": "Line item not found"}
    assert call("GET", f"/v1/customers/{customer}").json()["mrr"] == 0


# What follows


@pytest.mark.parametrize(
    ("unit", "count", "amount", "currency", "mrr"),
    [
        ("month", 1, 5000, "EUR", 5000),
        ("month", 3, 9000, "EUR", 3000),
        ("year", 1, 120000, "EUR", 10000),
        ("day", 7, 1000, "EUR", 4348),
        ("month", 1, 1000, "USD", 920),
    ],
)
def test_mrr(send, call, customer, plan, invoice_body, unit, count, amount, currency, mrr):
    call("PATCH", f"/v1/plans/{plan}", json={"interval_unit": unit, "interval_count": count})
    assert send(row_of(invoice_body(currency=currency), amount_in_cents=amount)).status_code == 201
    (entry,) = call("GET", f"/v1/customers/{customer}/subscriptions").json()["entries"]
    assert (entry["mrr"], entry["arr"], entry["billing-cycle"]) == (mrr, mrr * 12, unit)
    assert (entry["status"], entry["plan"], entry["currency"]) == ("active", "Monthly", "EUR")
    assert entry["start-date"] == "2026-10-01T00:00:00+00:00"
    assert not entry["uuid"].startswith("sub_")
    after = call("GET", f"/v1/customers/{customer}").json()
    assert (after["mrr"], after["arr"], after["customer-since"]) == (mrr, mrr * 12, "2026-10-01T00:00:00+00:00")


def test_a_period_that_ended_long_ago_is_inactive(send, call, customer, invoice_body):
    send(row_of(invoice_body(), service_period_start="2020-01-01", service_period_end="2020-02-01"))
    assert call("GET", f"/v1/customers/{customer}/subscriptions").json()["entries"][0]["status"] == "inactive"
    assert call("GET", f"/v1/customers/{customer}").json()["status"] == "Cancelled"


def test_a_failed_payment_is_past_due(send, call, customer, invoice_body):
    send(invoice_body(transactions=[{"date": "2026-10-02", "type": "payment", "result": "failed"}]))
    assert call("GET", f"/v1/customers/{customer}").json()["status"] == "Past Due"


def test_activities_follow_the_mrr(send, call, customer, invoice_body):
    second = row_of(
        invoice_body(external_id="i-2"),
        service_period_start="2026-11-01",
        service_period_end="2026-12-01",
        amount_in_cents=8000,
        cancelled_at="2026-11-10",
    )
    send(invoice_body(), second)
    entries = call("GET", f"/v1/customers/{customer}/activities").json()["entries"]
    assert [(entry["type"], entry["activity-mrr-movement"]) for entry in entries] == [
        ("churn", -8000),
        ("expansion", 3000),
        ("new_biz", 5000),
    ]


def test_activities_of_all_customers(send, call, customer, invoice_body):
    send(invoice_body())
    page = call("GET", "/v1/activities?order=-date&type=new_biz&per_page=2").json()
    newest, before = page["entries"]
    assert newest["date"] >= before["date"]
    mine = call("GET", "/v1/activities?order=-date").json()["entries"]
    (entry,) = [each for each in mine if each["customer-uuid"] == customer]
    assert (entry["type"], entry["customer-external-id"], entry["activity-mrr"]) == ("new_biz", "c-1", 5000)
    assert page["has_more"]
    assert call("GET", f"/v1/activities?order=-date&type=new_biz&per_page=2&cursor={page['cursor']}").json()["entries"]


def test_a_customer_of_an_integration_has_no_imported_subscriptions(call):
    customers = call("GET", "/v1/customers?system=Stripe&status=Active").json()["entries"]
    path = f"customers/{customers[0]['uuid']}/subscriptions"
    assert call("GET", f"/v1/{path}").json()["entries"]
    answer = call("GET", f"/v1/import/{path}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Customer not found"})


def test_a_line_of_a_subscription_keeps_its_description(send, invoice_body):
    (line,) = send(row_of(invoice_body(), description="Seats")).json()["invoices"][0]["line_items"]
    assert line["description"] == "Seats"
    bad = send(row_of(invoice_body(external_id="i-2"), description=5))
    assert bad.json()["errors"] == {"line_items.description": "is not a string"}


def test_cancelling(send, call, customer, invoice_body):
    send(row_of(invoice_body(), subscription_set_external_id="set-1"))
    path = f"/v1/import/customers/{customer}/subscriptions"
    (imported,) = call("GET", path).json()["subscriptions"]
    assert set(imported) == {
        "external_id", "uuid", "cancellation_dates", "subscription_set_external_id", "plan_uuid", "data_source_uuid",
    }  # fmt: skip
    one = f"/v1/import/subscriptions/{imported['uuid']}"
    answer = call("PATCH", one, json={"cancelled_at": "2026-10-15 00:00:00 +0200"})
    assert answer.status_code == 202
    assert answer.json()["cancellation_dates"] == ["2026-10-14T22:00:00.000Z"]
    assert answer.json()["customer_uuid"] == customer
    assert "subscription_set_external_id" not in answer.json()
    history = {"cancellation_dates": ["2026-10-20", "2026-10-10T10:00:00.000Z"]}
    assert call("PATCH", one, json=history).json()["cancellation_dates"] == [
        "2026-10-10T10:00:00.000Z",
        "2026-10-20T00:00:00.000Z",
    ]
    assert call("GET", f"/v1/customers/{customer}").json()["status"] == "Cancelled"
    assert call("PATCH", one, json={"cancellation_dates": []}).json()["cancellation_dates"] == []
    assert call("GET", f"/v1/customers/{customer}").json()["status"] == "Active"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"cancelled_at": "2026-10-15", "cancellation_dates": []}, 422),
        ({"cancelled_at": "2199-10-15"}, 422),
        ({"cancelled_at": None}, 422),
        ({"cancellation_dates": "2026-10-15"}, 422),
        ({"cancellation_dates": ["soon"]}, 422),
    ],
)
def test_refused_cancellations(send, call, customer, invoice_body, body, status):
    send(invoice_body())
    uuid = call("GET", f"/v1/import/customers/{customer}/subscriptions").json()["subscriptions"][0]["uuid"]
    assert call("PATCH", f"/v1/import/subscriptions/{uuid}", json=body).status_code == status
    unknown = call("PATCH", "/v1/import/subscriptions/sub_unknown", json=body)
    assert (unknown.status_code, unknown.json()) == (404, {"error": "Subscription not found"})
