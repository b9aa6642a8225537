"""The options of a picker for the text typed: from the directory first; ChartMogul is asked only for what it can search
by."""

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
"""Seconds for which the first page of a list is not read again."""


@dataclass
class Found:
    """Options, and what to say about them: what was searched, whether there are more, what failed."""

    choices: list[Choice] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    more: bool = False
    failure: str = ""
    within: str = ""
    """The name of the data source that the options are limited to."""
    as_of: datetime | None = None
    """When the directory was last read in full."""


@needs(Role.VIEWER)
@require_safe
def options(request: HttpRequest, slug: str, resource_slug: str) -> HttpResponse:
    """Return the options of a picker as a fragment. Parameters: `q`, the text typed; `data_source_uuid`, the source to
    search in, or else `customer_uuid`, the customer in whose source to search; for a resource whose records belong to
    another, the field named in Resource.owner, with the UUID of that record."""
    connection = access.of(request)
    resource = BY_SLUG.get(resource_slug)
    if resource is None or not (resource.list_path or resource.all_of):
        return HttpResponse(status=404)
    typed = request.GET.get("q", "").strip()[:255]
    source = request.GET.get("data_source_uuid", "").strip()
    owner = request.GET.get(resource.owner, "").strip() if resource.owner else ""
    # A merged customer has several sources, and its records may be in any of them: source_of then returns none.
    if not source and not owner and (customer := request.GET.get("customer_uuid", "").strip()):
        source = directory.source_of(connection, customer)
    recent = common.recent_choices(request, connection, resource.key)
    found = search(connection, resource, typed, source, recent, owner)
    context = {"connection": connection, "found": found, "resource": resource, "typed": typed, "owner": owner}
    return render(request, "resources/_options.html", context)


def search(
    connection: Connection, resource: Resource, typed: str, source: str, recent: list[str], owner: str = ""
) -> Found:
    """Search the directory, and ask ChartMogul only for what the directory cannot answer."""
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
                # Records looked up by the text come before records that only contain it.
                heard = [*records, *heard]
        except (ApiError, Unreadable) as error:
            found.failure = sentence(error.user_message)
        # Without a directory, these answers are all there is.
        matching = known() if sync.enabled else directory.entries_of(connection, resource, heard)
    found.more = len(matching) > SHOWN
    found.choices = directory.choices(connection, matching[:SHOWN])
    return found


def ask(
    connection: Connection, resource: Resource, typed: str, owner: str, found: Found, sync: Sync
) -> Iterator[list[dict[str, Any]]]:
    """Yield batches of records from ChartMogul: the first page of a kind that was not read in full yet, all records of
    an owner if nothing is typed, and what ChartMogul's own look-ups find by the text. A UUID that ChartMogul does not
    know is removed from the directory. Raises ApiError and Unreadable."""
    client = ChartMogulClient.of(connection)
    if resource.list_path and not sync.knows(resource.key):
        page = first_page(connection, resource, client, sync)
        # If a directory is kept, it is searched afterwards, so there is nothing to filter here.
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
    """Read the first page of a resource's list. If a directory is kept, only while it holds few records of that kind,
    and at most once every FRESH seconds, since there may be new ones."""
    # Part of the cache key: if the connection leads to another account by now, nothing of that was read yet.
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
        # The records can be chosen without the completion too.
        with suppress(ApiError):
            return resource.completed(client, owner, records)
    return records
