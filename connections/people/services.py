"""Operations on people: invite, admit, switch off, roles, sessions and second factors."""

import hashlib
import itertools
import re
import secrets
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.models import Access, Connection, Invitation
from connections.roles import Role

OPEN_FOR = timedelta(days=7)
"""How long an invitation can be used."""
BACK_FOR = timedelta(hours=24)
"""How long a link to set a new password can be used."""


FACTORS = {
    Authenticator.Type.TOTP: gettext_lazy("Authenticator app"),
    Authenticator.Type.RECOVERY_CODES: gettext_lazy("Recovery codes"),
}


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invite(
    made_by: User | None,
    *,
    email: str = "",
    owner: bool = False,
    connection: Connection | None = None,
    role: Role | None = None,
) -> tuple[Invitation, str]:
    """Create an invitation for a new person. Return it with its token, which is stored nowhere."""
    return _stored(Invitation(made_by=made_by, email=email, owner=owner, connection=connection, role=role), OPEN_FOR)


def bring_back(made_by: User | None, user: User) -> tuple[Invitation, str]:
    """Create an invitation for `user` to set a new password. Return it with its token; earlier tokens of theirs end."""
    Invitation.objects.filter(user=user, used_at=None).delete()
    return _stored(Invitation(made_by=made_by, user=user), BACK_FOR)


def _stored(invitation: Invitation, lifetime: timedelta) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(32)
    invitation.digest, invitation.expires_at = digest_of(token), timezone.now() + lifetime
    invitation.save()
    return invitation, token


def open_invitations() -> QuerySet[Invitation]:
    """Return the usable invitations: not expired, and made by somebody who is still allowed to make them."""
    administers = Q(made_by__accesses__connection=F("connection"), made_by__accesses__role=Role.ADMINISTRATOR)
    may = Q(made_by__is_superuser=True) | Q(owner=False, user=None) & administers
    made = Q(made_by=None) | Q(made_by__is_active=True) & may
    return Invitation.objects.filter(made, used_at=None, expires_at__gt=timezone.now())


def find(digest: str) -> Invitation | None:
    """Return the usable invitation whose token has this digest, None if there is none."""
    return open_invitations().filter(digest=digest).select_related("user", "connection", "made_by").first()


def withdraw(invitation: Invitation) -> bool:
    """Delete the invitation, so that its link stops working. Return whether it was still unused."""
    return bool(Invitation.objects.filter(pk=invitation.pk, used_at=None).delete()[0])


class TooLate(Exception):
    """The invitation was used, withdrawn or ended in the meantime."""


def accept(invitation: Invitation, *, username: str = "", password: str | None = None) -> User:
    """Accept an invitation and return the user: a new one with what it grants, or a known one with a new password.
    Raises TooLate.

    Without a password they can only use single sign-on. Sessions of a known user end.
    """
    # Hashing deliberately takes a good part of a second, so it is done outside the transaction.
    hashed = make_password(password)
    with transaction.atomic():
        now = timezone.now()
        if not open_invitations().filter(pk=invitation.pk).update(used_at=now):
            raise TooLate
        if invitation.user:
            # Read again: somebody may have switched them off since the invitation was read.
            user = User.objects.select_for_update().get(pk=invitation.user.pk)
        else:
            user = User(username=username, email="" if is_known(invitation.email) else invitation.email)
        user.is_superuser = user.is_superuser or invitation.owner
        user.password = hashed
        user.save(update_fields=["password", "is_superuser"] if invitation.user else None)
        if invitation.connection and invitation.role:
            give(user, invitation.connection, Role(invitation.role))
        end_sessions(user)
        # Somebody who forgot the password has often failed enough times to be locked out.
        forget_failures(user)
    return user


def accept_all(address: str, *, wanted: str) -> tuple[User, list[Invitation]]:
    """Create a user for an e-mail address that a trusted party vouches for, with what all open invitations to it grant.

    They can only use single sign-on; their username is made from `wanted`. Raises TooLate if there is no invitation.
    """
    with transaction.atomic():
        # Most invitations have no address, and are for nobody without their link.
        to_address = open_invitations().filter(user=None, email__iexact=address).exclude(email="")
        invitations = list(to_address.order_by("pk"))
        user = None
        for invitation in invitations:
            invitation.user = user
            user = accept(invitation, username=free_username(wanted))
        if user is None:
            raise TooLate
    return user, invitations


def free_username(wanted: str) -> str:
    """Return an unused username, made from a name or e-mail address that the person has elsewhere."""
    name = re.sub(r"[^\w.+-]", "", User.normalize_username(wanted.partition("@")[0]))[:140] or "person"
    taken = {
        each.lower() for each in User.objects.filter(username__istartswith=name).values_list("username", flat=True)
    }
    numbers = (f"{name}{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], numbers) if each.lower() not in taken)


def is_known(address: str, besides: User | None = None) -> bool:
    """Whether somebody other than `besides` has this e-mail address; only one person may."""
    found = User.objects.filter(email__iexact=address)
    return (found.exclude(pk=besides.pk) if besides else found).exists()


def give(user: User, connection: Connection, role: Role) -> None:
    Access.objects.update_or_create(user=user, connection=connection, defaults={"role": role})


def take(user: User, connection: Connection) -> bool:
    """Remove the person's role for the connection. Return whether they had one."""
    return bool(Access.objects.filter(user=user, connection=connection).delete()[0])


def end_sessions(user: User) -> int:
    """Sign a person out everywhere, and return the number of sessions that ended."""
    sessions = list(UserSession.objects.filter(user=user))
    get_adapter().end_sessions(sessions)
    return len(sessions)


def switch_off(user: User) -> None:
    """Deactivate a person and end their sessions. Raises Refused for the last owner."""
    unless_last_owner(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_sessions(user)


def switch_on(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=True)


def factors(user: User) -> list[str]:
    """Return labels of the person's second factors and passkeys."""
    found = Authenticator.objects.filter(user=user).order_by("pk")
    return [str(FACTORS.get(factor.type) or _("Passkey {name}").format(name=factor)) for factor in found]


def remove_factors(user: User) -> None:
    """Delete all second factors of somebody who lost them, so that the password is enough. Their sessions end."""
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user)


def failures(user: User) -> QuerySet[AccessAttempt]:
    """Return the person's failed sign-ins that still count."""
    return AccessAttempt.objects.filter(
        username=user.get_username(), attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME
    )


def forget_failures(user: User) -> None:
    """Lift a lock-out before it ends."""
    failures(user).delete()


def is_locked_out(user: User) -> bool:
    """Whether the person is locked out from some address after too many failures there."""
    of_address = failures(user).values("ip_address").annotate(total=Sum("failures_since_start"))
    return bool(of_address.filter(total__gte=settings.AXES_FAILURE_LIMIT).exists())


class Refused(Exception):
    """This cannot be done to the person; the text says why."""


def make_owner(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=True)


def unmake_owner(user: User) -> None:
    """Take the owner's rights from a person. Raises Refused for the last owner."""
    unless_last_owner(user)
    User.objects.filter(pk=user.pk).update(is_superuser=False)


def unless_last_owner(user: User) -> None:
    """Raise Refused for the last owner. Call it inside a transaction: it locks the rows of all owners until that
    ends."""
    list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk").values_list("pk"))
    user.refresh_from_db()
    if is_last_owner(user):
        raise Refused(_("There must be at least one active owner."))


def is_last_owner(user: User) -> bool:
    owners = User.objects.filter(is_superuser=True, is_active=True)
    return user.is_superuser and user.is_active and not owners.exclude(pk=user.pk).exists()
