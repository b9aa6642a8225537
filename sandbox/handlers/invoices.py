"""Invoices: import, lists, read, delete (recorded 2017 to 2023).

An invoice that was stored with errors in its `errors` map is invalid: it is left out unless `validation_type` includes
it.
"""

from typing import Any

from sandbox import dates, ledger
from sandbox.context import Api, Request
from sandbox.errors import coded, detailed_not_found, invalid, not_found
from sandbox.import_rules import Problems, Reader, read_line_item, read_transaction
from sandbox.money import RATES
from sandbox.paging import Listing, listing
from sandbox.store import Conditions, Document, public

LIST = Listing(
    table="invoices",
    key="invoices",
    filters={
        "customer_uuid": "customer_uuid = ?",
        "data_source_uuid": "data_source_uuid = ?",
        "external_id": "external_id = ?",
    },
)
OF_CUSTOMER = Listing(table="invoices", key="invoices", filters={})
_VALIDITY: dict[str, Conditions] = {"valid": {"valid = ?": 1}, "invalid": {"valid = ?": 0}, "all": {}}
TAKEN = {
    "external_id": "The external ID for this invoice already exists in our system.",
    "line_items.external_id": "The external ID for this line item already exists in our system.",
    "transactions.external_id": "has already been taken",
}


def _validity(request: Request) -> Conditions:
    kind = request.query.get("validation_type", "valid")
    if kind not in _VALIDITY:
        raise coded(400, 'Parameter "validation_type" must be valid, invalid or all', "validation_type")
    return _VALIDITY[kind]


# The object


def present(api: Api, invoices: list[Document], *, of_customer: bool = False) -> list[Document]:
    """Return the invoices with their line items and transactions.

    If the customer is part of the URL, `customer_uuid` and `balance_transfer` are absent (recorded 2023).
    """
    uuids = [invoice["uuid"] for invoice in invoices]
    hidden = ("customer_uuid", "balance_transfer") if of_customer else ()
    shown = {
        invoice["uuid"]: {
            **public(invoice, hidden),
            "line_items": [],
            "transactions": [],
        }
        for invoice in invoices
    }
    for table in ("line_items", "transactions"):
        for part in api.store.among(table, "invoice_uuid", uuids):
            shown[part["_invoice_uuid"]][table].append(public(part, hidden))
    return list(shown.values())


def find(api: Api, uuid: str) -> Document:
    invoice = api.store.get("invoices", uuid=uuid)
    if invoice is None:
        raise not_found("Invoice")
    return invoice


# Import


def add(api: Api, customer: Document, given: Any) -> Document:
    """Validate one invoice and store it with its line items and transactions. Raises ApiError. Call `ledger.settle`
    afterwards to recompute the subscriptions."""
    if not isinstance(given, dict):
        raise invalid({"invoices": "must be a list of objects"})
    problems: Problems = {}
    reader = Reader(given, problems)
    source_uuid = given.get("data_source_uuid") or customer["data_source_uuid"]
    if source_uuid not in customer["data_source_uuids"]:
        reader.refuse("data_source_uuid", "is not a data source of this customer")
    if given.get("customer_external_id") and given["customer_external_id"] not in customer["external_ids"]:
        reader.refuse("customer_external_id", "is not an external ID of this customer")
    currency = reader.required("currency")
    if not isinstance(currency, str):
        reader.refuse("currency", "is not a string")
    invoice: Document = {
        "uuid": api.new_uuid("inv_"),
        "external_id": reader.external_id(required=True),
        "date": reader.date("date"),
        "due_date": reader.date("due_date", required=False),
        "currency": currency,
        "customer_uuid": customer["uuid"],
        "errors": {},
        "_data_source_uuid": source_uuid,
    }
    items = [
        read_line_item(api, row, source_uuid, problems, "line_items.") for row in _rows(reader, "line_items", least=1)
    ]
    transactions = [read_transaction(row, problems, "transactions.") for row in _rows(reader, "transactions")]
    _refuse_taken(api, reader, invoice, items, transactions)
    if problems:
        raise invalid(problems)
    # These invoices are wrong, but stored all the same: the API answers 201, with the errors inside the invoice.
    if currency not in RATES:
        invoice["errors"]["currency"] = ["Currency is invalid", "Currency must be supported"]
    if dates.read(invoice["date"]) > api.now():
        invoice["errors"]["date"] = ["Date is in the future"]
    api.store.insert("invoices", invoice)
    for item in items:
        add_line_item(api, invoice, item)
    for transaction in transactions:
        add_transaction(api, invoice, transaction)
    return invoice


def _rows(reader: Reader, field: str, least: int = 0) -> list[Document]:
    rows = reader.given.get(field) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        reader.refuse(field, "must be a list of objects")
        return []
    if len(rows) < least:
        reader.refuse(field, "can't be blank")
    return rows


def _refuse_taken(
    api: Api, reader: Reader, invoice: Document, items: list[Document], transactions: list[Document]
) -> None:
    """Refuse external ids that are already stored in the data source, or repeated within the request."""
    parts = (
        ("invoices", "external_id", [invoice]),
        ("line_items", "line_items.external_id", items),
        ("transactions", "transactions.external_id", transactions),
    )
    for table, field, documents in parts:
        ids = [document["external_id"] for document in documents if document["external_id"]]
        if len(set(ids)) < len(ids) or any(is_taken(api, table, invoice["_data_source_uuid"], one) for one in ids):
            reader.refuse(field, TAKEN[field])


def is_taken(api: Api, table: str, source_uuid: str, external_id: str) -> bool:
    return api.store.get(table, data_source_uuid=source_uuid, external_id=external_id) is not None


def add_line_item(api: Api, invoice: Document, item: Document) -> Document:
    item = _part_of(api, invoice, "li_", item)
    if item["type"] != "one_time" and not invoice["errors"]:
        ledger.subscribe(api, invoice["customer_uuid"], invoice["_data_source_uuid"], item)
    api.store.insert("line_items", item)
    return item


def add_transaction(api: Api, invoice: Document, transaction: Document) -> Document:
    transaction = _part_of(api, invoice, "tr_", transaction)
    api.store.insert("transactions", transaction)
    return transaction


def _part_of(api: Api, invoice: Document, prefix: str, part: Document) -> Document:
    hidden = {"_invoice_uuid": invoice["uuid"], "_data_source_uuid": invoice["_data_source_uuid"]}
    return {"uuid": api.new_uuid(prefix), **part, **hidden}


# Endpoints


def index(api: Api, request: Request) -> Document:
    return listing(api, request, LIST, lambda invoices: present(api, invoices), _validity(request))


def show(api: Api, request: Request, uuid: str) -> Document:
    invoice = find(api, uuid)
    validity = request.query.get("validation_type", "valid")
    _validity(request)
    if validity != "all" and bool(invoice["errors"]) != (validity == "invalid"):
        raise not_found("Invoice")
    return present(api, [invoice])[0]


def delete(api: Api, request: Request, uuid: str) -> None:
    invoice = find(api, uuid)
    api.store.delete("invoices", uuid=uuid)
    ledger.settle(api, invoice["customer_uuid"])


def index_of_customer(api: Api, request: Request, uuid: str) -> Document:
    if api.store.get("customers", uuid=uuid) is None:
        raise not_found("Customer")
    conditions = {"customer_uuid = ?": uuid, **_validity(request)}
    page = listing(api, request, OF_CUSTOMER, lambda invoices: present(api, invoices, of_customer=True), conditions)
    return {"customer_uuid": uuid, **page}


def create(api: Api, request: Request, uuid: str) -> Document:
    customer = api.store.get("customers", uuid=uuid)
    if customer is None:
        # The real error says Invoice although it is the customer that is missing (issue of 2025-09).
        raise detailed_not_found("Invoice")
    (given,) = request.required("invoices")
    if not isinstance(given, list) or not given:
        raise invalid({"invoices": "can't be blank"})
    added = [add(api, customer, invoice) for invoice in given]
    ledger.settle(api, uuid)
    return {"invoices": present(api, added, of_customer=True)}


def delete_of_customer(api: Api, request: Request, source_uuid: str, customer_uuid: str) -> None:
    if api.store.get("data_sources", uuid=source_uuid) is None:
        raise not_found("Data source")
    if api.store.get("customers", uuid=customer_uuid) is None:
        raise not_found("Customer")
    api.store.delete("invoices", customer_uuid=customer_uuid, data_source_uuid=source_uuid)
    ledger.settle(api, customer_uuid)
