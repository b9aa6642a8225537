"""Connections: the ChartMogul accounts, each with its sealed API key, and who may use them."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.text import slugify
from django.utils.translation import gettext_lazy

from connections import sealing
from connections.budget import LimiterState
from connections.roles import Permissions, Role

# connections/create/ is a page of its own, so a connection named "Create" gets another slug.
RESERVED_SLUGS = frozenset({"create"})
SLUG_LENGTH = 90


@dataclass(frozen=True)
class Credential:
    """An opened API key. Neither part shows in `repr`."""

    token: str = field(repr=False)
    secret_key: str = field(default="", repr=False)


class Kind(models.TextChoices):
    LIVE = "live", gettext_lazy("ChartMogul account")
    SANDBOX = "sandbox", gettext_lazy("Sandbox")


class Connection(models.Model):
    """One ChartMogul account. The origin of its requests is a server setting and never stored here."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)
    # Made from the first name: renaming keeps it, so that bookmarks stay valid.
    slug = models.SlugField(max_length=SLUG_LENGTH + 10, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LIVE)
    sealed_key = models.TextField(editable=False)
    last_four = models.CharField(max_length=4, blank=True, editable=False)
    fingerprint = models.CharField(max_length=8, blank=True, editable=False)
    account_id = models.CharField(max_length=100, blank=True)
    account_name = models.CharField(max_length=255, blank=True)
    account_currency = models.CharField(max_length=20, blank=True)
    account_time_zone = models.CharField(max_length=100, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    account_since = models.DateTimeField(null=True, editable=False)
    """When the connection was switched to this account from another one, or its sandbox reset; None if never."""
    created_at = models.DateTimeField(auto_now_add=True)
    read_only = models.BooleanField(default=False)
    """The brake: nobody can change anything at ChartMogul through this connection."""
    read_only_reason = models.CharField(max_length=200, blank=True)
    second_person = models.BooleanField(default=False)
    """Whether writes of the API console, and deletions that have to be typed, need the approval of another manager."""
    may = Permissions()
    """Permissions of the current person: set by access.reach and access.all_of, never stored."""
    preferred_zone: ZoneInfo | None = None
    """The current person's time zone, if they chose one; set by AccessMiddleware."""
    asked_by = ""
    """Identifies the current person, whose calls have a share of the account's rate limit. Set by access.reach."""
    limiter_state: LimiterState | None = None
    """The rate limiter's state after the last call made with this object."""
    amounts_in = "cents"
    """The unit in which the current person types amounts; set by AccessMiddleware."""

    class Meta:
        ordering = (Lower("name"),)
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="connection_name_whatever_case",
                violation_error_message="A connection with this name already exists.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.slug:
            self.slug = self._free_slug()
        super().save(*args, **kwargs)

    @property
    def budget_key(self) -> str:
        """Identifies the calls that ChartMogul counts together: the account if its ID is known, else the connection."""
        return f"{self.kind} {self.account_id}" if self.account_id else f"connection {self.pk}"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which times are read and shown: the current person's if they chose one, else the account's
        as ChartMogul named it, or UTC if that is missing or unknown here."""
        if self.preferred_zone:
            return self.preferred_zone
        try:
            return ZoneInfo(self.account_time_zone or "UTC")
        except (KeyError, ValueError, OSError):
            return ZoneInfo("UTC")

    def _free_slug(self) -> str:
        wanted = slugify(self.name)[:SLUG_LENGTH].strip("-_") or "connection"
        taken = RESERVED_SLUGS | set(
            Connection.objects.filter(slug__startswith=wanted).values_list("slug", flat=True),
        )
        slug, number = wanted, 1
        while slug in taken:
            number += 1
            slug = f"{wanted}-{number}"
        return slug

    def set_credential(self, token: str, secret_key: str = "") -> None:
        """Seal the key and set what is shown of it; the caller saves."""
        self.sealed_key = sealing.seal(json.dumps([token, secret_key]), self.uuid)
        # Of a short key such as the sandbox's, at most half is shown.
        self.last_four = token[-min(4, len(token) // 2) :] if len(token) > 1 else ""
        self.fingerprint = salted_hmac(
            "connections.fingerprint", f"{token}:{secret_key}", algorithm="sha256"
        ).hexdigest()[:8]

    def open_credential(self) -> Credential:
        """Return the API key. Raises sealing.Unreadable."""
        token, secret_key = json.loads(sealing.unseal(self.sealed_key, self.uuid))
        return Credential(token, secret_key)


class Access(models.Model):
    """A person's role for a connection. Without a row they do not even see that the connection exists."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="accesses")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="accesses")
    role = models.PositiveSmallIntegerField(choices=Role)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "connection"), name="one_role_a_connection"),)

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} of {self.connection}"


class Invitation(models.Model):
    """A link that lets somebody set a password, to join or to get back in. Works once, until it expires.

    Only the link's digest is stored.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="invitations_made"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    """The person it is for, if they already have an account."""
    email = models.EmailField(blank=True)
    """E-mail address of a new person, by which single sign-on recognizes them."""
    owner = models.BooleanField(default=False)
    """Whether a new person becomes an owner of the installation."""
    connection = models.ForeignKey(Connection, null=True, on_delete=models.CASCADE, related_name="invitations")
    role = models.PositiveSmallIntegerField(choices=Role, null=True)
    """What a new person may do with the connection."""
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"An invitation until {self.expires_at:%Y-%m-%d %H:%M}"


class StoredPreferences(models.Model):
    """One person's preferences, as people/preferences.py reads them."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    values = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"How {self.user} likes the pages"


class Traffic(models.Model):
    """The rate limiter's state of one account (budget.LimiterState), read and written as a whole by limiter_storage.py.
    Holds no key; losing it costs a second of waiting."""

    # Not a foreign key: several connections may lead to one account, and a call may outlive them.
    budget_key = models.CharField(max_length=120, primary_key=True)
    """Connection.budget_key."""
    state = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"The traffic of {self.budget_key}"
