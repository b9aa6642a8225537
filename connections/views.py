"""Pages to add, test, rename, re-key and delete connections."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections import access, errors, services
from connections.access import needs
from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.forms import NAME_TAKEN, AlertForm, ConnectionForm, KeyForm, RenameForm
from connections.models import Connection, Kind
from connections.people.forms import SafetyForm
from connections.roles import ANYBODY, OWNER, Role
from connections.sealing import Unreadable
from connections.words import sentence

WRITE_UNKNOWN = gettext_lazy(
    "Whether the key can also write will only show at the first write: ChartMogul offers no way to check."
)


@needs(ANYBODY)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    connections = access.all_of(access.person(request))
    rows = [(connection, services.is_readable(connection)) for connection in connections]
    return render(request, "connections/list.html", {"connections": connections, "rows": rows})


@needs(OWNER)
@sensitive_post_parameters("token", "secret_key")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "connections/create.html", {"form": ConnectionForm()})
    form = ConnectionForm(request.POST)
    if form.is_valid():
        try:
            account = services.check(form.client())
            connection = services.create(**form.cleaned_data, account=account, user=access.person(request))
        except ApiError as error:
            add_failure(form, error)
        except IntegrityError:
            # Somebody took the name while the key was being tested.
            form.add_error("name", NAME_TAKEN)
        else:
            established = _("The connection has been established: {account}.").format(account=account)
            messages.success(request, f"{established} {WRITE_UNKNOWN}")
            if others := services.of_the_same_account(connection, access.person(request)):
                same = _("The same account is connected already, as {names}. They share its requests to ChartMogul.")
                messages.warning(request, same.format(names=", ".join(others)))
            return redirect("connections:detail", connection.slug)
    return render(request, "connections/create.html", {"form": form}, status=422)


@needs(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    connection = access.of(request)
    status = 200
    form = RenameForm(initial={"name": connection.name, "opened_with": connection.name}, connection=connection)
    if request.method == "POST":
        form = RenameForm(request.POST, connection=connection)
        if form.is_valid():
            try:
                services.rename(
                    connection,
                    name=form.cleaned_data["name"],
                    opened_with=form.cleaned_data["opened_with"],
                    user=access.person(request),
                )
            except IntegrityError:
                form.add_error("name", NAME_TAKEN)
            except services.EditConflict:
                renamed = _(
                    "Meanwhile, someone renamed this connection to {name}; your name is {yours}. Press Rename again to "
                    "use your name instead."
                )
                form.add_error("name", renamed.format(name=connection.name, yours=form.data["name"]))
                form.reopen_with(connection.name)
            else:
                messages.success(request, _("The connection has been renamed. Its address stays the same."))
                return redirect("connections:detail", connection.slug)
        status = 422
    page = {
        "connection": connection,
        "form": form,
        "error": None if services.is_readable(connection) else Unreadable(),
    }
    return render(request, "connections/detail.html", page, status=status)


@needs(Role.ADMINISTRATOR, confirmed=True)
@sensitive_post_parameters("token", "secret_key")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def replace_key(request: HttpRequest, slug: str) -> HttpResponse:
    connection = access.of(request)
    if request.method != "POST":
        opened = {"opened_with": connection.fingerprint}
        return show_key(request, connection, KeyForm(connection=connection, initial=opened))
    form = KeyForm(request.POST, connection=connection)
    if not form.is_valid():
        return show_key(request, connection, form)
    if not form.cleaned_data["token"]:
        messages.info(request, _("The key was not changed."))
        return redirect("connections:detail", connection.slug)
    try:
        account = services.check(form.client())
        services.replace_key(connection, account=account, user=access.person(request), **form.cleaned_data)
    except ApiError as error:
        add_failure(form, error)
    except services.EditConflict:
        yours = Connection()
        yours.set_credential(form.cleaned_data["token"], form.cleaned_data["secret_key"])
        replaced = _(
            "Meanwhile, someone replaced the key with one that ends in …{last_four} and has the fingerprint "
            "{fingerprint}; yours ends in …{your_last_four} and has {your_fingerprint}. Enter yours again to use it "
            "instead."
        ).format(
            last_four=connection.last_four,
            fingerprint=connection.fingerprint,
            your_last_four=yours.last_four,
            your_fingerprint=yours.fingerprint,
        )
        form.add_error("token", replaced)
        form.reopen_with(connection.fingerprint)
    except services.OtherAccount:
        other = _(
            "The key belongs to the account {account}, but this connection is for {present}. If that is intended, "
            "enter the key again and check this box; otherwise, create a separate connection for it."
        )
        form.add_error("other_account", other.format(account=account.name, present=connection.account_name))
    else:
        done = _("The key has been replaced: {account}.").format(account=account)
        messages.success(request, f"{done} {WRITE_UNKNOWN}")
        return redirect("connections:detail", connection.slug)
    return show_key(request, connection, form)


def show_key(request: HttpRequest, connection: Connection, form: KeyForm) -> HttpResponse:
    status = 422 if form.has_problems() else 200
    return render(request, "connections/key.html", {"connection": connection, "form": form}, status=status)


@needs(Role.ADMINISTRATOR, form_on="connections:detail")
@require_POST
def test(request: HttpRequest, slug: str) -> HttpResponse:
    connection = access.of(request)
    try:
        account = services.check(ChartMogulClient.of(connection))
    except Unreadable:
        # The next page says so.
        pass
    except ApiError as error:
        messages.error(request, " ".join([_("The test failed."), explain_failure(error)[1]]))
    else:
        note_test(request, connection, account)
    return redirect("connections:detail", connection.slug)


@needs(Role.ADMINISTRATOR, form_on="connections:detail")
@require_POST
def reset(request: HttpRequest, slug: str) -> HttpResponse:
    """Reset the sandbox, whose data is nobody's real data."""
    connection = access.of(request)
    if connection.kind != Kind.SANDBOX:
        raise Http404
    user = access.person(request)
    if not services.may_reset_sandbox(user):
        shared = _("The sandbox was not reset: a connection to it is read-only, or you do not administer all of them.")
        messages.error(request, shared)
        return redirect("connections:detail", connection.slug)
    try:
        services.reset_sandbox(user=user)
    except OSError:
        messages.error(request, _("The sandbox does not answer, so it is not known whether it was reset."))
    else:
        messages.success(request, _("The sandbox has been reset to the data that it began with."))
    return redirect("connections:detail", connection.slug)


def note_test(request: HttpRequest, connection: Connection, account: services.Account) -> None:
    try:
        services.note_test(connection, account=account)
    except services.EditConflict:
        messages.warning(request, _("The key was replaced while it was being tested. Test it again."))
    except services.OtherAccount:
        other = _("The key works, but belongs to the account {account} and no longer to {present}.")
        messages.error(request, other.format(account=account.name, present=connection.account_name))
    else:
        works = _("The connection works: {account}.").format(account=account)
        messages.success(request, f"{works} {WRITE_UNKNOWN}")


@needs(Role.ADMINISTRATOR, confirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def safety(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and change the safety settings: read-only, and a second person for what cannot be undone."""
    connection = access.of(request)
    form = SafetyForm.showing(services.safety_of(connection))
    if request.method == "POST":
        form = SafetyForm(request.POST)
        if form.is_valid():
            try:
                services.change_safety(connection, user=access.person(request), **form.cleaned_data)
            except services.EditConflict:
                form.show_conflict(services.safety_of(connection))
            else:
                messages.success(request, _("Safety settings saved."))
                return redirect("connections:detail", slug)
    page = {"connection": connection, "form": form}
    return render(request, "connections/safety.html", page, status=422 if form.has_problems() else 200)


@needs(Role.ADMINISTRATOR, confirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    connection = access.of(request)
    if request.method != "POST":
        return render(request, "connections/delete.html", {"connection": connection})
    services.delete(connection, user=access.person(request))
    deleted = _("The connection {connection} has been deleted. Nothing was deleted in ChartMogul.")
    messages.success(request, deleted.format(connection=connection.name))
    return redirect("connections:list")


def add_failure(form: AlertForm, error: ApiError) -> None:
    form.add_error(*explain_failure(error))


def explain_failure(error: ApiError) -> tuple[str | None, str]:
    """Return the field that a failed test belongs to (or None) and the message for it."""
    said, kept = sentence(error.user_message), _("Nothing was stored.")
    if isinstance(error, errors.NotAuthorised) and error.status == 401:
        return "token", " ".join([_("ChartMogul does not accept this key. Check that you copied all of it."), said])
    if isinstance(error, errors.NotAuthorised):
        return "token", " ".join([_("ChartMogul does not allow this key to read the account."), said])
    if isinstance(error, errors.HeldBack):
        return None, f"{said} {kept}"
    if isinstance(error, errors.Unreachable):
        why = _("ChartMogul could not be reached.")
    elif isinstance(error, errors.ServerFault):
        why = _("ChartMogul is having problems; try again later.")
    elif isinstance(error, errors.RateLimited):
        why = _("ChartMogul is busy with this account; try again later.")
    elif error.path.endswith("/account"):
        why = _("The key was accepted, but the account could not be read.")
    else:
        why = _("The response did not come from ChartMogul.")
    return None, f"{why} {said} {kept}"
