"""What a picker offers for what is typed. Local first; the API is asked only for what it can search by."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.models import Connection
from connections.sealing import Unreadable
from resources import services
from resources.directory import services as directory
from resources.fields import UUID, Choice
from resources.operations import LookUp, Resource
from resources.registry import BY_SLUG
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


@require_safe
def options(request: HttpRequest, slug: str, resource_slug: str) -> HttpResponse:
    """The options of a picker as a fragment: `?q=` what was typed; `?data_source_uuid=` a source to keep to, and where
    that is not given, `?customer_uuid=` a customer to whose source to keep; for what belongs to another record `?` its
    name for that `=` the record to keep to."""
    connection = common.connection_or_404(request, slug)
    resource = BY_SLUG.get(resource_slug)
    if resource is None or not (resource.list_path or resource.all_of):
        return HttpResponse(status=404)
    typed = request.GET.get("q", "").strip()[:255]
    source = request.GET.get("data_source_uuid", "").strip()
    owner = request.GET.get(resource.owner, "").strip() if resource.owner else ""
    # What belongs to a customer may be in another source than the customer's first, after a merge.
    if not source and not owner and (customer := request.GET.get("customer_uuid", "").strip()):
        source = directory.source_of(connection, customer)
    recent = common.recent_choices(request, connection, resource.key)
    found = search(connection, resource, typed, source, recent, owner)
    context = {"found": found, "resource": resource, "typed": typed}
    return render(request, "resources/_options.html", context)


def search(
    connection: Connection, resource: Resource, typed: str, source: str, recent: list[str], owner: str = ""
) -> Found:
    owner = owner if UUID.fullmatch(owner) else ""
    source = source if "data_source_uuid" in resource.index and UUID.fullmatch(source) else ""
    found = Found(within=directory.names(connection, "data_sources", [source]).get(source, source))
    try:
        ask(connection, resource, typed, source, found)
        if owner and not typed:
            directory.remember(connection, resource, all_of(connection, resource, owner))
    except (ApiError, Unreadable) as error:
        found.failure = getattr(error, "user_message", str(error))
    entries = directory.known(connection, resource.key, data_source_uuid=source)
    entries = entries.filter(owner_uuid=owner) if owner else entries
    found.searched.insert(0, "what was seen here before: name, company, e-mail, external ID")
    if typed:
        matching = list(directory.containing(entries, typed).order_by("name", "uuid")[: SHOWN + 1])
    else:
        latest = {entry.uuid: entry for entry in entries.filter(uuid__in=recent)}
        first = [latest[uuid] for uuid in recent if uuid in latest]
        rest = entries.exclude(uuid__in=latest).order_by("name", "uuid")[: SHOWN + 1 - len(first)]
        matching = [*first, *rest]
    found.more = len(matching) > SHOWN
    found.choices = directory.choices(connection, matching[:SHOWN])
    return found


def ask(connection: Connection, resource: Resource, typed: str, source: str, found: Found) -> None:
    """Let ChartMogul's own look-ups feed the directory, for text that they can find something by."""
    client = ChartMogulClient.of(connection)
    if resource.list_path:
        read_first_page(connection, resource, client)
    if UUID.fullmatch(typed) and resource.path:
        found.searched.append("UUID")
        try:
            directory.remember(connection, resource, [services.read_record(client, resource, typed)])
        except NotFound:
            directory.forget(connection, resource.key, typed)
        return
    for look_up in resource.look_ups:
        if typed and re.fullmatch(look_up.matches, typed):
            found.searched.append(look_up.what)
            directory.remember(connection, resource, hits(client, resource, look_up, typed))


def read_first_page(connection: Connection, resource: Resource, client: ChartMogulClient) -> None:
    """Let the directory know the first records of a resource, however many it has come across by chance; now and then
    again, for there may be new ones."""
    read = f"first-page:{connection.uuid}:{resource.key}"
    if not cache.add(read, True, FRESH):
        return
    try:
        first_page = services.records(client.send(resource.list_request((("per_page", "200"),))), resource.rows_key)
    except ApiError:
        cache.delete(read)
        raise
    directory.remember(connection, resource, first_page)


def all_of(connection: Connection, resource: Resource, owner: str) -> list[dict[str, Any]]:
    try:
        return services.read_all_of(ChartMogulClient.of(connection), resource, owner).records
    except NotFound:
        return []


def hits(client: ChartMogulClient, resource: Resource, look_up: LookUp, typed: str) -> list[dict[str, Any]]:
    request = resource.list_request(((look_up.parameter, typed),), look_up.path)
    try:
        return services.records(client.send(request), resource.rows_key)
    except NotFound:
        # The e-mail search answers 404 where nobody has that address (recorded).
        return []
