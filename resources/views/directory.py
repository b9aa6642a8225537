"""The page of a connection's directory: how old it is, how far a sync has come, and whether it is kept at all."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from activity import trail
from connections import access
from connections.access import needs
from connections.forms import SettingsForm
from connections.models import Connection
from connections.roles import Role
from connections.services import EditConflict
from resources.directory.models import Entry
from resources.registry import BY_KEY
from resources.sync import services as sync_services
from resources.sync.models import EVERY, Sync
from resources.views import common


class DirectoryForm(SettingsForm):
    enabled = forms.BooleanField(
        label=_("Keep a directory"),
        required=False,
        help_text=_(
            "Names, email addresses, companies and identifiers of the account's records, so that pickers and search "
            "find them. Without it, only what ChartMogul itself can look up is found."
        ),
    )
    every_hours = forms.TypedChoiceField(label=_("Read the account again"), choices=EVERY, coerce=int)


@needs(Role.VIEWER)
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    connection = access.of(request)
    stored = sync_services.settings_of(sync_services.of(connection))
    return show(request, connection, DirectoryForm.showing(stored))


@needs(Role.ADMINISTRATOR, form_on="resources:directory")
@require_POST
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """Save whether to keep a directory, and how often to read the account again."""
    connection = access.of(request)
    form = DirectoryForm(request.POST)
    if not form.is_valid():
        return show(request, connection, form)
    try:
        with transaction.atomic():
            sync = sync_services.switch(connection, **form.cleaned_data)
            note(request, connection, "switched", **sync_services.settings_of(sync))
    except EditConflict:
        form.show_conflict(sync_services.settings_of(sync_services.of(connection)))
        return show(request, connection, form)
    off = gettext("The directory is switched off, and its contents have been deleted.")
    messages.success(request, gettext("Saved.") if sync.enabled else off)
    return redirect("resources:directory", slug)


@needs(Role.VIEWER, form_on="resources:directory")
@require_POST
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Request a sync of the account: all of it anew, or on from where it was stopped."""
    connection = access.of(request)
    with transaction.atomic():
        sync = sync_services.ask(connection, anew="anew" in request.POST)
        if sync.enabled:
            note(request, connection, "reading_asked_for", anew="anew" in request.POST)
    if not sync.enabled:
        messages.error(request, gettext("The directory is switched off, so nothing is read."))
    return redirect("resources:directory", slug)


@needs(Role.ADMINISTRATOR, form_on="resources:directory")
@require_POST
def stop(request: HttpRequest, slug: str) -> HttpResponse:
    """Stop the sync that is under way. The schedule is a setting, and stays."""
    connection = access.of(request)
    with transaction.atomic():
        if stopped := sync_services.stop(connection):
            note(request, connection, "reading_stopped")
    if stopped:
        messages.success(request, gettext("Stopped, until someone or the schedule asks for the next reading."))
    else:
        messages.info(request, gettext("Nothing was being read any more."))
    return redirect("resources:directory", slug)


def note(request: HttpRequest, connection: Connection, what: str, **facts: Any) -> None:
    trail.add(f"directory.{what}", user=access.person(request), connection=connection, facts=facts)


def show(request: HttpRequest, connection: Connection, form: DirectoryForm) -> HttpResponse:
    sync = sync_services.of(connection)
    context = {"connection": connection, "sync": sync, "form": form, "lists": progress(connection, sync)}
    template = "resources/_directory.html" if common.wants_fragment(request) else "resources/directory.html"
    return render(request, template, context, status=422 if form.has_problems() else 200)


def progress(connection: Connection, sync: Sync) -> list[dict[str, Any]]:
    """Return one row per kind of record: how many are known, and how far the sync of their list has come."""
    places = {place.resource: place for place in sync.lists.all()} if sync.pk else {}
    counts = Entry.objects.filter(connection=connection).values_list("resource").annotate(Count("id")).order_by()
    known = dict(counts)
    return [
        {"resource": resource, "known": known.get(key, 0), "place": places.get(key)}
        for key, resource in BY_KEY.items()
        if resource.index
    ]
