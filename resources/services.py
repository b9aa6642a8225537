"""Reading lists and records from ChartMogul, page by page. No HTML, no Django request objects."""

import time
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from connections import localized
from connections.api_request import ApiAnswer, ApiRequest
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound, UnexpectedReply
from resources.json_paths import dig, put
from resources.operations import ListOperation, Part, Resource

PER_PAGE = 200
"""The most rows that ChartMogul returns per page; a higher number is treated as 200 (documentation)."""
MOST_PAGES = 10_000
MOST_OF_ONE = 2_000
"""The most records of one owner that are read: ten pages."""
GLANCE = 6.0
"""Seconds that a review waits for the read that it compares with."""
LONGEST = 60.0
"""Seconds after which no further pages are requested: a list shows the rows that it has by then."""


@dataclass(frozen=True)
class Position:
    """A place in a cursor list: the cursor of an API page (None: the first) and how many of its rows to skip."""

    cursor: str | None = None
    skip: int = 0


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A section of a list."""

    records: list[dict[str, Any]]
    next: Position | None
    """Position of the row after these; None if there are no more."""
    notice: str = ""
    """A sentence saying why the list may be incomplete."""


@dataclass
class Reader:
    """Reads one list, page by page, and makes sure that the reading ends."""

    client: ChartMogulClient
    declared: ListOperation | Part
    request: ApiRequest
    seen: set[str | None] = field(default_factory=set)
    notice: str = ""

    def pages(self, start: str | None, per_page: int) -> Iterator[tuple[str | None, list[dict[str, Any]], str | None]]:
        """Yield (cursor of the page, its rows, cursor of the next or None) until ChartMogul says `has_more: false`.

        The cursor is non-null on the last page too, so it says nothing about the end (recorded). The reading ends with
        a notice if a page does not say whether more follows, if a cursor repeats, and after MOST_PAGES pages. Raises
        ApiError.
        """
        cursor = start
        for __ in range(MOST_PAGES):
            self.seen.add(cursor)
            answer = self.client.send(self._page_request(cursor, per_page))
            rows = records(answer, self.declared.rows_key)
            more = more_follows(answer.data, len(rows), per_page) if self.declared.paged else False
            following = next_cursor(answer) if more else None
            if more is None:
                self.notice = _("ChartMogul does not say whether more follows, so the list may not be complete.")
            elif more and following is None:
                self.notice = _("ChartMogul says that there is more, but not where, so the list may not be complete.")
            elif following is not None and following in self.seen:
                self.notice = _("ChartMogul sent the same page position twice, so the list may not be complete.")
                following = None
            yield cursor, rows, following
            if following is None:
                return
            cursor = following
        stopped = _("Stopped after {count} pages; the list may not be complete.")
        self.notice = stopped.format(count=localized.count(MOST_PAGES))

    def _page_request(self, cursor: str | None, per_page: int) -> ApiRequest:
        if not self.declared.paged:
            return self.request
        paging = [("per_page", str(per_page)), *([("cursor", cursor)] if cursor else [])]
        return ApiRequest(method="GET", path=self.request.path, query=(*self.request.query, *paging))


def read_rows(
    client: ChartMogulClient, declared: ListOperation | Part, request: ApiRequest, *, limit: int, start: Position
) -> Rows:
    """Read up to `limit` rows from `start`, over as many API pages as it takes. Raises ApiError.

    The size of an API page stays the same from one section to the next, because ChartMogul requires that along with a
    cursor. So if a section ends within a page, the next one reads that page again and skips the rows already shown.
    """
    reader = Reader(client, declared, request)
    found: list[dict[str, Any]] = []
    skip = start.skip
    deadline = time.monotonic() + LONGEST
    for cursor, rows, following in reader.pages(start.cursor, min(limit, PER_PAGE)):
        wanted = limit - len(found)
        found += rows[skip : skip + wanted]
        if len(rows) > skip + wanted:
            return Rows(records=found, next=Position(cursor, skip + wanted), notice=reader.notice)
        skip = 0
        if following is None:
            break
        late = time.monotonic() > deadline
        if len(found) >= limit or late:
            slow = _("ChartMogul is slow, so this stops short of the limit; Next continues from here.")
            return Rows(records=found, next=Position(following), notice=slow if late else reader.notice)
    return Rows(records=found, next=None, notice=reader.notice)


def records(answer: ApiAnswer, rows_key: str) -> list[dict[str, Any]]:
    """Return the rows of a list answer. Raises UnexpectedReply if it contains no list of objects."""
    rows = dig(answer.data, rows_key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        said = _("ChartMogul returned {status}, but the response contains no list of {rows}.")
        raise unexpected(answer, said.format(status=answer.status, rows=rows_key.replace("_", " ")))
    return rows


def more_follows(data: Any, count: int, per_page: int) -> bool | None:
    """Return whether more pages follow one with `count` rows, of `per_page` requested; None if it does not say."""
    more, pages, page = dig(data, "has_more"), dig(data, "total_pages"), dig(data, "current_page")
    if more is not None:
        return more if isinstance(more, bool) else None
    # Before October 2023 pages were numbered; a list that is returned as a whole has no paging fields.
    if isinstance(pages, int):
        return False if pages <= (page if isinstance(page, int) else 1) else None
    return False if not dig(data, "cursor") and count < per_page else None


def next_cursor(answer: ApiAnswer) -> str | None:
    cursor = dig(answer.data, "cursor")
    return cursor if dig(answer.data, "has_more") is True and isinstance(cursor, str) and cursor else None


def read_record(client: ChartMogulClient, resource: Resource, uuid: str) -> dict[str, Any]:
    """Read one record. Raises ApiError, including NotFound, and UnexpectedReply if the answer is not a record."""
    answer = client.send(resource.read_request(uuid))
    if not isinstance(answer.data, Mapping) or not isinstance(answer.data.get("uuid"), str):
        said = _("ChartMogul returned {status}, but the response contains no {noun}.")
        raise unexpected(answer, said.format(status=answer.status, noun=resource.noun))
    return dict(answer.data)


def glance(client: ChartMogulClient, request: ApiRequest) -> Any:
    """Read with one try and within a few seconds, for an answer that nobody should wait for long. Raises ApiError."""
    seconds = min(GLANCE, client.limits.total)
    hurried = copy(client)
    hurried.limits = replace(client.limits, tries=1, read=min(seconds, client.limits.read), total=seconds)
    return hurried.send(request).data


def read_all_of(client: ChartMogulClient, resource: Resource, owner: str) -> Rows:
    """Read the records of a resource that belong to `owner`, MOST_OF_ONE at most, and add the owner's UUID to each.
    Raises ApiError."""
    if resource.all_of is None:
        raise ValueError(f"{resource.key} belong to no other record.")
    part = resource.all_of
    rows = read_rows(client, part, part.request(owner), limit=MOST_OF_ONE, start=Position())
    return replace(rows, records=[{**record, resource.owner: owner} for record in rows.records])


def read_one_of(client: ChartMogulClient, resource: Resource, owner: str, uuid: str) -> dict[str, Any]:
    """Read one record from the list of its owner's records. Raises ApiError, and NotFound if it is not among them."""
    for record in read_all_of(client, resource, owner).records:
        if record.get("uuid") == uuid:
            return record
    raise NotFound(_("{owner} has no such {noun}.").format(owner=owner, noun=resource.noun))


def read_for_update(
    client: ChartMogulClient,
    resource: Resource,
    uuid: str,
    also_reads: Mapping[str, Part],
    *,
    needs_all: bool = True,
) -> tuple[dict[str, Any], list[tuple[Part, list[dict[str, Any]]]]]:
    """Read one record and add the UUIDs of the parts that an update of it starts from; return it with the parts' rows.

    Raises ApiError, because a list that could not be read to its end must not look like a short one. Without
    `needs_all` such a list is left out instead.
    """
    record, parts = read_record(client, resource, uuid), []
    for path, part in also_reads.items():
        try:
            rows = read_all(client, part, uuid)
        except ApiError:
            if needs_all:
                raise
            continue
        put(record, path, [row["uuid"] for row in rows if isinstance(row.get("uuid"), str)])
        parts.append((part, rows))
    return record, parts


def read_all(client: ChartMogulClient, part: Part, uuid: str) -> list[dict[str, Any]]:
    """Read every row of a part. Raises ApiError, including UnexpectedReply if the list may be incomplete."""
    reader = Reader(client, part, part.request(uuid))
    rows: list[dict[str, Any]] = []
    deadline = time.monotonic() + LONGEST
    for __, page, following in reader.pages(None, PER_PAGE):
        rows += page
        if following is not None and time.monotonic() > deadline:
            said = _("{title}: this list was not read to its end within {seconds} s.")
            raise UnexpectedReply(said.format(title=part.title, seconds=f"{LONGEST:g}"))
    if reader.notice:
        raise UnexpectedReply(reader.notice)
    return rows


def unexpected(answer: ApiAnswer, summary: str) -> UnexpectedReply:
    return UnexpectedReply(
        summary,
        status=answer.status,
        request_id=answer.request_id,
        body=answer.body.decode("utf-8", "replace"),
    )
