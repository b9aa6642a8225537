"""Pages about people: who is here, who may do what with a connection, and how somebody comes in."""

from dataclasses import asdict

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from connections import access
from connections.access import needs
from connections.models import Access
from connections.people import preferences, services
from connections.people.forms import InviteForm, InvitePersonForm, JoinForm, PreferencesForm, RoleForm
from connections.people.preferences import Preferences
from connections.roles import ANYBODY, OWNER, PUBLIC, Role
from connections.signals import person_changed


def tell(request: HttpRequest, what: str, **facts: object) -> None:
    """Put into the trail what was done about a person; inside the transaction that does it."""
    connection = facts.pop("connection", None)
    person_changed.send(sender=User, what=what, request=request, connection=connection, facts=facts)


def asking(request: HttpRequest) -> User:
    """Who is signed in; the middleware lets nobody else come to where this is asked."""
    assert isinstance(request.user, User)  # noqa: S101  # for the type alone
    return request.user


def link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("people:join", args=[token]))


@needs(Role.ADMINISTRATOR, confirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def of_connection(request: HttpRequest, slug: str) -> HttpResponse:
    """Who may do what with a connection: give and take roles, and invite."""
    connection = access.of(request)
    form, invite_form, token = RoleForm(), InviteForm(), ""
    action = request.POST.get("action")
    if action == "give":
        form = RoleForm(request.POST)
        if form.is_valid():
            user, role = form.cleaned_data["username"], form.cleaned_data["role"]
            with transaction.atomic():
                services.give(user, connection, role)
                tell(request, "role_given", connection=connection, person=user.username, role=role.label)
            messages.success(request, f"{user.username} is {role.label} of {connection.name} now.")
            return redirect("connections:people", slug)
    elif action == "take":
        user = get_object_or_404(User, accesses__connection=connection, pk=number(request.POST.get("person")))
        with transaction.atomic():
            services.take(user, connection)
            tell(request, "role_taken", connection=connection, person=user.username)
        messages.success(request, f"{user.username} has no part in {connection.name} any more.")
        return redirect("connections:people", slug)
    elif action == "invite":
        invite_form = InviteForm(request.POST)
        if invite_form.is_valid():
            chosen = invite_form.cleaned_data
            with transaction.atomic():
                _, token = services.invite(
                    asking(request), email=chosen["email"], connection=connection, role=chosen["role"]
                )
                tell(request, "invited", connection=connection, role=chosen["role"].label)
            invite_form = InviteForm()
    page = {
        "connection": connection,
        "accesses": Access.objects.filter(connection=connection).select_related("user").order_by("user__username"),
        "owners": User.objects.filter(is_superuser=True, is_active=True).order_by("username"),
        "form": form,
        "invite_form": invite_form,
        "link": link(request, token) if token else "",
        "days": services.OPEN_FOR.days,
    }
    problems = form.has_problems() or invite_form.has_problems()
    return render(request, "connections/people.html", page, status=422 if problems else 200)


def number(text: str | None) -> int:
    """A key of a row; 0, which no row has, for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


@needs(ANYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def choose_preferences(request: HttpRequest) -> HttpResponse:
    """How this person likes the pages."""
    form = PreferencesForm(initial=asdict(preferences.of(request)))
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        if form.is_valid():
            preferences.keep(request, asking(request), Preferences(**form.cleaned_data))
            messages.success(request, "It is so from now on, wherever you sign in.")
            return redirect("preferences")
    return render(request, "account/preferences.html", {"form": form}, status=422 if form.has_problems() else 200)


@needs(OWNER, confirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def everybody(request: HttpRequest) -> HttpResponse:
    """All people of the installation, and the way to invite more."""
    form, token = InvitePersonForm(), ""
    if request.method == "POST":
        form = InvitePersonForm(request.POST)
        if form.is_valid():
            chosen = form.cleaned_data
            connection = chosen["connection"]
            with transaction.atomic():
                _, token = services.invite(
                    asking(request),
                    email=chosen["email"],
                    owner=chosen["owner"],
                    connection=connection,
                    role=chosen["role"] if connection else None,
                )
                tell(request, "invited", connection=connection, owner=chosen["owner"])
            form = InvitePersonForm()
    page = {
        "form": form,
        "people": User.objects.prefetch_related("accesses__connection").order_by("username"),
        "link": link(request, token) if token else "",
        "days": services.OPEN_FOR.days,
    }
    return render(request, "people/list.html", page, status=422 if form.has_problems() else 200)


@needs(OWNER, confirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person, and what an owner can do about them."""
    user = get_object_or_404(User, pk=pk)
    made = ""
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action == "link":
            with transaction.atomic():
                _, token = services.bring_back(asking(request), user)
                tell(request, "link_made", person=user.username)
            made = link(request, token)
        else:
            messages_of = ACTIONS[action](request, user) if action in ACTIONS else ""
            if messages_of:
                messages.success(request, messages_of)
            return redirect("people:person", user.pk)
    page = {
        "person": user,
        "accesses": user.accesses.select_related("connection").order_by("connection__name"),
        "locked_out": services.is_locked_out(user),
        "factors": services.factors(user),
        "last_owner": services.is_last_owner(user),
        "link": made,
        "hours": round(services.BACK_FOR.total_seconds() / 3600),
    }
    return render(request, "people/person.html", page)


def switch_off(request: HttpRequest, user: User) -> str:
    if services.is_last_owner(user) or user == request.user:
        messages.error(request, "Nobody locks themselves out, and one owner has to stay.")
        return ""
    with transaction.atomic():
        services.switch(user, on=False)
        tell(request, "switched_off", person=user.username)
    return f"{user.username} cannot sign in any more and is signed out everywhere."


def switch_on(request: HttpRequest, user: User) -> str:
    with transaction.atomic():
        services.switch(user, on=True)
        tell(request, "switched_on", person=user.username)
    return f"{user.username} can sign in again."


def sign_out(request: HttpRequest, user: User) -> str:
    with transaction.atomic():
        services.end_sessions(user)
        tell(request, "signed_out", person=user.username)
    return f"{user.username} is signed out everywhere."


def let_in_again(request: HttpRequest, user: User) -> str:
    with transaction.atomic():
        services.failures(user).delete()
        tell(request, "let_in_again", person=user.username)
    return f"{user.username} can try again to sign in."


def remove_factors(request: HttpRequest, user: User) -> str:
    with transaction.atomic():
        services.remove_factors(user)
        tell(request, "second_factors_removed", person=user.username)
    return f"{user.username} signs in with the password alone, and is signed out everywhere."


def make_owner(request: HttpRequest, user: User) -> str:
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_superuser=True)
        tell(request, "made_owner", person=user.username)
    return f"{user.username} is an owner now."


def unmake_owner(request: HttpRequest, user: User) -> str:
    if services.is_last_owner(user):
        messages.error(request, "One owner has to stay.")
        return ""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_superuser=False)
        tell(request, "unmade_owner", person=user.username)
    return f"{user.username} is no owner any more."


ACTIONS = {
    "switch_off": switch_off,
    "switch_on": switch_on,
    "sign_out": sign_out,
    "let_in_again": let_in_again,
    "remove_factors": remove_factors,
    "make_owner": make_owner,
    "unmake_owner": unmake_owner,
}


@sensitive_post_parameters("password1", "password2")
@sensitive_variables()
@needs(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where a link leads: choose a password, then sign in. Says the same of every link that does not open."""
    invitation = services.find(token)
    if invitation is None:
        return render(request, "people/no_invitation.html", status=404)
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
                    tell(request, "joined" if invitation.user is None else "password_set", person=user.username)
            except services.TooLate:
                return render(request, "people/no_invitation.html", status=404)
            except IntegrityError:
                form.add_error("username", "Somebody took this username a moment ago.")
            else:
                messages.success(request, "Your password is set. Sign in with it.")
                return redirect("account_login")
    page = {"form": form, "invitation": invitation}
    return render(request, "people/join.html", page, status=422 if form.has_problems() else 200)
