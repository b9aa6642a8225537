"""The page of one person, with what an owner can do about them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from connections import access
from connections.access import needs
from connections.people import services
from connections.people.forms import AddressForm
from connections.people.views import leave_with_session, link, tell
from connections.roles import OWNER
from connections.words import Words


@dataclass(frozen=True)
class Action:
    """An owner's action on a person, by one button."""

    do: Callable[[User], object]
    """Raises services.Refused if it is not possible."""
    event: str
    """Its name in the trail."""
    done: Words
    """The message afterwards, with {person} for the username."""
    refused_to_oneself: Words = ""
    """The message to an owner who tries it on their own account, where that is not allowed."""


ACTIONS = {
    "switch_off": Action(
        services.switch_off,
        "switched_off",
        gettext_lazy("{person} can no longer sign in and has been signed out everywhere."),
        refused_to_oneself=gettext_lazy("You cannot switch off your own account."),
    ),
    "switch_on": Action(services.switch_on, "switched_on", gettext_lazy("{person} can sign in again.")),
    "sign_out": Action(services.end_sessions, "signed_out", gettext_lazy("{person} has been signed out everywhere.")),
    "let_in_again": Action(
        services.forget_failures, "let_in_again", gettext_lazy("{person} can try to sign in again.")
    ),
    "remove_factors": Action(
        services.remove_factors,
        "second_factors_removed",
        gettext_lazy("{person} now signs in with the password alone and has been signed out everywhere."),
    ),
    "make_owner": Action(services.make_owner, "made_owner", gettext_lazy("{person} is now an owner.")),
    "unmake_owner": Action(services.unmake_owner, "unmade_owner", gettext_lazy("{person} is no longer an owner.")),
}


@needs(OWNER, confirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    form, token = AddressForm(user=user, initial={"email": user.email}), ""
    action = request.POST.get("action", "")
    if action == "link":
        with transaction.atomic():
            invitation, token = services.bring_back(access.person(request), user)
            tell(request, "link_made", invitation=invitation.pk, person=user.username)
    elif action == "address":
        form = AddressForm(request.POST, user=user)
        if form.is_valid():
            with transaction.atomic():
                User.objects.filter(pk=user.pk).update(email=form.cleaned_data["email"])
                # The trail keeps everything forever, so the address is left out.
                tell(request, "address_changed", person=user.username)
            messages.success(request, _("The email address has been saved."))
            return redirect("people:person", user.pk)
    elif request.method == "POST":
        if action in ACTIONS:
            act(request, user, action)
        return redirect("people:person", user.pk)
    page = {
        "person": user,
        "accesses": user.accesses.select_related("connection").order_by("connection__name"),
        "locked_out": services.is_locked_out(user),
        "factors": services.factors(user),
        "last_owner": services.is_last_owner(user),
        "form": form,
        "link": link(request, token) if token else "",
        "hours": round(services.BACK_FOR.total_seconds() / 3600),
    }
    return render(request, "people/person.html", page, status=422 if form.has_problems() else 200)


def act(request: HttpRequest, user: User, name: str) -> None:
    action = ACTIONS[name]
    try:
        if action.refused_to_oneself and user == request.user:
            raise services.Refused(str(action.refused_to_oneself))
        with transaction.atomic():
            action.do(user)
            tell(request, action.event, person=user.username)
    except services.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if user == request.user:
            leave_with_session(request)
        messages.success(request, action.done.format(person=user.username))
