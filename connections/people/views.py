"""Pages about people: who is here, who may do what with a connection, and how new people join."""

from dataclasses import asdict

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from connections import access
from connections.access import needs
from connections.models import Access, Connection, Invitation
from connections.people import languages, preferences, services
from connections.people.forms import InviteForm, InvitePersonForm, JoinForm, PreferencesForm, RoleForm
from connections.people.preferences import Preferences
from connections.roles import ANYBODY, OWNER, PUBLIC, Role
from connections.signals import person_changed


def tell(request: HttpRequest, what: str, **facts: object) -> None:
    """Record in the trail what was done about a person. Call it inside the transaction that does it."""
    connection = facts.pop("connection", None)
    person_changed.send(sender=User, what=what, request=request, connection=connection, facts=facts)


def leave_with_session(request: HttpRequest) -> bool:
    """Log out a person who has just ended their own session, which can no longer be saved. Return whether that was
    so."""
    key = request.session.session_key
    if key is None or request.session.exists(key):
        return False
    logout(request)
    return True


def invite(
    request: HttpRequest,
    *,
    email: str,
    owner: bool = False,
    connection: Connection | None = None,
    role: Role | None = None,
) -> str:
    """Invite somebody new, record what it grants in the trail, and return the link's token. `role` needs a
    connection."""
    role = role if connection else None
    granted = {"role": role.in_trail} if role else {}
    with transaction.atomic():
        invitation, token = services.invite(
            access.person(request), email=email, owner=owner, connection=connection, role=role
        )
        tell(request, "invited", connection=connection, invitation=invitation.pk, owner=owner, **granted)
    return token


OPENED = "opened"
"""Replaces the token in the link's URL once the token is known; no token is so short."""
LINK = "link"
"""Session key for the digest of the opened link."""


def link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("people:join", args=[token]))


@needs(Role.ADMINISTRATOR, confirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def of_connection(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who may do what with a connection; give and take roles, and invite."""
    connection = access.of(request)
    form, invite_form, token = RoleForm(), InviteForm(), ""
    action = request.POST.get("action")
    if action == "give":
        form = RoleForm(request.POST)
        if form.is_valid():
            user, role = form.cleaned_data["username"], form.cleaned_data["role"]
            with transaction.atomic():
                services.give(user, connection, role)
                tell(request, "role_given", connection=connection, person=user.username, role=role.in_trail)
            given = _("{person} is now {role} of {connection}.")
            messages.success(request, given.format(person=user.username, role=role.label, connection=connection.name))
            return redirect("connections:people", slug)
    elif action == "take":
        user = get_object_or_404(User, accesses__connection=connection, pk=number(request.POST.get("person")))
        with transaction.atomic():
            if services.take(user, connection):
                tell(request, "role_taken", connection=connection, person=user.username)
        taken = _("{person} no longer has access to {connection}.")
        messages.success(request, taken.format(person=user.username, connection=connection.name))
        return redirect("connections:people", slug)
    elif action == "invite":
        invite_form = InviteForm(request.POST)
        if invite_form.is_valid():
            token = invite(request, connection=connection, **invite_form.cleaned_data)
            invite_form = InviteForm()
    elif action == "withdraw":
        withdraw(request, services.open_invitations().filter(connection=connection))
        return redirect("connections:people", slug)
    page = {
        "connection": connection,
        "accesses": Access.objects.filter(connection=connection).select_related("user").order_by("user__username"),
        "owners": User.objects.filter(is_superuser=True, is_active=True).order_by("username"),
        "invitations": shown(services.open_invitations().filter(connection=connection)),
        "form": form,
        "invite_form": invite_form,
        "link": link(request, token) if token else "",
        "days": services.OPEN_FOR.days,
    }
    problems = form.has_problems() or invite_form.has_problems()
    return render(request, "connections/people.html", page, status=422 if problems else 200)


def shown(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    return invitations.select_related("user", "connection", "made_by").order_by("expires_at")


def withdraw(request: HttpRequest, among: QuerySet[Invitation]) -> None:
    """Withdraw the chosen invitation. Raises Http404 if it is not in `among`."""
    invitation = get_object_or_404(among, pk=number(request.POST.get("invitation")))
    with transaction.atomic():
        if services.withdraw(invitation):
            tell(request, "invitation_withdrawn", connection=invitation.connection, invitation=invitation.pk)
            messages.success(request, _("The link has been withdrawn and no longer works."))


def number(text: str | None) -> int:
    """Return a primary key; 0, which no row has, if `text` is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


@needs(ANYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def choose_preferences(request: HttpRequest) -> HttpResponse:
    """Show and save the person's preferences."""
    form = PreferencesForm(initial=asdict(preferences.of(request)))
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        if form.is_valid():
            preferences.keep(request, access.person(request), Preferences(**form.cleaned_data))
            languages.speak(request)
            messages.success(request, _("Preferences saved. They apply wherever you sign in."))
            return redirect("preferences")
    return render(request, "account/preferences.html", {"form": form}, status=422 if form.has_problems() else 200)


@needs(OWNER, confirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def everybody(request: HttpRequest) -> HttpResponse:
    """List all people of the installation, and invite more."""
    form, token = InvitePersonForm(), ""
    if request.POST.get("action") == "withdraw":
        withdraw(request, services.open_invitations())
        return redirect("people:list")
    if request.method == "POST":
        form = InvitePersonForm(request.POST)
        if form.is_valid():
            token = invite(request, **form.cleaned_data)
            form = InvitePersonForm()
    page = {
        "form": form,
        "people": User.objects.prefetch_related("accesses__connection").order_by("username"),
        "invitations": shown(services.open_invitations()),
        "link": link(request, token) if token else "",
        "days": services.OPEN_FOR.days,
    }
    return render(request, "people/list.html", page, status=422 if form.has_problems() else 200)


@sensitive_post_parameters("password1", "password2")
@sensitive_variables()
@needs(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page of an invitation link: choose a password, then sign in. All links that do not work get the same answer.

    The token is moved into the session at once, as a digest, and out of the URL: what logs record of a refused form, or
    a browser sends as referrer, is then useless to anybody.
    """
    digest = request.session.get(LINK, "") if token == OPENED else services.digest_of(token)
    invitation = services.find(digest)
    if invitation is None:
        return render(request, "people/no_invitation.html", status=404)
    if token != OPENED:
        request.session[LINK] = digest
        return redirect("people:join", OPENED)
    form = JoinForm(invitation=invitation)
    if request.method == "POST":
        form = JoinForm(request.POST, invitation=invitation)
        if form.is_valid():
            chosen = form.cleaned_data
            try:
                with transaction.atomic():
                    user = services.accept(
                        invitation, username=chosen.get("username", ""), password=chosen["password1"]
                    )
                    what = "password_set" if invitation.user else "joined"
                    facts = {"invitation": invitation.pk, "person": user.username}
                    tell(request, what, connection=invitation.connection, **facts)
            except services.TooLate:
                return render(request, "people/no_invitation.html", status=404)
            except IntegrityError:
                form.add_error("username", _("This username was taken a moment ago."))
            else:
                if not leave_with_session(request):
                    del request.session[LINK]
                messages.success(request, _("Your password is set. Sign in with it."))
                return redirect("account_login")
    page = {"form": form, "invitation": invitation}
    return render(request, "people/join.html", page, status=422 if form.has_problems() else 200)
