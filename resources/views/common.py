"""Helpers that the pages of a connection share."""

import contextvars
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from connections import access, concurrency
from connections.errors import HeldBack
from connections.models import Connection
from connections.roles import Role
from resources import site_search
from resources.cells import CellContext
from resources.directory import services as directory
from resources.form_context import FormContext
from resources.forms import ApiForm
from resources.operations import ListOperation, Resource
from resources.picker_fields import MultiPickerField, PickerField
from resources.registry import BY_KEY, OPERATIONS, kind_of

logger = logging.getLogger(__name__)

RECENT = 8
ALIKE = 3
"""How many records that contain the text typed an error suggests, if none matches it exactly."""
NOTED_FOR = 10
"""Seconds during which the same records are not noted again."""


def form_context(connection: Connection) -> FormContext:
    known = directory.Known(connection)
    return FormContext(
        slug=connection.slug,
        time_zone=connection.zone,
        amounts_in=connection.amounts_in,
        account_currency=connection.account_currency,
        systems=lambda: directory.systems(connection),
        refuses_call=lambda method: "" if method == "GET" else access.refusal(connection, Role.MANAGER),
        describe=known.describe,
        expect=known.expect,
        names=lambda resource, uuids: directory.names(connection, resource, uuids),
        resolve=known.resolve,
        are_several=lambda resource, text: len(known.called(resource, text)) > 1,
        other_kind=lambda resource, uuid: str(kind.noun) if (kind := kind_of(uuid)) and kind.key != resource else "",
        not_found=lambda resource: str(BY_KEY[resource].not_found),
        alike=lambda resource, text: [
            entry.name or entry.uuid for entry in directory.search(connection, resource, text, ALIKE)
        ],
    )


def cell_context(connection: Connection) -> CellContext:
    known = directory.Known(connection)
    return CellContext(
        slug=connection.slug,
        zone=connection.zone,
        name_of=known.name_of,
        expect=known.expect,
        allows=lambda key: connection.may.reaches(OPERATIONS[key].role),
    )


def misplaced(connection: Connection, resource: Resource, uuid: str) -> str:
    """Return the address of a record's page if its UUID is of another kind than `resource`, else an empty string."""
    kind = kind_of(uuid)
    if kind is None or kind is resource or not kind.path:
        return ""
    return reverse(f"resources:record.{kind.key}", args=[connection.slug, uuid])


def no_such_view(connection: Connection, operation: ListOperation) -> access.NotThere:
    """Return the exception to raise if an address names a saved view that was deleted or belongs to somebody else."""
    way = reverse(operation.url_name, args=[connection.slug]), operation.title
    return access.NotThere(_("This list has no such view."), way=way)


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked for a part of the page. A boosted link wants the whole page."""
    htmx = HtmxDetails(request)
    return bool(htmx) and not htmx.boosted


def page_with_error(request: HttpRequest, template: str, page: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Render a page that shows `page["error"]`, if there is one. If the person exceeded their own share of requests,
    answer 429 with Retry-After."""
    answer, error = render(request, template, page, status=status), page.get("error")
    if isinstance(error, HeldBack) and error.is_own_share:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(math.ceil(error.retry_after or 1))
    return answer


def note_choices(request: HttpRequest, connection: Connection, form: ApiForm) -> None:
    """Remember the records picked in a form, for this person and connection: pickers open with them."""
    chosen_of: dict[str, list[str]] = {}
    for part in (form, *(row for row_set in form.row_sets for row in row_set.filled())):
        for name, field in part.fields.items():
            chosen = part.cleaned_data.get(name)
            if isinstance(field, PickerField | MultiPickerField) and chosen:
                chosen = [chosen] if isinstance(chosen, str) else chosen
                chosen_of[field.resource] = [*chosen, *chosen_of.get(field.resource, [])]
    note_recent(request, connection, chosen_of)


def note_recent(request: HttpRequest, connection: Connection, uuids: Mapping[str, list[str]]) -> None:
    """Put these UUIDs, by the keys of their resources, in front of this person's recent records in the session."""
    recent = request.session.get("recent", {})
    mine = dict(recent.get(str(connection.uuid), {}))
    for key, latest in uuids.items():
        mine[key] = list(dict.fromkeys([*latest, *mine.get(key, [])]))[:RECENT]
    # Assigning makes Django save the session, and most pages change nothing here.
    if mine != recent.get(str(connection.uuid), {}):
        request.session["recent"] = {**recent, str(connection.uuid): mine}


def recent_hits(request: HttpRequest, connection: Connection) -> site_search.Found:
    """Return this person's recent records of each kind."""
    chosen = {key: recent_choices(request, connection, key) for key in site_search.kinds()}
    return site_search.recent(connection, {key: uuids for key, uuids in chosen.items() if uuids})


def in_this_language(pieces: Iterator[str]) -> Iterator[str]:
    """Yield the pieces, each computed in the context of this request, however late: above all, in its language."""
    context = contextvars.copy_context()
    return iter(lambda: context.run(next, pieces, None), None)


def remembering(
    answer: HttpResponse, connection: Connection, resource: Resource, records: Iterable[Mapping[str, Any]]
) -> HttpResponse:
    """Return `answer`, changed so that the directory notes the records when the server closes it, after sending: nobody
    has to wait for that. Records that are lost because the server is killed just then will be seen again."""
    close = answer.close

    def note_and_close() -> None:
        try:
            with concurrency.when_idle():
                note(connection, resource, records)
        finally:
            # Breaks the reference cycle: the page and all it holds would stay in memory until garbage collection.
            del answer.close
            close()

    answer.close = note_and_close  # type: ignore[method-assign]
    return answer


def note(connection: Connection, resource: Resource, records: Iterable[Mapping[str, Any]]) -> None:
    """Store records in the directory, identical ones only once within NOTED_FOR seconds, however many people look."""
    noted, records = caches["process"], list(records)
    same = f"noted:{connection.uuid}:{resource.key}:{blake2b(repr(records).encode(), digest_size=16).hexdigest()}"
    if not noted.add(same, True, NOTED_FOR):
        return
    kept = False
    try:
        kept = directory.remember(connection, resource, records)
    finally:
        if not kept:
            # Try again at the next look: the database may accept writes by then, or the directory may be switched on.
            noted.delete(same)


def recent_choices(request: HttpRequest, connection: Connection, resource_key: str) -> list[str]:
    mine: dict[str, Any] = request.session.get("recent", {}).get(str(connection.uuid), {})
    return list(mine.get(resource_key, []))
