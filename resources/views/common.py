"""What the pages of a connection share."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from connections.models import Connection
from resources.cells import Desk
from resources.directory import services as directory
from resources.fields import FormContext, MultiPickerField, PickerField
from resources.forms import ApiForm

RECENT = 8


def connection_or_404(request: HttpRequest, slug: str) -> Connection:
    return get_object_or_404(Connection, slug=slug)


def person(request: HttpRequest) -> User:
    """Who is signed in. The middleware lets nobody else come this far."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def zone_of(connection: Connection) -> ZoneInfo:
    """The zone of the account, as ChartMogul named it; UTC where it named none that is known here."""
    try:
        return ZoneInfo(connection.account_time_zone or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def form_context(connection: Connection) -> FormContext:
    return FormContext(
        slug=connection.slug,
        time_zone=zone_of(connection),
        systems=directory.systems(connection),
        describe=lambda resource, uuid: directory.describe(connection, resource, uuid),
        names=lambda resource, uuids: directory.names(connection, resource, uuids),
        resolve=lambda resource, text: directory.resolve(connection, resource, text),
    )


def desk(connection: Connection) -> Desk:
    # Rows often refer to the same few records.
    @cache
    def name_of(resource: str, uuid: str) -> str:
        choice = directory.describe(connection, resource, uuid)
        return choice.name if choice else ""

    return Desk(slug=connection.slug, zone=zone_of(connection), name_of=name_of)


def wants_fragment(request: HttpRequest) -> bool:
    """htmx asked for a part of the page; a boosted link wants the whole one."""
    htmx = HtmxDetails(request)
    return bool(htmx) and not htmx.boosted


def note_choices(request: HttpRequest, connection: Connection, form: ApiForm) -> None:
    """Remember what was picked, for this person and connection: pickers open with it."""
    recent = request.session.get("recent", {})
    mine = recent.setdefault(str(connection.uuid), {})
    for name, field in form.fields.items():
        chosen = form.cleaned_data.get(name)
        if isinstance(field, PickerField | MultiPickerField) and chosen:
            chosen = [chosen] if isinstance(chosen, str) else chosen
            mine[field.resource] = list(dict.fromkeys([*chosen, *mine.get(field.resource, [])]))[:RECENT]
    request.session["recent"] = recent


def recent_choices(request: HttpRequest, connection: Connection, resource_key: str) -> list[str]:
    mine: dict[str, Any] = request.session.get("recent", {}).get(str(connection.uuid), {})
    return list(mine.get(resource_key, []))
