"""Finding out the outcome of a write for which it is unknown: by reading, never by sending the write again."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from activity.models import Write
from connections.api_request import PREFIX, ApiRequest
from connections.client import ChartMogulClient
from connections.errors import NotFound
from resources import moments, services
from resources.directory import services as directory
from resources.json_paths import BLANK, dig
from resources.operations import Resource, WriteOperation
from resources.registry import BY_KEY, WRITES

CLOCKS_DIFFER = timedelta(minutes=2)
"""How much our clock and ChartMogul's may differ."""
MAY_TAKE = timedelta(minutes=10)
"""How long it may take until a write shows: some are carried out in the background (documentation)."""
LOOKED_THROUGH = 1_000
"""Maximum number of records of a list that are compared with what was sent, if nothing identifies the record."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    carried_out: bool | None
    """None if it cannot be told from what ChartMogul has."""
    evidence: str
    record: dict[str, Any] | None = None
    is_final: bool = False
    """Whether no later check can find anything else."""


def declared(write: Write) -> tuple[WriteOperation, Resource] | None:
    operation, resource = WRITES.get(write.operation), BY_KEY.get(write.resource)
    return (operation, resource) if operation and resource else None


def possible(write: Write) -> bool:
    """Return whether the outcome can be read: from the record itself, or for a create from the list or the record that
    holds it."""
    found = declared(write)
    # Of a scrubbed write nothing is left to compare with, and another account tells nothing about it.
    if found is None or write.scrubbed_at or write.is_of_account_before:
        return False
    operation, resource = found
    if operation.shows:
        return bool(write.connection and owner_of(write, resource))
    on_record = operation.path == resource.path or write.method == "DELETE"
    return (on_record and bool(write.record_uuid)) or (
        operation.creates and bool(resource.listing or operation.identified_by)
    )


def owner_of(write: Write, resource: Resource) -> str:
    """Return the UUID of the record that the written one belongs to: as filled in, else as the directory knows it."""
    typed = write.typed.get(resource.owner, [""])[0]
    if typed or write.connection is None:
        return str(typed)
    return directory.owner_of(write.connection, resource.key, write.record_uuid)


def sent_body(write: Write) -> Any:
    return json.loads(write.body_text) if write.body_text else {}


def identity(write: Write, operation: WriteOperation) -> dict[str, str]:
    """Return what a created record can be found by: query parameter -> value, "" if none was sent."""
    places = {"body": sent_body(write), "path": path_values(write.path, operation)}
    found = {}
    for parameter, declared_place in operation.identified_by.items():
        place, _, path = declared_place.partition(":")
        value = dig(places[place], path)
        found[parameter] = "" if value is None else str(value)
    return found


def list_address(write: Write, slug: str) -> tuple[str, str]:
    """Return the address and the title of the list page that would show the created record; empty if there is none."""
    operation, resource = declared(write) or (None, None)
    listing = resource.listing if resource else None
    if operation is None or listing is None:
        return "", ""
    known = {**path_values(write.path, operation), **identity(write, operation)}
    filters = {name: value for name, value in known.items() if value and name in listing.form_class.base_fields}
    address = reverse(listing.url_name, args=[slug])
    return f"{address}?{urlencode(filters)}" if filters else address, str(listing.title)


def path_values(path: str, operation: WriteOperation) -> dict[str, str]:
    """Return the values in a request's path by the names of the operation's placeholders; empty if it is another
    path."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(f"{PREFIX}{operation.path}"))
    match = re.fullmatch(pattern, path)
    return {name: unquote(value) for name, value in match.groupdict().items()} if match else {}


def belongs_to(request: ApiRequest, known: Mapping[str, Any]) -> tuple[Resource, str] | None:
    """Return the record that the one changed by a request belongs to, whichever page made the request: its resource and
    UUID, which is "" if neither the path nor the `known` fields of the changed record have it. None if there is none.
    """
    for operation in WRITES.values():
        if not operation.part_of or operation.method != request.method:
            continue
        if values := path_values(request.path, operation):
            resource_key, name = operation.part_of
            uuid = {**known, **values}.get(name)
            return BY_KEY[resource_key], uuid if isinstance(uuid, str) else ""
    return None


def part_of(write: Write) -> tuple[Resource, str] | None:
    """Return the resource and UUID of the record that the written one belongs to; None if it is not known."""
    found = belongs_to(write.request, {})
    return (found[0], write.owner_uuid) if found and write.owner_uuid else None


def find_out(write: Write, client: ChartMogulClient) -> Finding:
    """Return the finding on a write. An effect that does not show yet may still appear for MAY_TAKE, so until then the
    outcome stays open. Raises ApiError if the read fails too."""
    finding = look(write, client)
    may_come = write.sent_at is not None and timezone.now() < write.sent_at + MAY_TAKE
    if finding.carried_out is not False or finding.is_final or not may_come:
        return finding
    said = _(
        "ChartMogul does not show the effect of this yet. That can take a few minutes, so check again; if it still "
        "shows none {minutes} minutes after it was sent, it counts as not carried out."
    )
    return Finding(carried_out=None, evidence=said.format(minutes=MAY_TAKE // timedelta(minutes=1)))


def look(write: Write, client: ChartMogulClient) -> Finding:
    """Return the finding from what ChartMogul has now. Raises ApiError."""
    operation, resource = declared(write) or (None, None)
    if operation is None or resource is None:
        raise ValueError("Nothing can be looked up for this write.")
    if operation.shows:
        return shown(write, operation, resource, client)
    if write.method == "DELETE":
        return deleted(write, resource, client)
    if operation.creates:
        identified = identity(write, operation)
        by = identified_one if identified and all(identified.values()) else one_like_it
        return by(write, operation, resource, client)
    return updated(write, operation, resource, client)


def list_to_search(
    write: Write, operation: WriteOperation, resource: Resource, query: tuple[tuple[str, str], ...]
) -> ApiRequest:
    """Return the read that should contain the created record: of the resource's list or, if it has none, of the record
    that the created one belongs to."""
    if resource.list_path or operation.part_of is None:
        return resource.list_request(query)
    whole, name = operation.part_of
    return BY_KEY[whole].read_request(path_values(write.path, operation)[name])


def identified_one(write: Write, operation: WriteOperation, resource: Resource, client: ChartMogulClient) -> Finding:
    """Look for the created record by values that are unique."""
    query = tuple(identity(write, operation).items())
    rows = services.records(client.send(list_to_search(write, operation, resource, query)), resource.rows_key)
    # Endpoints ignore filters that they do not know, so the rows are compared with the filters.
    matching = [row for row in rows if all(str(row.get(name)) == value for name, value in query if name in row)]
    made = [row for row in matching if not is_older(row, write)]
    sent = operation.form_class.record_in(sent_body(write))
    differing = unlike(made[0], sent, operation.form_class.kept_as) if made and sent else {}
    if differing:
        carried_out = None
        said = _(
            "ChartMogul has a {noun} with {values}, but not as it was sent: it has {fields}. Either it was there "
            "before, or someone has changed it since."
        )
    elif made:
        carried_out, said = True, _("It exists: ChartMogul has a {noun} with {values}.")
    elif matching:
        carried_out = False
        said = _("It was not created: the {noun} with {values} in ChartMogul was already there before.")
    else:
        carried_out = False
        said = _("It does not exist: ChartMogul has no {noun} with {values}. You can send it again.")
    named = {"values": in_words(operation, dict(query)), "fields": in_words(operation, differing)}
    return Finding(
        carried_out=carried_out,
        evidence=said.format(noun=resource.noun, **named),
        record=made[0] if carried_out and isinstance(made[0].get("uuid"), str) else None,
        is_final=bool(matching) and not made,
    )


def one_like_it(write: Write, operation: WriteOperation, resource: Resource, client: ChartMogulClient) -> Finding:
    """Look for a record like the one that was sent, which nothing identifies. A match may be another record."""
    known = tuple((name, value) for name, value in identity(write, operation).items() if value)
    request = list_to_search(write, operation, resource, known)
    if resource.listing:
        found = services.read_rows(client, resource.listing, request, limit=LOOKED_THROUGH, start=services.Position())
        rows, is_whole = found.records, found.next is None and not found.notice
    else:
        rows, is_whole = services.records(client.send(request), resource.rows_key), True
    sent = operation.form_class.record_in(sent_body(write))
    like_it = [row for row in rows if is_like(row, sent, operation.form_class.kept_as) and not is_older(row, write)]
    if like_it:
        said = _(
            "ChartMogul has a {noun} like the one that was sent: {name}. Either this made it, or it was there before."
        )
        names = [f"“{resource.name_of(row)}” ({row.get('uuid')})" for row in like_it[:3]]
        return Finding(carried_out=None, evidence=said.format(noun=resource.noun, name=get_text_list(names, _("and"))))
    if not is_whole:
        said = _("None of the first {count} {nouns} is like the one that was sent, but there are more.")
        return Finding(carried_out=None, evidence=said.format(count=len(rows), nouns=resource.nouns))
    said = _("It does not exist: ChartMogul has no {noun} like the one that was sent. You can send it again.")
    return Finding(carried_out=False, evidence=said.format(noun=resource.noun))


def is_like(row: dict[str, Any], sent: Any, kept_as: Mapping[str, Callable[[str], str]]) -> bool:
    """Return whether a record has what was sent, comparing texts and numbers with the same names in both."""
    comparable = isinstance(sent, dict) and any(
        isinstance(value, str | int) and isinstance(row.get(name), str | int) for name, value in sent.items()
    )
    return comparable and not unlike(row, sent, kept_as)


def is_older(row: dict[str, Any], write: Write) -> bool:
    """Return whether a record was created before the write was sent, if it says when it was created."""
    there_since = moments.from_api(row.get("created_at"))
    return bool(there_since and write.sent_at and there_since < write.sent_at - CLOCKS_DIFFER)


def unlike(row: dict[str, Any], body: Any, kept_as: Mapping[str, Callable[[str], str]]) -> dict[str, Any]:
    """Return the texts and numbers of a record that differ from those sent under the same names, by name. Values that
    ChartMogul stores in another form (ApiForm.kept_as) are equal."""
    return {
        name: row[name]
        for name, value in body.items()
        if isinstance(value, str | int)
        and isinstance(row.get(name), str | int)
        and not alike(row[name], value)
        and not (name in kept_as and alike(row[name], kept_as[name](str(value))))
    }


def not_shown(write: Write, operation: WriteOperation, record: Mapping[str, Any]) -> list[str]:
    """Return the labels of the fields that an accepted update sent and that differ in the record that came back.

    ChartMogul may answer with the old values (recorded). Fields that the record does not have at all tell nothing.
    """
    if operation.creates or operation.deletes or operation.shows:
        return []
    form, sent = operation.form_class, sent_body(write)
    labels = {form.body_path(name): str(field.label) for name, field in form.base_fields.items()}
    kept_as = {form.body_path(name): change for name, change in form.kept_as.items()}
    found = []
    for path in leaves(sent):
        above, _dot, name = path.rpartition(".")
        around = dig(record, above) if above else record
        if not isinstance(around, Mapping) or name not in around:
            continue
        value, now = dig(sent, path), around[name]
        if not came_as(value, now) and not (path in kept_as and came_as(kept_as[path](str(value)), now)):
            found.append(labels.get(path, name))
    return found


def came_as(sent: Any, now: Any) -> bool:
    """Return whether the value that came back is the one that was sent; lists may be in any order."""
    if sent in BLANK or now in BLANK:
        return sent in BLANK and now in BLANK
    if isinstance(sent, list) and isinstance(now, list):
        return folded(sent) == folded(now)
    return same(sent, now) or str(sent) == str(now) or (isinstance(sent, float) and str(now) == f"{sent:g}")


def folded(values: list[Any]) -> list[str]:
    return sorted(str(value).strip().casefold() for value in values)


def alike(one: str | int, other: str | int) -> bool:
    """Return whether two values differ only in how ChartMogul writes them: outer whitespace, case, format of a time."""
    if str(one).strip().casefold() == str(other).strip().casefold():
        return True
    moment = moments.from_api(one)
    return moment is not None and moment == moments.from_api(other)


def same(one: Any, other: Any) -> bool:
    """Return whether two values of any type are the same; texts and integers as in alike()."""
    if isinstance(one, str | int) and isinstance(other, str | int):
        return alike(one, other)
    return bool(one == other)


def in_words(operation: WriteOperation, values: dict[str, Any]) -> str:
    """Return the values in words, with the labels of their fields if the operation has them."""
    fields = operation.form_class.base_fields
    named = (f"{fields[name].label if name in fields else name} “{value}”" for name, value in values.items())
    return get_text_list(list(named), _("and"))


def deleted(write: Write, resource: Resource, client: ChartMogulClient) -> Finding:
    try:
        services.read_record(client, resource, write.record_uuid)
    except NotFound:
        said = _("ChartMogul no longer has this {noun}: it was deleted.")
        return Finding(carried_out=True, evidence=said.format(noun=resource.noun))
    said = _("ChartMogul still has this {noun}: it was not deleted. You can send it again.")
    return Finding(carried_out=False, evidence=said.format(noun=resource.noun))


def shown(write: Write, operation: WriteOperation, resource: Resource, client: ChartMogulClient) -> Finding:
    """Check a change that is not made of fields of the record: the operation knows where it shows."""
    now = services.read_one_of(client, resource, owner_of(write, resource), write.record_uuid)
    if operation.shows and operation.shows(sent_body(write), now):
        said = _("The {noun} shows what was sent: it was carried out.")
        return Finding(carried_out=True, evidence=said.format(noun=resource.noun), record=now)
    said = _("The {noun} does not show what was sent: it was not carried out. You can send it again.")
    return Finding(carried_out=False, evidence=said.format(noun=resource.noun))


def updated(write: Write, operation: WriteOperation, resource: Resource, client: ChartMogulClient) -> Finding:
    """Check whether the sent fields differ from before: then the update, or somebody else's, was carried out.

    If the record could not be read for the review, the values from before are not known: then the update is certain
    only if the record has everything that was sent.
    """
    now, __ = services.read_for_update(client, resource, write.record_uuid, operation.also_reads)
    sent = sent_body(write)
    touched = leaves(sent)
    if write.before is None:
        if touched and all(same(dig(now, path), dig(sent, path)) for path in touched):
            said = _("The {noun} has what was sent: the update was carried out.")
            return Finding(carried_out=True, evidence=said.format(noun=resource.noun), record=now)
        said = _(
            "The {noun} does not have everything that was sent, and what it had before is not known. Either the update "
            "was not carried out, or someone has changed it since."
        )
        return Finding(carried_out=None, evidence=said.format(noun=resource.noun))
    if all(dig(now, path) == dig(write.before, path) for path in touched):
        said = _("The {noun} is unchanged: the update was not carried out. You can send it again.")
        return Finding(carried_out=False, evidence=said.format(noun=resource.noun))
    said = _("The {noun} now has different values in the fields that were sent: the update was carried out.")
    return Finding(carried_out=True, evidence=said.format(noun=resource.noun), record=now)


def leaves(body: Any, prefix: str = "") -> list[str]:
    """Return the dotted paths of the values in a body; a list counts as one value."""
    if not isinstance(body, dict):
        return [prefix]
    return [path for name, value in body.items() for path in leaves(value, f"{prefix}.{name}" if prefix else name)]
