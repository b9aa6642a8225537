"""Finding out what became of a write whose outcome is unknown: by reading, never by sending it again."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from activity.models import Write
from connections.api_request import PREFIX
from connections.client import ApiRequest, ChartMogulClient
from connections.errors import NotFound
from resources import services
from resources.directory import services as directory
from resources.json_paths import dig
from resources.operations import Resource, WriteOperation
from resources.registry import BY_KEY, OPERATIONS


@dataclass(frozen=True, kw_only=True)
class Finding:
    carried_out: bool
    evidence: str
    record: dict[str, Any] | None = None


def declared(write: Write) -> tuple[WriteOperation, Resource] | None:
    operation, resource = OPERATIONS.get(write.operation), BY_KEY.get(write.resource)
    return (operation, resource) if isinstance(operation, WriteOperation) and resource else None


def possible(write: Write) -> bool:
    """Whether a read can tell: the record itself, or for a create the list by what identifies it."""
    found = declared(write)
    if found is None:
        return False
    operation, resource = found
    if operation.shows:
        return bool(write.connection and owner_of(write, resource))
    identified = identity(write, operation)
    on_record = operation.path == resource.path or write.method == "DELETE"
    return (on_record and bool(write.record_uuid)) or (bool(identified) and all(identified.values()))


def owner_of(write: Write, resource: Resource) -> str:
    """The record that the written one belongs to: as it was filled in, else as it is known."""
    typed = write.typed.get(resource.owner, [""])[0]
    if typed or write.connection is None:
        return str(typed)
    return directory.owner_of(write.connection, resource.key, write.record_uuid)


def sent_body(write: Write) -> Any:
    return json.loads(write.body_text) if write.body_text else {}


def identity(write: Write, operation: WriteOperation) -> dict[str, str]:
    """What the record that a create made can be found by: query parameter -> value, empty where none was sent."""
    places = {"body": sent_body(write), "path": path_values(write, operation)}
    found = {}
    for parameter, declared_place in operation.look_up.items():
        place, _, path = declared_place.partition(":")
        value = dig(places[place], path)
        found[parameter] = "" if value is None else str(value)
    return found


def path_values(write: Write, operation: WriteOperation) -> dict[str, str]:
    """The values in the path that was sent, by the names of the operation's placeholders."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(f"{PREFIX}{operation.path}"))
    match = re.fullmatch(pattern, write.path)
    return {name: unquote(value) for name, value in match.groupdict().items()} if match else {}


def part_of(write: Write) -> tuple[Resource, str] | None:
    """The record that what is written belongs to: its resource and its UUID, as far as it is known."""
    operation = OPERATIONS.get(write.operation)
    if not isinstance(operation, WriteOperation) or not operation.part_of:
        return None
    resource_key, name = operation.part_of
    uuid = {**(write.before or {}), **path_values(write, operation)}.get(name)
    return (BY_KEY[resource_key], uuid) if isinstance(uuid, str) else None


def find_out(write: Write, client: ChartMogulClient) -> Finding:
    """Raises ApiError where the read fails too."""
    operation, resource = declared(write) or (None, None)
    if operation is None or resource is None:
        raise ValueError("Nothing can be looked up for this write.")
    if operation.look_up:
        return created(write, operation, resource, client)
    if operation.shows:
        return shown(write, operation, resource, client)
    return deleted(write, resource, client) if write.method == "DELETE" else updated(write, operation, resource, client)


def list_to_search(
    write: Write, operation: WriteOperation, resource: Resource, query: tuple[tuple[str, str], ...]
) -> ApiRequest:
    """The read that answers with what was created: the resource's list, or where it has none, the record that what
    was created belongs to."""
    if resource.list_path or operation.part_of is None:
        return resource.list_request(query)
    whole, name = operation.part_of
    return BY_KEY[whole].read_request(path_values(write, operation)[name])


def created(write: Write, operation: WriteOperation, resource: Resource, client: ChartMogulClient) -> Finding:
    query = tuple(identity(write, operation).items())
    rows = services.records(client.send(list_to_search(write, operation, resource, query)), resource.rows_key)
    named = get_text_list([f"{name.replace('_', ' ')} {value}" for name, value in query], _("and"))
    # A filter that the endpoint does not know is ignored by it, so what came is held against what was asked for.
    matching = [row for row in rows if all(str(row.get(name)) == value for name, value in query if name in row)]
    if matching:
        return Finding(
            carried_out=True,
            evidence=_("It exists: ChartMogul has a {noun} with {values}.").format(noun=resource.noun, values=named),
            record=matching[0] if isinstance(matching[0].get("uuid"), str) else None,
        )
    said = _("It does not exist: ChartMogul has no {noun} with {values}. It may be sent again.")
    return Finding(carried_out=False, evidence=said.format(noun=resource.noun, values=named))


def deleted(write: Write, resource: Resource, client: ChartMogulClient) -> Finding:
    try:
        services.read_record(client, resource, write.record_uuid)
    except NotFound:
        said = _("ChartMogul no longer has this {noun}: it was deleted.")
        return Finding(carried_out=True, evidence=said.format(noun=resource.noun))
    said = _("ChartMogul still has this {noun}: it was not deleted. It may be sent again.")
    return Finding(carried_out=False, evidence=said.format(noun=resource.noun))


def shown(write: Write, operation: WriteOperation, resource: Resource, client: ChartMogulClient) -> Finding:
    """What comes of a change that is no field of the record: the operation knows where it shows."""
    now = services.read_one_of(client, resource, owner_of(write, resource), write.record_uuid)
    if operation.shows and operation.shows(sent_body(write), now):
        said = _("The {noun} shows what was sent: it was carried out.")
        return Finding(carried_out=True, evidence=said.format(noun=resource.noun), record=now)
    said = _("The {noun} does not show what was sent: it was not carried out. It may be sent again.")
    return Finding(carried_out=False, evidence=said.format(noun=resource.noun))


def updated(write: Write, operation: WriteOperation, resource: Resource, client: ChartMogulClient) -> Finding:
    """Whether the record differs from what it was before: then the update, or somebody else's, was carried out."""
    now, __ = services.read_for_update(client, resource, write.record_uuid, operation.also_reads)
    touched = list(leaves(sent_body(write)))
    if write.before is not None and all(dig(now, path) == dig(write.before, path) for path in touched):
        said = _("The {noun} is as it was before: the update was not carried out. It may be sent again.")
        return Finding(carried_out=False, evidence=said.format(noun=resource.noun))
    said = _("The {noun} now differs from before in what was sent: the update was carried out.")
    return Finding(carried_out=True, evidence=said.format(noun=resource.noun), record=now)


def leaves(body: Any, prefix: str = "") -> list[str]:
    """Dotted paths of the values in a body; a list counts as one value."""
    if not isinstance(body, dict):
        return [prefix]
    return [path for name, value in body.items() for path in leaves(value, f"{prefix}.{name}" if prefix else name)]
