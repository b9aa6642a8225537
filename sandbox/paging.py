"""Cursor pagination, with the pitfalls of the real API.

A cursor is opaque to clients: base64 of the position of the last row. The last page has one too, if it has any
rows; requesting it returns an empty list and a null cursor. The keys of the older pagination by number are on the
first page only (recorded 2023-10).
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.context import Api, Request
from sandbox.errors import coded
from sandbox.store import NEWEST_FIRST, Conditions, Document, Order

LARGEST_PAGE = 200  # a larger per_page is not refused but reduced to this

# The SQL condition of each query parameter that a list can be filtered by.
Filters = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """How a list endpoint reads and presents its rows."""

    table: str
    key: str
    filters: Filters
    order: Order = NEWEST_FIRST
    # the keys of the older pagination on the first page
    old_keys: Sequence[str] = ("current_page", "total_pages")
    # total_pages of an empty list: 1 for customers, 0 for invoices
    pages_of_nothing: int = 0


def per_page(request: Request) -> int:
    text = request.query.get("per_page", str(LARGEST_PAGE))
    if not text.isascii() or not text.isdigit() or not text.strip("0"):
        raise coded(400, 'Parameter "per_page" is invalid', "per_page")
    return LARGEST_PAGE if len(text) > 3 else min(int(text), LARGEST_PAGE)


def refuse_page_number(request: Request) -> None:
    if "page" in request.query:
        raise coded(400, 'Parameter "page" is deprecated', "page")


def write_cursor(position: Sequence[str]) -> str:
    return base64.b64encode("&".join(position).encode()).decode()


def read_cursor(request: Request, length: int) -> list[str] | None:
    """Return the position in the cursor: `length` parts, the last of them a number. None if no cursor was sent.
    Raises ApiError."""
    if "cursor" not in request.query:
        return None
    try:
        position = base64.b64decode(request.query["cursor"], validate=True).decode().split("&")
    except (binascii.Error, ValueError):
        position = []
    # 18 digits always fit into an integer of SQLite
    if len(position) != length or not (position[-1].isascii() and position[-1].isdigit() and len(position[-1]) <= 18):
        raise coded(400, 'Parameter "cursor" is invalid', "cursor")
    return position


def listing(
    api: Api,
    request: Request,
    shape: Listing,
    present: Callable[[list[Document]], list[Document]],
    conditions: Conditions | None = None,
) -> Document:
    """Return a page of a list, filtered by the query and `conditions`. `present` turns documents into their JSON."""
    refuse_page_number(request)
    limit = per_page(request)
    after = read_cursor(request, len(shape.order.columns))
    wanted = {
        **(conditions or {}),
        **{sql: request.query[name] for name, sql in shape.filters.items() if name in request.query},
    }
    rows = api.store.page(shape.table, wanted, shape.order, after, limit + 1)
    shown = rows[:limit]
    old: Document = {}
    if after is None:
        pages = -(-api.store.count(shape.table, wanted) // limit) or shape.pages_of_nothing
        known = {"current_page": 1, "total_pages": pages, "per_page": limit, "page": 1}
        old = {key: known[key] for key in shape.old_keys}
    return {
        shape.key: present([document for _, document in shown]),
        "cursor": write_cursor(shown[-1][0]) if shown else None,
        "has_more": len(rows) > limit,
        **old,
    }


def slice_of(request: Request, entries: list[Document]) -> Document:
    """Return a page of a list that is computed rather than stored.

    Its cursor holds a page number, and even an empty page has one (recorded 2023-10).
    """
    refuse_page_number(request)
    limit = per_page(request)
    position = read_cursor(request, 1)
    number = int(position[0]) if position else 1
    start = (number - 1) * limit
    return {
        "entries": entries[start : start + limit],
        "cursor": write_cursor([str(number + 1)]),
        "has_more": len(entries) > start + limit,
        **({} if position else {"per_page": limit, "page": 1}),
    }
