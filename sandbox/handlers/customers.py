"""Customers (recorded 2016 to 2025). Their keys mix hyphens and underscores, as in the real API.

A stored customer is the JSON of the response plus three keys of the sandbox: `_lead_status` (the writable status; that
of a customer with subscriptions is computed, see ledger.py), `_custom_types` and `_activities`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_OID, uuid5

from sandbox import dates, places
from sandbox.checks import as_external_id, is_blank, is_email
from sandbox.context import Api, Request
from sandbox.custom_attributes import merge
from sandbox.errors import coded, invalid, missing
from sandbox.money import SIGNS
from sandbox.paging import Listing, listing, slice_of
from sandbox.store import Document, Order, public

LEAD_STATUSES = ("New Lead", "Working Lead", "Qualified Lead", "Unqualified Lead")
# The users of the account: an owner who is not one of them is silently ignored (recorded 2023).
USERS = ("owner@sandbox.example", "sales@sandbox.example")
FIRST_ID = 114_000_001

BY_SINCE = Order("since", "id")
LIST = Listing(
    table="customers",
    key="entries",
    filters={
        "data_source_uuid": "data_source_uuid = ?",
        "external_id": "external_id = ?",
        "status": "status = ?",
        "system": "system = ?",
    },
    order=BY_SINCE,
    old_keys=("current_page", "total_pages", "per_page", "page"),
    pages_of_nothing=1,
)
SEARCH = replace(LIST, filters={"email": "email = ?"})


# The object


def blank_customer(api: Api, source: Document, external_id: str) -> Document:
    """Return a customer with empty fields, whose keys have the order of the real API."""
    account = api.account()
    number = api.store.next_id("customers", FIRST_ID)
    customer: Document = {
        "id": number,
        "uuid": api.new_uuid("cus_"),
        "external_id": external_id,
        "name": "",
        "email": "",
        "status": "New Lead",
        "customer-since": None,
        "attributes": {"custom": {}, "stripe": {}, "tags": []},
        "data_source_uuid": source["uuid"],
        "data_source_uuids": [source["uuid"]],
        "external_ids": [external_id],
        "company": "",
        "country": None,
        "state": None,
        "city": None,
        "zip": None,
        "lead_created_at": None,
        "free_trial_started_at": None,
        "address": {},
        "mrr": 0,
        "arr": 0,
        "billing-system-url": None,
        "chartmogul-url": "",
        "billing-system-type": source["system"],
        "currency": account["currency"],
        "currency-sign": SIGNS.get(account["currency"]),
        "owner": None,
        "website_url": None,
        "_lead_status": "New Lead",
        "_custom_types": {},
        "_activities": [],
    }
    return customer


def present(customer: Document) -> Document:
    return public(customer)


def present_all(customers: list[Document]) -> list[Document]:
    return [present(customer) for customer in customers]


def find(api: Api, uuid: str) -> Document:
    """Return the customer. Raises ApiError 404 of shape A, with the id without its prefix (recorded 2016)."""
    customer = api.store.get("customers", uuid=uuid)
    if customer is None:
        raise coded(404, f'Customer "{uuid.removeprefix("cus_")}" does not exist', "customer_id")
    return customer


def find_by_email(api: Api, email: object) -> list[Document]:
    found = api.store.all("customers", email=email) if isinstance(email, str) and email else []
    if not found:
        raise coded(404, f'Can\'t find any customers with email: "{email}"', "email")
    return found


# Writing


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise coded(422, "The value provided is not a string.", field)
    return value


def _email(field: str, value: Any) -> str:
    if value and not is_email(value):
        raise coded(422, "The value provided does not appear to be a valid email address.", field)
    return _text(field, value)


def _country(field: str, value: Any) -> str | None:
    code = _text(field, value).upper()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise coded(422, "The value provided is not an ISO 3166-1 alpha-2 country code.", field)
    return code or None


def _past_date(api: Api, field: str, value: Any) -> str | None:
    if value == "":
        return None
    moment = dates.parse(value)
    if moment is None:
        raise coded(422, "The value provided is not a valid ISO 8601 date.", field)
    if moment > api.now():
        raise coded(422, "The date provided must be in the past.", field)
    return dates.with_milliseconds(moment)


def _lead_status(field: str, value: Any) -> str:
    """Check that the status is one of the four of a lead; the others are computed and cannot be written."""
    if value not in LEAD_STATUSES:
        raise coded(422, f"Only {', '.join(LEAD_STATUSES)} can be set.", field)
    return str(value)


# For each writable field: its value if null is sent, and the parser of other values.
_WRITABLE: dict[str, tuple[str | None, Callable[[str, Any], str | None]]] = {
    "name": ("", _text),
    "email": ("", _email),
    "company": ("", _text),
    "country": (None, _country),
    "state": (None, lambda field, value: _text(field, value) or None),
    "city": (None, _text),
    "zip": (None, _text),
    "website_url": (None, _text),
}


def write(api: Api, customer: Document, body: Any) -> None:
    """Set the fields that are in the body. Null clears a field, and unknown keys are ignored. Raises ApiError."""
    for field, (cleared, read) in _WRITABLE.items():
        if field in body:
            customer[field] = cleared if body[field] is None else read(field, body[field])
    for field in ("lead_created_at", "free_trial_started_at"):
        if field in body:
            customer[field] = None if body[field] is None else _past_date(api, field, body[field])
    if body.get("status") is not None:
        customer["_lead_status"] = _lead_status("status", body["status"])
        # The status of a customer with subscriptions is computed, so it stays.
        if customer["status"] in LEAD_STATUSES:
            customer["status"] = customer["_lead_status"]
    if "owner" in body and (body["owner"] is None or body["owner"] in USERS):
        customer["owner"] = body["owner"]
    attributes = body.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise coded(422, "The value provided is not an object.", "attributes")
    if "tags" in attributes:
        customer["attributes"]["tags"] = read_tags(attributes["tags"] or [])
    if "custom" in attributes:
        merge(customer, attributes["custom"] or {})
    places.settle(customer)
    slug = quote(customer["name"].replace(" ", "_"), safe="")
    customer["chartmogul-url"] = f"https://app.chartmogul.com/#/customers/{customer['id']}-{slug}"


def read_tags(value: Any) -> list[str]:
    """Return the tags in the given order, without duplicates. Raises ApiError."""
    if not isinstance(value, list) or any(is_blank(tag) or not isinstance(tag, str) for tag in value):
        raise coded(422, "Tags must be a list of strings.", "tags")
    return list(dict.fromkeys(value))


def add(api: Api, body: Any) -> Document:
    """Validate and store a new customer. Raises ApiError."""
    errors = {}
    external_id = as_external_id(body["external_id"])
    source = api.store.get("data_sources", uuid=body["data_source_uuid"])
    if external_id is None:
        errors["external_id"] = "A unique external ID is required for each customer."
    # A name may be absent (documentation of 2025), but not null (recorded 2016).
    if "name" in body and body["name"] is None:
        errors["name"] = "A name is required for each customer."
    if source is None:
        errors["data_source_uuid"] = "A valid data source UUID is required for each customer."
    if external_id is None or source is None or errors:
        raise invalid(errors)
    if api.store.get("customers", data_source_uuid=source["uuid"], external_id=external_id):
        raise invalid({"external_id": "The external ID for this customer already exists in our system."})
    customer = blank_customer(api, source, external_id)
    write(api, customer, body)
    api.store.insert("customers", customer)
    return customer


# Endpoints


def index(api: Api, request: Request) -> Document:
    return listing(api, request, LIST, present_all)


def search(api: Api, request: Request) -> Document:
    """Find customers by exact email. Unlike any other list it is 404 if empty, and total_pages is null (recorded
    2023-10)."""
    if not request.query.get("email"):
        raise missing("email")
    find_by_email(api, request.query["email"])
    page = listing(api, request, SEARCH, present_all)
    return page | {"total_pages": None} if "total_pages" in page else page


def create(api: Api, request: Request) -> Document:
    request.required("data_source_uuid", "external_id")
    return present(add(api, request.body))


def show(api: Api, request: Request, uuid: str) -> Document:
    return present(find(api, uuid))


def update(api: Api, request: Request, uuid: str) -> Document:
    """Update only the fields that were sent. Ids cannot be changed and are ignored."""
    customer = find(api, uuid)
    write(api, customer, request.body)
    api.store.update("customers", customer)
    return present(customer)


def delete(api: Api, request: Request, uuid: str) -> None:
    find(api, uuid)
    api.store.delete("customers", uuid=uuid)


def activities(api: Api, request: Request, uuid: str) -> Document:
    return slice_of(request, find(api, uuid)["_activities"])


# Keys that only the list of a single customer's activities has.
_ONLY_OF_CUSTOMER = ("id", "currency-sign")


def all_activities(api: Api, request: Request) -> Document:
    """List the activities of all customers by date, each with its customer. Of the real parameters only `type` and
    `order=-date` are supported."""
    kind = request.query.get("type")
    found = [
        {
            **{name: value for name, value in activity.items() if name not in _ONLY_OF_CUSTOMER},
            "customer-name": customer["name"],
            "customer-uuid": customer["uuid"],
            "customer-external-id": customer["external_id"],
            "billing-connector-uuid": customer["data_source_uuid"],
            "uuid": str(uuid5(NAMESPACE_OID, str(activity["id"]))),
        }
        for customer in api.store.all("customers")
        for activity in customer["_activities"]
        if kind in (None, activity["type"])
    ]
    found.sort(key=lambda activity: activity["date"], reverse=request.query.get("order") == "-date")
    page = slice_of(request, found)
    page.pop("page", None)
    return page
