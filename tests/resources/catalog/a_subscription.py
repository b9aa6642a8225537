"""A customer's subscriptions in both views of the API, for tests."""

import json

from tests.pages import Browser, Element
from tests.servers import RecordingServer, reply

CUSTOMER = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
OTHER = "cus_99e01538-2c7e-11ee-b2ce-fb986e96e21b"
SUB = "sub_46c3f4c1-bfe5-4665-aeb7-95aa60fd2f49"
SECOND = "sub_0259d4d5-a63d-4a8c-b901-4f93f95b74b0"
BARE = "147cba1a-1fd9-411b-bcb7-2ed467cebe24"
SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"
PLAN = "pl_de9e281e-76cb-11ee-b63f-b727630ce4d4"
CALCULATED_PATH = f"/v1/customers/{CUSTOMER}/subscriptions"
IMPORTED_PATH = f"/v1/import/customers/{CUSTOMER}/subscriptions"
LIST = f"/c/main/subscriptions/list/?uuid={CUSTOMER}"
CANCEL = "/c/main/subscriptions/cancel/"
OPENED = f"{CANCEL}?uuid={SUB}&customer_uuid={CUSTOMER}"
HELD = ["2016-01-15T12:00:00.000Z", "2017-01-15T12:00:00.000Z"]


def calculated(external_id="s-1", uuid=BARE, **more):
    # As recorded: hyphens, a UUID without prefix, the plan by its name.
    return {
        "id": 2293710870,
        "external_id": external_id,
        "subscription_set_external_id": "1",
        "quantity": 1,
        "uuid": uuid,
        "mrr": 756,
        "arr": 9072,
        "status": "active",
        "plan": "Gold annual",
        "billing-cycle": "year",
        "billing-cycle-count": 1,
        "start-date": "2016-02-24T00:00:00+00:00",
        "end-date": "2017-02-24T00:00:00+00:00",
        "currency": "EUR",
        "currency-sign": "€",
        **more,
    }


def imported(external_id="s-1", uuid=SUB, dates=()):
    return {
        "external_id": external_id,
        "uuid": uuid,
        "cancellation_dates": list(dates),
        "plan_uuid": PLAN,
        "data_source_uuid": SOURCE,
    }


def page_of_list(key, rows, cursor=None, **more):
    """Return a page of a list. As recorded, this endpoint has a cursor on the last page too."""
    return reply(200, {key: rows, "cursor": cursor or "c3Vic2NyaXB0aW9ucz0y", "has_more": bool(cursor), **more})


def answers(recorder: RecordingServer, entries, subscriptions) -> None:
    recorder.routes = {
        CALCULATED_PATH: page_of_list("entries", entries),
        IMPORTED_PATH: page_of_list("subscriptions", subscriptions, customer_uuid=CUSTOMER),
    }


def opened_with_dates(page: Browser, recorder: RecordingServer) -> Browser:
    """The form of a cancellation, opened for a subscription with two cancellations."""
    recorder.routes = {
        IMPORTED_PATH: page_of_list("subscriptions", [imported(uuid=SECOND), imported(dates=HELD)]),
        f"/v1/import/subscriptions/{SUB}": reply(202, {**imported(dates=HELD), "customer_uuid": CUSTOMER}),
    }
    return page.open(OPENED)


def writes(recorder: RecordingServer):
    return [(r.method, r.path, json.loads(r.body)) for r in recorder.requests if r.method != "GET"]


def above(page: Browser) -> Element:
    """Return the Canceled At field that adds a cancellation, which is above those of the history."""
    return page.page.all(data_field="cancelled_at")[0]
