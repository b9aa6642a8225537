"""Subscriptions in the API's two views: calculated (unprefixed uuids, MRR) and imported (sub_ uuids, cancellations)."""

from typing import Any

from sandbox import dates, ledger
from sandbox.context import Api, Request
from sandbox.errors import coded, missing, not_found
from sandbox.handlers import customers, data_sources
from sandbox.paging import Listing, listing, slice_of
from sandbox.store import Document, public

IMPORTED = Listing(table="subscriptions", key="subscriptions", filters={})
# Only the calculated view has the numeric id.
_HIDDEN = ("id", "customer_uuid")


def _imported(subscription: Document) -> Document:
    return public(subscription, _HIDDEN)


def index_calculated(api: Api, request: Request, uuid: str) -> Document:
    customers.find(api, uuid)
    found = api.store.all("subscriptions", customer_uuid=uuid)
    return slice_of(request, [subscription["_calculated"] for subscription in found])


def index_imported(api: Api, request: Request, uuid: str) -> Document:
    """List subscriptions imported through the API: a customer of an integration is not found (an issue of 2021)."""
    customer = api.store.get("customers", uuid=uuid)
    if customer is None or not data_sources.is_of_the_api(api, customer["data_source_uuid"]):
        raise not_found("Customer")
    page = listing(
        api,
        request,
        IMPORTED,
        lambda found: [_imported(subscription) for subscription in found],
        {"customer_uuid = ?": uuid},
    )
    return {"customer_uuid": uuid, **page}


def cancel(api: Api, request: Request, uuid: str) -> Document:
    """Cancel a subscription: `cancelled_at` adds a date, `cancellation_dates` replaces all dates (`[]` undoes all)."""
    subscription = api.store.get("subscriptions", uuid=uuid)
    if subscription is None:
        raise not_found("Subscription")
    if "cancelled_at" in request.body and "cancellation_dates" in request.body:
        raise coded(422, "Only one of cancelled_at and cancellation_dates can be given.", "cancelled_at")
    if "cancelled_at" in request.body:
        moment = _date("cancelled_at", request.body["cancelled_at"])
        if moment > dates.with_milliseconds(api.now()):
            raise coded(422, "The date provided must be in the past.", "cancelled_at")
        history = [*subscription["cancellation_dates"], moment]
    elif "cancellation_dates" in request.body:
        given = request.body["cancellation_dates"]
        if not isinstance(given, list):
            raise coded(422, "The value provided is not a list of dates.", "cancellation_dates")
        history = [_date("cancellation_dates", value) for value in given]
    else:
        raise missing("cancelled_at")
    subscription["cancellation_dates"] = sorted(set(history))
    api.store.update("subscriptions", subscription)
    ledger.settle(api, subscription["customer_uuid"])
    # This response has the customer's uuid, but not the set (recorded).
    shown = _imported(subscription) | {"customer_uuid": subscription["customer_uuid"]}
    shown.pop("subscription_set_external_id", None)
    return shown


def _date(field: str, value: Any) -> str:
    moment = dates.parse(value)
    if moment is None:
        raise coded(422, "The value provided is not a valid ISO 8601 date.", field)
    return dates.with_milliseconds(moment)
