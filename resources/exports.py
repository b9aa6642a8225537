"""A list as a file: every row that its filters select, read page by page while the file is being sent.

However long the list is, one page of it is held at a time. A file that does not hold all of it says so at its end, for
who has saved it sees nothing else. No HTML, no request object of Django's.
"""

import json
import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity import spreadsheets
from connections import localized
from connections.client import ChartMogulClient
from connections.errors import ApiError, HeldBack, RateLimited
from connections.models import Connection
from connections.sealing import Unreadable
from connections.words import sentence
from resources import plain, services
from resources.cells import Desk, expect_references, further_paths
from resources.directory import services as directory
from resources.forms import ApiForm
from resources.json_paths import dig
from resources.operations import Column, ListOperation, Resource

logger = logging.getLogger(__name__)

Row = dict[str, Any]

LONGEST_WAIT = 60.0
"""Seconds that a reading waits where ChartMogul, or the budget of the connection, puts it off."""
USUAL_WAIT = 5.0
"""Where ChartMogul does not say how long."""
MOST_WAITS = 10
"""How often in a row it waits."""

INCOMPLETE = gettext_lazy("INCOMPLETE")
"""What the last line of a CSV file begins with that does not hold everything."""


@dataclass(kw_only=True)
class Reading:
    """All rows of a list, behind what people wait for. Iterating gives them page by page; nothing is read before."""

    connection: Connection
    operation: ListOperation
    resource: Resource
    form: ApiForm
    """Valid: the filters."""
    may_go_on: Callable[[], bool] = lambda: True
    """Whether the person who asked still has a part in the connection: asked before each page but the first."""
    gone: frozenset[str] = frozenset()
    """UUIDs of records that were deleted here just now; ChartMogul may list them for a while."""
    sleep: Callable[[float], None] = time.sleep
    count: int = field(default=0, init=False)
    problem: str = field(default="", init=False)
    """Why the rows are not all, in a sentence; known at the end."""

    def __iter__(self) -> Generator[list[Row]]:
        """Raises ApiError and Unreadable where there is not even a first page; later on they are the `problem`."""
        client = ChartMogulClient.of(self.connection, background=True)
        reader = services.Reader(client, self.operation, self.operation.build(self.form))
        place: str | None = None
        waits, self.problem = 0, _("The reading was interrupted.")
        while True:
            try:
                for here, rows, following in reader.pages(place, services.PER_PAGE):
                    yield self.taken(client, rows, following, is_whole=here is None and following is None)
                    place, waits = following, 0
                    if following and not self.may_go_on():
                        self.problem = _("Your access to this connection has ended.")
                        return
                self.problem = reader.notice
                return
            except (ApiError, Unreadable) as error:
                if place is None:
                    raise
                waits += 1
                wait = error.retry_after if isinstance(error, RateLimited | HeldBack) else None
                if wait is None and isinstance(error, RateLimited):
                    wait = USUAL_WAIT
                if wait is None or wait > LONGEST_WAIT or waits > MOST_WAITS:
                    self.problem = sentence(error.user_message)
                    return
            self.sleep(max(1.0, wait))

    def taken(
        self, client: ChartMogulClient, records: list[Row], following: str | None, *, is_whole: bool
    ) -> list[Row]:
        """What of a page goes into the file. Raises ApiError."""
        if self.operation.complete:
            rows = services.Rows(records=records, next=services.Position(following) if following else None)
            records = self.operation.complete(client, self.form, rows, is_whole).records
        try:
            directory.remember(self.connection, self.resource, records)
        except DatabaseError:
            logger.exception("What an export read was not noted")
        kept = [record for record in records if record.get("uuid") not in self.gone]
        self.count += len(kept)
        return kept


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a CSV file holds of each record."""

    columns: Sequence[Column]
    desk: Callable[[], Desk]
    """A new one for each page, so that the names of no more records are held than one page refers to."""
    nouns: str
    all_fields: bool = False
    """Whether what a record holds beyond the columns is written too, together as JSON: the fields of later records
    are not known when the headings are written."""
    mark: bool = False
    """Whether the file begins with a byte order mark, by which Excel tells that it is UTF-8."""

    def lines(self, reading: Reading, pages: Iterable[list[Row]]) -> Iterator[str]:
        further = [_("Further fields")] if self.all_fields else []
        yield ("\ufeff" if self.mark else "") + spreadsheets.line([*plain.headings(self.columns), *further])
        for records in pages:
            desk = self.desk()
            expect_references(self.columns, records, desk)
            yield "".join(spreadsheets.line(self.cells(record, desk)) for record in records)
        if reading.problem:
            ends = _("this file ends after {count} {nouns}.").format(
                count=localized.current().count(reading.count), nouns=self.nouns
            )
            yield spreadsheets.line([f"{INCOMPLETE}: {ends} {reading.problem}"])

    def cells(self, record: Row, desk: Desk) -> list[plain.Plain]:
        cells = plain.row(self.columns, record, desk)
        if self.all_fields:
            further = {path: dig(record, path) for path in further_paths({c.key for c in self.columns}, record)}
            cells.append(plain.as_json(further) if further else "")
        return cells


def as_json(reading: Reading, pages: Iterable[list[Row]]) -> Iterator[str]:
    """`{"entries": [...], "complete": true}`, the records as ChartMogul gave them, one a line; where they are not all,
    `complete` is false and `problem` says why."""
    yield '{"entries": ['
    before = "\n"
    for records in pages:
        for record in records:
            yield before + json.dumps(record, ensure_ascii=False)
            before = ",\n"
    end: dict[str, Any] = {"complete": not reading.problem}
    if reading.problem:
        end["problem"] = reading.problem
    yield f"\n], {json.dumps(end, ensure_ascii=False)[1:-1]}}}\n"
