"""Who may do what with a connection, decided in one place: AccessMiddleware checks it for every request.

Each view declares what it needs, and the middleware refuses everybody else:

    @needs(Role.VIEWER)
    def page(request, slug): ...

A view of a declared operation needs what the operation needs (`@needs_of_operation`). A view that declares nothing is a
bug, and its requests fail. Views below one connection get it with `of(request)`.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from connections import reauthentication
from connections.models import Access, Connection
from connections.people import preferences
from connections.roles import OWNER, PUBLIC, Need, Permissions, Role
from connections.words import Words, sentence

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Forbidden(PermissionDenied):
    """The person may not do this; the text says why and who could help."""


class NotThere(Http404):
    """What a URL names does not exist. The text says what; `way` is a link to go on with: its URL and its text."""

    def __init__(self, text: str, *, way: tuple[str, Words]) -> None:
        super().__init__(text)
        self.way = way


def require(connection: Connection, need: Role, *, brake: bool = True) -> None:
    """Raise Forbidden if the person's role does not allow it, or if the connection is read-only (`brake`)."""
    if reason := refusal(connection, need, brake=brake):
        raise Forbidden(reason)


def refusal(connection: Connection, need: Role, *, brake: bool = True) -> str:
    """Return why the person may not do what needs this role, and who could help; empty if they may."""
    may = connection.may
    if may.reaches(need) or (may.has(need) and not brake):
        return ""
    if may.has(need):
        return " ".join([brake_text(connection), _("Nothing can be changed in ChartMogul until this is lifted.")])
    needed = _("This requires the role {need} for {connection}; your role is {role}.").format(
        need=need.label, connection=connection.name, role=may.role.label if may.role else pgettext("role", "none")
    )
    return f"{needed} {helpers_text(connection)}"


def brake_text(connection: Connection) -> str:
    text = _("The connection {connection} is currently read-only.").format(connection=connection.name)
    if connection.read_only_reason:
        text += " " + _("Reason: {reason}").format(reason=sentence(connection.read_only_reason))
    return text


def helpers_text(connection: Connection) -> str:
    """Return a sentence that says whom to ask for access; empty if there is nobody."""
    names = Access.objects.filter(connection=connection, role=Role.ADMINISTRATOR, user__is_active=True)
    found = sorted(names.values_list("user__username", flat=True))
    found = found or sorted(User.objects.filter(is_superuser=True, is_active=True).values_list("username", flat=True))
    if not found:
        return ""
    people = reduce(lambda some, other: _("{some} or {other}").format(some=some, other=other), found[:3])
    return _("Ask {people} for access.").format(people=people)


def visible_to(user: User) -> QuerySet[Connection]:
    """Return the connections that the user has access to."""
    if user.is_superuser:
        return Connection.objects.all()
    return Connection.objects.filter(accesses__user=user)


def all_of(user: User) -> list[Connection]:
    """Return the connections that the user has access to, with `may` set on each to their permissions."""
    found = list(visible_to(user))
    roles = dict(Access.objects.filter(user=user).values_list("connection_id", "role"))
    for connection in found:
        # A role that was removed between the two queries allows nothing.
        role = Role.ADMINISTRATOR if user.is_superuser else roles.get(connection.pk)
        connection.may = Permissions(Role(role) if role else None, brake=connection.read_only)
    return found


def reach(user: User, slug: str) -> Connection:
    """Return the connection with this slug, with `may` and `asked_by` set for the user. Raises the same Http404 for one
    that does not exist as for one that they have no access to."""
    if user.is_superuser:
        connection, role = Connection.objects.filter(slug=slug).first(), Role.ADMINISTRATOR
    else:
        found = Access.objects.select_related("connection").filter(user=user, connection__slug=slug).first()
        connection, role = (found.connection, Role(found.role)) if found else (None, Role.VIEWER)
    if connection is None:
        raise Http404
    connection.may, connection.asked_by = Permissions(role, brake=connection.read_only), str(user.pk)
    return connection


def person(request: HttpRequest) -> User:
    """Return the user who is signed in. SignInRequiredMiddleware rejects everybody else before this is called."""
    if not isinstance(request.user, User):
        raise Forbidden(_("Sign in first."))
    return request.user


def of(request: HttpRequest) -> Connection:
    """Return the connection of the requested URL, to which the middleware has granted access."""
    found = getattr(request, "connection", None)
    if not isinstance(found, Connection):
        raise Http404
    return found


def needs(need: Need, *, confirmed: bool = False, changes: bool = True, form_on: str = "") -> Callable[[View], View]:
    """Declare what a view needs: a role for the connection in its URL, ANYBODY, OWNER or PUBLIC.

    `confirmed`: the person must have signed in or confirmed their identity recently. `changes=False`: the view needs
    the role but changes nothing at ChartMogul, so it works on a read-only connection too. `form_on`: for a URL that
    only accepts a form, the name of the page with that form, whose URL has the same arguments.
    """

    def declare(view: View) -> View:
        view.need = need  # type: ignore[attr-defined]
        view.confirmed = confirmed  # type: ignore[attr-defined]
        view.changes = changes  # type: ignore[attr-defined]
        view.form_on = form_on  # type: ignore[attr-defined]
        return login_not_required(view) if need == PUBLIC else view

    return declare


def needs_of_operation(view: View) -> View:
    """Declare that a view needs the role of the operation in its URL."""
    view.need = lambda kwargs: kwargs["operation"].role  # type: ignore[attr-defined]
    return view


def page_of_form(request: HttpRequest) -> str:
    """Return the URL of the page with the form, for a URL that only accepts it; an empty string for any other."""
    match = request.resolver_match
    page = getattr(match.func, "form_on", "") if match else ""
    return reverse(page, kwargs=match.kwargs) if match and page else ""


def when_read_only(answer: Callable[..., HttpResponse]) -> Callable[[View], View]:
    """Declare what answers a form in place of the view while the connection is read-only: `answer` is called like the
    view, with the `reason`. It shows what was typed and changes nothing; without it the answer is an error page."""

    def declare(view: View) -> View:
        view.when_read_only = answer  # type: ignore[attr-defined]
        return view

    return declare


def need_of(view: Callable[..., Any], kwargs: dict[str, Any]) -> Need:
    """Return what a view needs for this URL. Raises ImproperlyConfigured if it does not declare it."""
    need = getattr(view, "need", None)
    if callable(need) and not isinstance(need, Role):
        need = need(kwargs)
    if not isinstance(need, Role | str):
        raise ImproperlyConfigured(f"{view.__module__}.{getattr(view, '__name__', view)} does not say who may use it.")
    return need


class AccessMiddleware:
    """Checks before each view runs whether the person may use it for this URL."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        need = need_of(view, kwargs)
        if need == PUBLIC:
            return None
        user, preferred = person(request), preferences.of(request)
        if need == OWNER and not user.is_superuser:
            raise Forbidden(_("Only owners of this installation can do this."))
        if isinstance(need, Role):
            request.connection = reach(user, kwargs["slug"])  # type: ignore[attr-defined]
            of(request).preferred_zone, of(request).amounts_in = preferred.zone, preferred.amounts_in
        # The time zone in which templates show times.
        if zone := of(request).zone if isinstance(need, Role) else preferred.zone:
            timezone.activate(zone)
        if isinstance(need, Role):
            reason = refusal(of(request), need, brake=getattr(view, "changes", True))
            answer = getattr(view, "when_read_only", None)
            if reason and answer and request.method == "POST" and of(request).may.has(need):
                return answer(request, reason=reason, **kwargs)
            if reason:
                raise Forbidden(reason)
        if getattr(view, "confirmed", False) and not reauthentication.recently_confirmed(request):
            return reauthentication.answer(request, reauthentication.ConfirmFirst(request.get_full_path()))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return reauthentication.answer(request, error) if isinstance(error, reauthentication.ConfirmFirst) else None
