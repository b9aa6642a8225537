"""The scope of a deletion: which record a request deletes, what is deleted with it, and a copy of all of it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.utils.translation import gettext as _

from activity.models import storable
from connections import localized
from connections.api_request import PREFIX, ApiRequest
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.roles import Role
from connections.words import Words
from resources import services
from resources.json_paths import dig
from resources.operations import Part, Resource, WriteOperation
from resources.registry import BY_KEY, WRITES, resource_of

LONGEST_NAME = 100
"""Maximum length of a name that has to be typed; for a longer one it is the UUID instead."""
ROLE_TO_COPY = Role.MANAGER
"""What a person needs to download a copy of what will be deleted."""


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """The record that a request deletes, whichever page the request was made on."""

    operation: WriteOperation
    uuid: str

    @property
    def resource(self) -> Resource:
        return resource_of(self.operation)


def declared(request: ApiRequest) -> Deletion | None:
    """Return the deletion that a request is, if the catalog has it; None for any other request."""
    for operation in WRITES.values():
        if operation.deletes and request.method == operation.method:
            if operation.path != resource_of(operation).path:
                # It empties the record or removes something else from it.
                continue
            before, after = (re.escape(part) for part in f"{PREFIX}{operation.path}".split("{uuid}"))
            if match := re.fullmatch(f"{before}([^/]+){after}", request.path):
                return Deletion(operation=operation, uuid=unquote(match[1]))
    return None


def name_to_type(name: str, uuid: str) -> str:
    """Return the name on one line for people to type, or the UUID if there is no name or it is too long."""
    name = " ".join(name.split())
    return name if 0 < len(name) <= LONGEST_NAME else uuid


def counted(client: ChartMogulClient, deletion: Deletion, record: Mapping[str, Any]) -> list[str]:
    """Return what is deleted with a record: `1 plan`, `at least 200 customers`. One call per list, and no further calls
    after one that failed."""
    tables = [(table.counted, len(rows)) for table in deletion.resource.tables if (rows := rows_in(record, table.key))]
    lines = [in_words(count, counted) for counted, count in tables]
    for number, part in enumerate(deletion.operation.takes):
        try:
            rows, more = first_rows(client, part, deletion.uuid)
        except ApiError as error:
            left = ", ".join(str(kind_of(part).nouns) for part in deletion.operation.takes[number:])
            said = _("{kinds}, which could not be counted. {reason}")
            return [*lines, said.format(kinds=left, reason=error.user_message)]
        words = in_words(len(rows), kind_of(part).counted)
        lines.append(_("at least {counted}").format(counted=words) if more else words)
    return lines


def first_rows(client: ChartMogulClient, part: Part, uuid: str) -> tuple[list[dict[str, Any]], bool]:
    """Return the first page of a part, and whether more rows follow. Raises ApiError."""
    reader = services.Reader(client, part, part.request(uuid))
    _, rows, following = next(reader.pages(None, services.PER_PAGE))
    return rows, following is not None or bool(reader.notice)


def rows_in(record: Mapping[str, Any], key: str) -> list[Any]:
    found = dig(record, key)
    return found if isinstance(found, list) else []


def kind_of(part: Part) -> Resource:
    return BY_KEY[part.resource]


def in_words(count: int, counted: Words) -> str:
    return counted.format(count=count, shown=localized.count(count))


def copy(client: ChartMogulClient, deletion: Deletion) -> Iterator[str]:
    """Yield the record and everything that is deleted with it as pieces of JSON; `complete` at its end says whether
    everything could be read.

    Rows are as the API returned them, under the API's own names. They are read while the copy is downloaded, because it
    may be large.
    """
    yield "{\n"
    missing = ""
    try:
        record = services.read_record(client, deletion.resource, deletion.uuid)
        yield f"{as_json(deletion.resource.key.removesuffix('s'))}: {as_json(record)},\n"
    except ApiError as error:
        missing = error.user_message
    operation = deletion.operation
    for part in (*operation.takes, *operation.also_copied):
        yield f"{as_json(part.key)}: ["
        mark = "\n"
        reader = services.Reader(client, part, part.request(deletion.uuid))
        try:
            for _, rows, _ in reader.pages(None, services.PER_PAGE):
                for row in rows:
                    yield mark + as_json(row)
                    mark = ",\n"
        except NotFound as error:
            missing = missing or ("" if part in operation.also_copied else error.user_message)
        except ApiError as error:
            missing = missing or error.user_message
        yield "],\n"
        missing = missing or reader.notice
    if operation.not_copied:
        yield f'"not_copied": {as_json(str(operation.not_copied))},\n'
    yield f'"complete": {as_json(not missing)}'
    yield f',\n"missing": {as_json(missing)}' if missing else ""
    yield "\n}\n"


def as_json(value: Any) -> str:
    return json.dumps(storable(value), ensure_ascii=False)
