"""Endpoints of single line items and transactions (documentation of 2025; creating a transaction: recorded 2025-03)."""

from collections.abc import Callable
from typing import Any

from sandbox import ledger
from sandbox.context import Api, Request
from sandbox.errors import invalid, not_found
from sandbox.handlers import invoices
from sandbox.import_rules import Problems, read_line_item, read_transaction
from sandbox.store import Document, public

_NAMES = {"line_items": "Line item", "transactions": "Transaction"}
_TAKEN = {"line_items": invoices.TAKEN["line_items.external_id"], "transactions": "has already been taken"}
# Line items and transactions of automatic sources can be disabled; in the sandbox none ever is.
_STATE: Document = {"disabled": False, "disabled_at": None, "disabled_by": None, "user_created": False}


def _find(api: Api, table: str, uuid: str) -> Document:
    part = api.store.get(table, uuid=uuid)
    if part is None:
        raise not_found(_NAMES[table])
    return part


def _settle(api: Api, part: Document) -> None:
    ledger.settle(api, invoices.find(api, part["_invoice_uuid"])["customer_uuid"])


def _checked(
    api: Api, table: str, source_uuid: str, read: Callable[[Problems], Document], old_id: str | None = None
) -> Document:
    """Return what `read` parsed. Raises ApiError if it found problems or the external id is taken (except `old_id`)."""
    problems: Problems = {}
    part = read(problems)
    new_id = part["external_id"]
    if new_id and new_id != old_id and invoices.is_taken(api, table, source_uuid, new_id):
        problems["external_id"] = _TAKEN[table]
    if problems:
        raise invalid(problems)
    return part


def _change(api: Api, table: str, part: Document, read: Callable[[Problems], Document]) -> Document:
    """Validate and store an updated line item or transaction and recompute the customer. Raises ApiError."""
    changed = _checked(api, table, part["_data_source_uuid"], read, part["external_id"])
    kept = {key: part[key] for key in ("uuid", "_invoice_uuid", "_data_source_uuid")}
    changed = {**kept, **changed}
    invoice = invoices.find(api, part["_invoice_uuid"])
    if "subscription_external_id" in changed and not invoice["errors"]:
        ledger.subscribe(api, invoice["customer_uuid"], invoice["_data_source_uuid"], changed)
    api.store.update(table, changed)
    _settle(api, changed)
    return changed


def _present_line_item(api: Api, item: Document) -> Document:
    plan = api.store.get("plans", uuid=item.get("plan_uuid"))
    return {**public(item), "plan_external_id": plan["external_id"] if plan else None, **_STATE}


def show_line_item(api: Api, request: Request, uuid: str) -> Document:
    return _present_line_item(api, _find(api, "line_items", uuid))


def update_line_item(api: Api, request: Request, uuid: str) -> Document:
    item = _find(api, "line_items", uuid)
    given: dict[str, Any] = {**item, "cancelled_at": item.get("_cancelled_at"), **request.body}

    def read(problems: Problems) -> Document:
        return read_line_item(api, given, item["_data_source_uuid"], problems)

    return _present_line_item(api, _change(api, "line_items", item, read))


def delete_line_item(api: Api, request: Request, uuid: str) -> None:
    _delete(api, "line_items", uuid)


def create_transaction(api: Api, request: Request, uuid: str) -> Document:
    invoice = invoices.find(api, uuid)
    request.required("type", "date", "result")
    read = _checked(
        api, "transactions", invoice["_data_source_uuid"], lambda problems: read_transaction(request.body, problems)
    )
    transaction = invoices.add_transaction(api, invoice, read)
    ledger.settle(api, invoice["customer_uuid"])
    # This response was recorded without the currency of the fees.
    return {key: value for key, value in public(transaction).items() if key != "transaction_fees_currency"}


def show_transaction(api: Api, request: Request, uuid: str) -> Document:
    return public(_find(api, "transactions", uuid)) | _STATE


def update_transaction(api: Api, request: Request, uuid: str) -> Document:
    transaction = _find(api, "transactions", uuid)
    given = {**transaction, **request.body}
    return (
        public(_change(api, "transactions", transaction, lambda problems: read_transaction(given, problems))) | _STATE
    )


def delete_transaction(api: Api, request: Request, uuid: str) -> None:
    _delete(api, "transactions", uuid)


def _delete(api: Api, table: str, uuid: str) -> None:
    part = _find(api, table, uuid)
    api.store.delete(table, uuid=uuid)
    _settle(api, part)
