"""Save a list's filters and columns as a named view; change and delete such a view."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from connections import access
from connections.access import needs_of_operation
from connections.forms import AlertForm
from connections.models import Connection
from resources import columns
from resources.operations import ListOperation
from resources.registry import resource_of
from resources.saved_views import services as saved
from resources.saved_views.models import NAME_TAKEN, DefaultView, SavedView
from resources.views import common
from resources.views.reading import bound_by_address, filters_in_words


class DefaultForm(AlertForm):
    is_default = forms.BooleanField(
        label=_("Make this my default view"),
        required=False,
        help_text=_("The list then opens with it. Others choose for themselves."),
    )


class CreateForm(DefaultForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    shared = forms.BooleanField(
        label=_("Share with everyone who uses this connection"),
        required=False,
        help_text=_("They can use it, but not change it."),
    )
    field_order: tuple[str, ...] = ("name", "shared")


class ChangeForm(CreateForm):
    as_shown = forms.BooleanField(
        label=_("Replace its filters and columns with those the list shows now"),
        required=False,
        help_text=_("Otherwise, the view keeps those it was saved with."),
    )
    field_order = ("name", "shared", "is_default")


@needs_of_operation
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, slug: str, operation: ListOperation) -> HttpResponse:
    """Save the filters and columns in the address as a view."""
    connection = access.of(request)
    if not are_valid(operation, request.GET, connection):
        # The list says what is wrong with its filters.
        return redirect(f"{reverse(operation.url_name, args=[slug])}?{request.GET.urlencode()}")
    view = SavedView(connection=connection, owner=access.person(request), operation=operation.key)
    take(view, operation, request.GET)
    form = CreateForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and keep(request, view, form):
        messages.success(request, gettext("View saved: {view}").format(view=view.name))
        return redirect(address_of(view, operation))
    return show(request, operation, view, form, gettext("Save a view"))


@needs_of_operation
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str, operation: ListOperation, key: Any) -> HttpResponse:
    """Rename, share, refill or delete one's own view; or make a view the default of the list, whoever owns it."""
    connection = access.of(request)
    user = access.person(request)
    view = saved.find(connection, operation, user, str(key))
    if view is None:
        raise common.no_such_view(connection, operation)
    is_default = DefaultView.objects.filter(user=user, view=view).exists()
    data = request.POST if request.method == "POST" else None
    if view.owner_id != user.pk:
        form: DefaultForm = DefaultForm(data, initial={"is_default": is_default})
        if form.is_valid():
            saved.set_default(view, user, wanted=form.cleaned_data["is_default"])
            return redirect(address_of(view, operation))
        return show(request, operation, view, form, gettext("View: {view}").format(view=view.name))
    if data is not None and "delete" in data:
        view.delete()
        messages.success(request, gettext("View deleted: {view}").format(view=view.name))
        return redirect(f"{reverse(operation.url_name, args=[slug])}?view=")
    first = {"name": view.name, "shared": view.shared, "is_default": is_default}
    form = ChangeForm(data, initial=first)
    if form.is_valid() and form.cleaned_data["as_shown"]:
        if are_valid(operation, request.GET, connection):
            take(view, operation, request.GET)
        else:
            form.add_error("as_shown", gettext("The filters that the list shows now are not valid."))
    if form.is_valid() and keep(request, view, form):
        messages.success(request, gettext("View saved: {view}").format(view=view.name))
        return redirect(address_of(view, operation))
    return show(request, operation, view, form, gettext("View: {view}").format(view=first["name"]))


def are_valid(operation: ListOperation, shown: QueryDict, connection: Connection) -> bool:
    """Return whether the given filters are valid. One that the list requires, such as its customer, may be missing."""
    return not any(shown.get(name) for name in bound_by_address(operation, shown, connection).errors)


def take(view: SavedView, operation: ListOperation, shown: QueryDict) -> None:
    view.filters = saved.filters_in(operation, shown)
    view.columns = shown.getlist("column")[: columns.MOST]


def keep(request: HttpRequest, view: SavedView, form: DefaultForm) -> bool:
    """Store the view and return True. If its name is taken, add an error to that field and return False."""
    view.name, view.shared = form.cleaned_data["name"], form.cleaned_data["shared"]
    try:
        view.full_clean()
        with transaction.atomic():
            view.save()
            saved.set_default(view, access.person(request), wanted=form.cleaned_data["is_default"])
    except ValidationError as error:
        form.add_error("name", error.messages)
    except IntegrityError:
        # The name was taken after the check, for example from another tab.
        form.add_error("name", str(NAME_TAKEN))
    return form.is_valid()


def address_of(view: SavedView, operation: ListOperation) -> str:
    return f"{reverse(operation.url_name, args=[view.connection.slug])}?view={view.pk}"


def show(
    request: HttpRequest, operation: ListOperation, view: SavedView, form: DefaultForm, title: str
) -> HttpResponse:
    is_new = view._state.adding
    connection: Connection = view.connection
    page = {
        "connection": connection,
        "operation": operation,
        "view": view,
        "is_mine": view.owner_id == access.person(request).pk,
        "is_new": is_new,
        "form": form,
        "page_title": title,
        "list_url": f"{reverse(operation.url_name, args=[connection.slug])}?view={'' if is_new else view.pk}",
        "holds": words(operation, view),
    }
    return render(request, "resources/saved_view.html", page, status=422 if form.has_problems() else 200)


def words(operation: ListOperation, view: SavedView) -> list[tuple[str, str]]:
    """Return what a view holds, as pairs of a label and text: its filters, limit and columns."""
    stored = saved.laid_under(view, QueryDict())
    names = stored.getlist("column")
    known = columns.offered(operation, resource_of(operation), [], names)
    form = bound_by_address(operation, stored, view.connection)
    # A view may be older than a filter's choices: then its stored values are shown as they are.
    lines = (
        filters_in_words(form)
        if form.is_valid()
        else [(str(form.fields[name].label), str(stored[name])) for name in form.query_fields if name in stored]
    )
    if limit := stored.get("limit"):
        lines.append((str(form.fields["limit"].label), limit))
    shown = [str(known[name].label) for name in names]
    filters = lines or [(gettext("Filters"), pgettext("filters", "none"))]
    return [*filters, (gettext("Columns"), ", ".join(shown) or gettext("the usual ones"))]
