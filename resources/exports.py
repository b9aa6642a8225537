"""A list as a file: every row that its filters select, read page by page while the file is being sent.

However long the list is, only one page is held in memory. An incomplete file says so at its end, because that is all
that somebody who saved it will see. No HTML, no Django request objects.
"""

import json
import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity import spreadsheets
from activity.history import is_deleted
from connections import localized
from connections.client import ChartMogulClient
from connections.errors import ApiError, HeldBack, RateLimited
from connections.models import Connection
from connections.sealing import Unreadable
from connections.words import sentence
from resources import export_cells, services
from resources.cells import CellContext, expect_references
from resources.directory import services as directory
from resources.forms import ApiForm
from resources.json_paths import dig, further_paths
from resources.operations import Column, ListOperation, Resource

logger = logging.getLogger(__name__)

Row = dict[str, Any]

PATIENCE = 15.0
"""Seconds within which the last try of one page must begin if ChartMogul or the budget of the connection delays it. A
try may take a minute, after which a proxy waiting for the next piece of the file gives up (docs/deployment.md)."""
USUAL_WAIT = 5.0
"""Seconds to wait if ChartMogul does not say how long."""
PROBLEM_LENGTH = 300

INCOMPLETE = gettext_lazy("INCOMPLETE")
"""Start of the last line of an incomplete CSV file."""


@dataclass(kw_only=True)
class Reading:
    """All rows of a list, read as background work. Iterating yields them page by page; nothing is read before."""

    connection: Connection
    operation: ListOperation
    resource: Resource
    form: ApiForm
    """The filters; must be valid."""
    completes: bool = True
    """Whether data from another list of the API is added to the rows (ListOperation.complete), as it is on pages."""
    may_go_on: Callable[[], bool] = lambda: True
    """Whether the person still has access to the connection: checked before each page but the first."""
    gone: frozenset[str] = frozenset()
    """UUIDs of records that were just deleted here; ChartMogul may still list them for a while."""
    count: int = field(default=0, init=False)
    problem: str = field(default="", init=False)
    """Why the rows are incomplete, on one line; known at the end."""
    _notices: list[str] = field(default_factory=list, init=False)

    def __iter__(self) -> Generator[list[Row]]:
        """Raises ApiError and Unreadable if even the first page fails. A later failure becomes the `problem`, because a
        file that just breaks off may look complete."""
        self.problem = _("The reading was interrupted.")
        begun = False
        try:
            for records in self.pages():
                yield records
                begun = True
            self.problem = " ".join(dict.fromkeys(filter(None, self._notices)))
        except (ApiError, Unreadable) as error:
            if not begun:
                raise
            self.problem = sentence(error.user_message)
        except NoMorePart:
            self.problem = _("Your access to this connection has ended.")
        except Exception:
            if not begun:
                raise
            logger.exception("An export of %s broke off", self.connection)
            self.problem = _("An error of this installation ended the reading.")
        finally:
            self.problem = " ".join(self.problem.split())[:PROBLEM_LENGTH]

    def pages(self) -> Iterator[list[Row]]:
        """Yield the rows page by page. Raises ApiError, Unreadable and NoMorePart."""
        client = ChartMogulClient.of(self.connection, background=True)
        reader = services.Reader(client, self.operation, self.operation.build(self.form))
        place: str | None = None
        began = time.monotonic()
        while True:
            try:
                for here, rows, following in reader.pages(place, services.PER_PAGE):
                    yield self.taken(client, rows, following, is_whole=here is None and following is None)
                    place, began = following, time.monotonic()
                    if following:
                        self.check_part()
                self._notices.append(reader.notice)
                return
            except (RateLimited, HeldBack) as error:
                wait = USUAL_WAIT if error.retry_after is None else max(1.0, error.retry_after)
                is_lasting = isinstance(error, HeldBack) and error.retry_after is None
                if place is None or is_lasting or time.monotonic() + wait > began + PATIENCE:
                    raise
            sleep(wait)
            self.check_part()

    def check_part(self) -> None:
        if not self.may_go_on():
            raise NoMorePart

    def taken(
        self, client: ChartMogulClient, records: list[Row], following: str | None, *, is_whole: bool
    ) -> list[Row]:
        """Return the rows of a page that go into the file. Raises ApiError."""
        if self.operation.complete and self.completes:
            rows = services.Rows(records=records, next=services.Position(following) if following else None)
            rows = self.operation.complete(client, self.form, rows, is_whole)
            records = rows.records
            self._notices.append(rows.notice)
        directory.remember(self.connection, self.resource, records)
        kept = [record for record in records if not is_deleted(record, self.gone)]
        self.count += len(kept)
        return kept


class NoMorePart(Exception):
    """The person who asked no longer has access to the connection."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The format of a CSV file: what it contains of each record."""

    columns: Sequence[Column]
    cell_context: Callable[[], CellContext]
    """Called for each page, so that no more names are held in memory than one page refers to."""
    nouns: str
    all_fields: bool = False
    """Whether to add all other fields of a record in one column, as JSON: the fields of later records are not known
    when the headings are written."""
    for_excel: bool = False
    """Whether the file begins with a byte order mark, by which Excel recognizes UTF-8."""

    def lines(self, reading: Reading, pages: Iterable[list[Row]]) -> Iterator[str]:
        further = [_("Further fields")] if self.all_fields else []
        yield ("\ufeff" if self.for_excel else "") + spreadsheets.line([*export_cells.headings(self.columns), *further])
        for records in pages:
            cell_context = self.cell_context()
            expect_references(self.columns, records, cell_context)
            yield "".join(spreadsheets.line(self.cells(record, cell_context)) for record in records)
        if reading.problem:
            ends = _("this file ends after {count} {nouns}.")
            said = ends.format(count=localized.count(reading.count), nouns=self.nouns)
            yield spreadsheets.line([f"{INCOMPLETE}: {said} {reading.problem}"])

    def cells(self, record: Row, cell_context: CellContext) -> list[export_cells.ExportValue]:
        cells = export_cells.row(self.columns, record, cell_context)
        if self.all_fields:
            further = {path: dig(record, path) for path in further_paths({c.key for c in self.columns}, record)}
            cells.append(export_cells.as_json(further) if further else "")
        return cells


def as_json(reading: Reading, pages: Iterable[list[Row]]) -> Iterator[str]:
    """Yield `{"entries": [...], "complete": true}` in pieces, with the records as ChartMogul returned them, one per
    line. If they are incomplete, `complete` is false and `problem` says why."""
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


def told(reading: Reading, mark: str) -> Iterator[str]:
    """Yield the line that follows a file requested by a script, and is not part of it: its `mark`, whether the file is
    complete, and the number of rows. It is missing after an aborted transfer."""
    yield f"{mark} {'incomplete' if reading.problem else 'complete'} {reading.count}"
