"""Derives from the invoices of a customer: subscriptions, their MRR, activities, status and customer-since.

The real service does this in the background, minutes later; here it happens in the same request.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sandbox import dates
from sandbox.context import Api
from sandbox.money import SIGNS, monthly
from sandbox.store import Document

FIRST_SUBSCRIPTION_ID = 2_293_000_001
# A subscription that is not renewed for this long counts as churned at the end of its last period.
AUTO_CHURN = timedelta(days=365)


def subscribe(api: Api, customer_uuid: str, source_uuid: str, item: Document) -> None:
    """Link a line item to the subscription of its subscription_external_id, creating it with its first line item."""
    external_id = item["subscription_external_id"]
    subscription = api.store.get(
        "subscriptions", customer_uuid=customer_uuid, data_source_uuid=source_uuid, external_id=external_id
    )
    if subscription is None:
        set_id = item.get("subscription_set_external_id")
        subscription = {
            "id": api.store.next_id("subscriptions", FIRST_SUBSCRIPTION_ID),
            "external_id": external_id,
            "uuid": api.new_uuid("sub_"),
            "cancellation_dates": [],
            **({"subscription_set_external_id": set_id} if set_id else {}),
            "plan_uuid": item["plan_uuid"],
            "data_source_uuid": source_uuid,
            "customer_uuid": customer_uuid,
            "_calculated_uuid": api.new_uuid(),
        }
        api.store.insert("subscriptions", subscription)
    if item["_cancelled_at"] and item["_cancelled_at"] not in subscription["cancellation_dates"]:
        subscription["cancellation_dates"].append(item["_cancelled_at"])
        api.store.update("subscriptions", subscription)
    item["subscription_uuid"] = subscription["uuid"]


def settle(api: Api, customer_uuid: str) -> None:
    """Recompute and store all of it. Call it after each change to the invoices or cancellations of a customer."""
    api.store.drop_empty_subscriptions(customer_uuid)
    customer = api.store.all("customers", uuid=customer_uuid)[0]
    invoices = api.store.all("invoices", customer_uuid=customer_uuid, valid=1)
    items = api.store.among("line_items", "invoice_uuid", [invoice["uuid"] for invoice in invoices])
    currencies = {invoice["uuid"]: invoice["currency"] for invoice in invoices}
    subscriptions = api.store.all("subscriptions", customer_uuid=customer_uuid)
    activities: list[Document] = []
    for subscription in subscriptions:
        own = [item for item in items if item.get("subscription_uuid") == subscription["uuid"]]
        activities += _calculate(api, subscription, own, currencies)
        api.store.update("subscriptions", subscription)
    # A subscription that has not started yet does not turn a lead into a customer.
    today = dates.with_offset(api.now())
    calculated = [entry for entry in (each["_calculated"] for each in subscriptions) if entry["start-date"] <= today]
    customer["mrr"] = sum(entry["mrr"] for entry in calculated)
    customer["arr"] = customer["mrr"] * 12
    customer["customer-since"] = min((entry["start-date"] for entry in calculated), default=None)
    customer["status"] = _status(api, customer, calculated, invoices)
    customer["_activities"] = sorted(activities, key=lambda activity: activity["date"], reverse=True)
    api.store.update("customers", customer)


def _status(api: Api, customer: Document, calculated: list[Document], invoices: list[Document]) -> str:
    if not calculated:
        return str(customer["_lead_status"])
    if all(entry["status"] == "inactive" for entry in calculated):
        return "Cancelled"
    latest = max(invoices, key=lambda invoice: invoice["date"])
    transactions = api.store.all("transactions", invoice_uuid=latest["uuid"])
    payments = sorted((entry for entry in transactions if entry["type"] == "payment"), key=lambda entry: entry["date"])
    return "Past Due" if payments and payments[-1]["result"] == "failed" else "Active"


def _calculate(
    api: Api, subscription: Document, items: list[Document], currencies: dict[str, str]
) -> Iterable[Document]:
    """Fill `_calculated` of the subscription and return its activities."""
    account = api.account()
    items.sort(key=lambda item: item["service_period_start"])
    first, last = items[0], items[-1]
    plans = {plan["uuid"]: plan for plan in api.store.among("plans", "uuid", [item["plan_uuid"] for item in items])}
    # Pairs of a time and the MRR from then on; None if the subscription ends then.
    changes: list[tuple[datetime, int | None]] = [
        (dates.read(date), None) for date in subscription["cancellation_dates"]
    ]
    for item in items:
        # The amount of a prorated line item is for a part of the period, so it says nothing about the monthly value.
        if not item["prorated"] or len(items) == 1:
            plan = plans[item["plan_uuid"]]
            interval = plan["interval_unit"], plan["interval_count"]
            value = monthly(item["amount_in_cents"], currencies[item["_invoice_uuid"]], *interval, account["currency"])
            changes.append((dates.read(item["service_period_start"]), value))
    end = max(dates.read(item["service_period_end"]) for item in items)
    if end + AUTO_CHURN < api.now():
        changes.append((end, None))

    mrr: int | None = None
    activities: list[Document] = []
    # If a start and an end fall on the same time, the end wins.
    for moment, new in sorted(changes, key=lambda change: (change[0], change[1] is None)):
        movement = (new or 0) - (mrr or 0)
        if moment <= api.now():
            if movement:
                activities.append(_activity(account, subscription, moment, movement, new, mrr is None, activities))
            mrr = new
    plan = plans[last["plan_uuid"]]
    subscription["plan_uuid"] = plan["uuid"]
    subscription["_calculated"] = {
        "id": subscription["id"],
        "external_id": subscription["external_id"],
        "subscription_set_external_id": subscription.get("subscription_set_external_id"),
        "quantity": last["quantity"],
        "uuid": subscription["_calculated_uuid"],
        "mrr": mrr or 0,
        "arr": (mrr or 0) * 12,
        "status": "inactive" if mrr is None else "active",
        "plan": plan["name"],
        "billing-cycle": plan["interval_unit"],
        "billing-cycle-count": plan["interval_count"],
        "start-date": dates.with_offset(dates.read(first["service_period_start"])),
        "end-date": dates.with_offset(end),
        "currency": account["currency"],
        "currency-sign": SIGNS.get(account["currency"]),
    }
    return activities


def _activity(
    account: Document,
    subscription: Document,
    moment: datetime,
    movement: int,
    mrr: int | None,
    starts: bool,
    earlier: list[Document],
) -> Document:
    if mrr is None:
        kind = "churn"
    elif starts:
        kind = "reactivation" if earlier else "new_biz"
    else:
        kind = "expansion" if movement > 0 else "contraction"
    return {
        "id": subscription["id"] * 1000 + len(earlier),
        "description": f"{kind.replace('_', ' ')} of subscription {subscription['external_id']}",
        "activity-mrr-movement": movement,
        "activity-mrr": mrr or 0,
        "activity-arr": (mrr or 0) * 12,
        "date": dates.with_offset(moment),
        "type": kind,
        "currency": account["currency"],
        "currency-sign": SIGNS.get(account["currency"]),
        "subscription-external-id": subscription["external_id"],
    }
