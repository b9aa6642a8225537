"""What a picker offers for what is typed. Local first; the API is asked only for what it can search by."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from connections import access
from connections.access import needs
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.models import Connection
from connections.roles import Role
from connections.sealing import Unreadable
from connections.words import sentence
from resources import services
from resources.directory import services as directory
from resources.directory import upstream
from resources.directory.models import Entry
from resources.form_context import Choice
from resources.operations import Resource
from resources.registry import BY_SLUG
from resources.sync import services as sync_services
from resources.sync.models import Sync
from resources.uuids import PREFIXED, UUID
from resources.views import common

SHOWN = 20
FRESH = 300
"""Seconds for which the first page of a list counts as read."""


@dataclass
class Found:
    """Options, and the truth about them: where was looked, whether there are more, what failed."""

    choices: list[Choice] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    more: bool = False
    failure: str = ""
    within: str = ""
    """The data source that was kept to, by its name."""
    as_of: datetime | None = None
    """When the directory was last read in full."""


@needs(Role.VIEWER)
@require_safe
def options(request: HttpRequest, slug: str, resource_slug: str) -> HttpResponse:
    """The options of a picker as a fragment: `?q=` what was typed; `?data_source_uuid=` a source to keep to, and where
    that is not given, `?customer_uuid=` a customer to whose source to keep; for what belongs to another record `?` its
    name for that `=` the record to keep to."""
    connection = access.of(request)
    resource = BY_SLUG.get(resource_slug)
    if resource is None or not (resource.list_path or resource.all_of):
        return HttpResponse(status=404)
    typed = request.GET.get("q", "").strip()[:255]
    source = request.GET.get("data_source_uuid", "").strip()
    owner = request.GET.get(resource.owner, "").strip() if resource.owner else ""
    # What belongs to a customer may be in any of the customer's sources, of which a merge leaves several.
    if not source and not owner and (customer := request.GET.get("customer_uuid", "").strip()):
        source = directory.source_of(connection, customer)
    recent = common.recent_choices(request, connection, resource.key)
    found = search(connection, resource, typed, source, recent, owner)
    context = {"connection": connection, "found": found, "resource": resource, "typed": typed, "owner": owner}
    return render(request, "resources/_options.html", context)


def search(
    connection: Connection, resource: Resource, typed: str, source: str, recent: list[str], owner: str = ""
) -> Found:
    """Nothing is asked of ChartMogul that the directory answers."""
    owner = owner if UUID.fullmatch(owner) else ""
    source = source if "data_source_uuid" in resource.index and UUID.fullmatch(source) else ""
    sync = sync_services.of(connection)
    within = directory.names(connection, "data_sources", [source]).get(source, source)
    found = Found(within=within, as_of=sync.finished_at)
    found.searched.append(_("name, company, email and external ID of records seen here before"))

    def known() -> list[Entry]:
        if typed:
            narrow = {"data_source_uuid": source, "owner_uuid": owner}
            return directory.search(connection, resource.key, typed, SHOWN + 1, **narrow)
        return directory.first(connection, resource.key, recent, SHOWN + 1, data_source_uuid=source, owner_uuid=owner)

    matching = known()
    enough = bool(matching) if typed else (len(matching) >= SHOWN or sync.knows(resource.key)) and not owner
    if not enough:
        heard: list[Mapping[str, Any]] = []
        try:
            for records in ask(connection, resource, typed, owner, found, sync):
                directory.remember(connection, resource, records)
                # What was looked up by the text comes before what only holds it.
                heard = [*records, *heard]
        except (ApiError, Unreadable) as error:
            found.failure = sentence(error.user_message)
        # Where no directory is kept, what was heard just now is all there is.
        matching = known() if sync.enabled else directory.entries_of(connection, resource, heard)
    found.more = len(matching) > SHOWN
    found.choices = directory.choices(connection, matching[:SHOWN])
    return found


def ask(
    connection: Connection, resource: Resource, typed: str, owner: str, found: Found, sync: Sync
) -> Iterator[list[dict[str, Any]]]:
    """Records from ChartMogul: the first ones of a kind that was not read yet, what its own look-ups find by the text
    that was typed, and all that belongs to an owner. What turns out not to be there is forgotten. Raises ApiError and
    Unreadable."""
    client = ChartMogulClient.of(connection)
    if resource.list_path and not sync.knows(resource.key):
        page = first_page(connection, resource, client, sync)
        # Where a directory is kept, it finds them.
        yield page if sync.enabled else [record for record in page if directory.holds(resource, record, typed)]
    if owner and not typed:
        yield all_of(connection, resource, owner)
    if UUID.fullmatch(typed) and resource.path:
        found.searched.append(_("UUID"))
        try:
            yield [services.read_record(client, resource, typed)]
            return
        except NotFound:
            directory.forget(connection, resource.key, typed)
        if PREFIXED.fullmatch(typed):
            return
    for look_up in upstream.look_ups(resource, typed):
        found.searched.append(str(look_up.what))
        yield upstream.hits(client, resource, look_up, typed)


def first_page(
    connection: Connection, resource: Resource, client: ChartMogulClient, sync: Sync
) -> list[dict[str, Any]]:
    """The first records of a resource while the directory has come across few by chance; now and then again, for there
    may be new ones."""
    # Of another account that the connection leads to by now nothing was read.
    since = connection.account_since.timestamp() if connection.account_since else 0
    read = f"first-page:{connection.uuid}:{since}:{resource.key}"
    if sync.enabled:
        few = len(directory.first(connection, resource.key, [], SHOWN)) < SHOWN
        if not few or not cache.add(read, True, FRESH):
            return []
    try:
        return services.records(client.send(resource.list_request((("per_page", "200"),))), resource.rows_key)
    except ApiError:
        cache.delete(read)
        raise


def all_of(connection: Connection, resource: Resource, owner: str) -> list[dict[str, Any]]:
    client = ChartMogulClient.of(connection)
    try:
        records = services.read_all_of(client, resource, owner).records
    except NotFound:
        return []
    if resource.completed and records:
        # They can be chosen without it too.
        with suppress(ApiError):
            return resource.completed(client, owner, records)
    return records
