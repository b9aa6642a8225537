"""Plans (recorded 2016 to 2023). An update answers 202, and a plan in use cannot be deleted."""

from collections.abc import Callable
from typing import Any

from sandbox.checks import as_external_id, is_blank, is_integer
from sandbox.context import Api, Request
from sandbox.errors import invalid, not_found
from sandbox.handlers import data_sources
from sandbox.paging import Listing, listing
from sandbox.store import Document

LIST = Listing(
    table="plans",
    key="plans",
    filters={
        "data_source_uuid": "data_source_uuid = ?",
        "external_id": "external_id = ?",
        # a plan does not have the system of its source
        "system": "data_source_uuid IN (SELECT uuid FROM data_sources WHERE system = ?)",
    },
)

# For each writable field: its check and the error message (recorded 2016).
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (lambda value: isinstance(value, str) and not is_blank(value), "A unique name is required for each plan."),
    "interval_count": (lambda value: is_integer(value) and value > 0, "is not a number"),
    "interval_unit": (
        lambda value: value in ("day", "month", "year"),
        "Only 'day', 'month' or 'year' are valid values for interval_unit.",
    ),
}


def find(api: Api, uuid: str) -> Document:
    plan = api.store.get("plans", uuid=uuid)
    if plan is None:
        raise not_found("Plan")
    return plan


def _wrong(body: Any) -> dict[str, str]:
    return {field: text for field, (is_right, text) in _RULES.items() if field in body and not is_right(body[field])}


def add(api: Api, body: Any) -> Document:
    """Validate and store a new plan. Raises ApiError."""
    errors = _wrong(body)
    if api.store.get("data_sources", uuid=body["data_source_uuid"]) is None:
        errors["data_source_uuid"] = "A valid data source UUID is required for each plan."
    if errors:
        raise invalid(errors)
    uuid = api.new_uuid("pl_")
    plan = {
        "uuid": uuid,
        # The default is the uuid without its prefix (recorded 2022).
        "external_id": as_external_id(body.get("external_id")) or uuid.removeprefix("pl_"),
        "name": body["name"],
        "interval_count": body["interval_count"],
        "interval_unit": body["interval_unit"],
        "data_source_uuid": body["data_source_uuid"],
    }
    if api.store.get("plans", data_source_uuid=plan["data_source_uuid"], external_id=plan["external_id"]):
        raise invalid({"external_id": "A plan with this identifier already exists in our system."})
    api.store.insert("plans", plan)
    return plan


def index(api: Api, request: Request) -> Document:
    return listing(api, request, LIST, lambda plans: plans)


def create(api: Api, request: Request) -> Document:
    request.required("data_source_uuid", "name", "interval_count", "interval_unit")
    return add(api, request.body)


def show(api: Api, request: Request, uuid: str) -> Document:
    return find(api, uuid)


def update(api: Api, request: Request, uuid: str) -> Document:
    """Update the fields that were sent. `data_source_uuid` and `external_id` may be sent and are ignored."""
    plan = find(api, uuid)
    if errors := _wrong(request.body):
        raise invalid(errors)
    plan |= {field: request.body[field] for field in _RULES if field in request.body}
    api.store.update("plans", plan)
    return plan


def delete(api: Api, request: Request, uuid: str) -> None:
    plan = find(api, uuid)
    # Both rules are documented, but the form of the errors is not known.
    if not data_sources.is_of_the_api(api, plan["data_source_uuid"]):
        raise invalid({"plan": "This plan came from an integration and cannot be deleted."})
    if api.store.get("line_items", plan_uuid=uuid):
        raise invalid({"plan": "This plan is used by invoices or subscriptions and cannot be deleted."})
    api.store.delete("plans", uuid=uuid)
