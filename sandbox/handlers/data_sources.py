"""Data sources: list (never paged), create, read, delete, empty. There is no update (recorded 2016 to 2025)."""

from typing import Any

from sandbox import dates
from sandbox.checks import is_blank
from sandbox.context import Api, Request
from sandbox.errors import invalid, not_found
from sandbox.store import Document

# Keys that are included only if the query has `with_...=true` for them.
ON_REQUEST = ("processing_status", "auto_churn_subscription_setting", "invoice_handling_setting")
FILTERS = ("name", "system")
# The system of a data source created through the API: its name until 2025, and since then (recorded).
OF_THE_API = ("Import API", "Custom")

_HANDLING = {
    "create_subscription_when_invoice_is": "open",
    "update_subscription_when_invoice_is": "open",
    "prevent_subscription_for_invoice_voided": True,
    "prevent_subscription_for_invoice_refunded": False,
    "prevent_subscription_for_invoice_written_off": True,
}


def document(api: Api, name: str, system: str = "Custom") -> Document:
    return {
        "uuid": api.new_uuid("ds_"),
        "name": name,
        "system": system,
        "created_at": dates.with_milliseconds(api.now()),
        "status": "idle",
        "processing_status": {"processed": 0, "failed": 0, "pending": 0},
        "auto_churn_subscription_setting": {"enabled": False, "interval": None},
        "invoice_handling_setting": {"manual": _HANDLING, "automatic": _HANDLING},
    }


def present(request: Request, source: Document) -> Document:
    hidden = [part for part in ON_REQUEST if not request.flag(f"with_{part}")]
    return {key: value for key, value in source.items() if key not in hidden}


def find(api: Api, uuid: str) -> Document:
    source = api.store.get("data_sources", uuid=uuid)
    if source is None:
        raise not_found("Data source")
    return source


def is_of_the_api(api: Api, uuid: str) -> bool:
    """Return whether the source is filled through the API; data of an integration is changed at its origin."""
    return bool(find(api, uuid)["system"] in OF_THE_API)


def index(api: Api, request: Request) -> Document:
    wanted: dict[str, Any] = {name: request.query[name] for name in FILTERS if name in request.query}
    return {"data_sources": [present(request, source) for source in api.store.all("data_sources", **wanted)]}


def create(api: Api, request: Request) -> Document:
    (name,) = request.required("name")
    if is_blank(name) or not isinstance(name, str):
        raise invalid({"name": "A name is required for each data source."})
    if api.store.get("data_sources", name=name):
        raise invalid({"name": "Has already been taken."})
    source = document(api, name)
    api.store.insert("data_sources", source)
    return present(request, source)


def show(api: Api, request: Request, uuid: str) -> Document:
    return present(request, find(api, uuid))


def delete(api: Api, request: Request, uuid: str) -> None:
    """Delete the source with its customers, plans and invoices."""
    find(api, uuid)
    api.store.delete("data_sources", uuid=uuid)


def empty(api: Api, request: Request, uuid: str) -> None:
    """Delete everything in the source, but keep the source."""
    find(api, uuid)
    for table in ("customers", "invoices", "subscriptions", "plans"):
        api.store.delete(table, data_source_uuid=uuid)
