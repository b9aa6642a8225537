"""One person's preferences: stored in the database, and copied into the session so that pages need no further query."""

from dataclasses import asdict, dataclass
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from connections.models import StoredPreferences

IN_SESSION = "preferences"


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """A person's choices, with defaults for what they did not choose."""

    time_zone: str = ""
    """Time zone for entering and showing times; empty: that of each connection's account."""
    density: str = "comfortable"
    """`compact` shows more rows."""
    theme: str = ""
    """`light` or `dark`; empty: the system's."""
    language: str = ""
    """Language of the pages; empty: as the browser asks."""
    amounts_in: str = "cents"
    """Unit in which amounts are typed: `cents`, as they are sent, or major `units`."""

    @classmethod
    def read(cls, values: Any) -> Self:
        """Read stored values of any version of this program; unknown names are ignored."""
        known = values if isinstance(values, dict) else {}
        return cls(**{name: value for name, value in known.items() if name in cls.__dataclass_fields__})

    @property
    def zone(self) -> ZoneInfo | None:
        try:
            return ZoneInfo(self.time_zone) if self.time_zone else None
        except (KeyError, ValueError, OSError):
            return None


def of(request: HttpRequest) -> Preferences:
    return Preferences.read(request.session.get(IN_SESSION))


def keep(request: HttpRequest, user: User, chosen: Preferences) -> None:
    StoredPreferences.objects.update_or_create(user=user, defaults={"values": asdict(chosen)})
    request.session[IN_SESSION] = asdict(chosen)


@receiver(user_logged_in)
def carry(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    kept = StoredPreferences.objects.filter(user=user).first()
    request.session[IN_SESSION] = asdict(Preferences.read(kept.values if kept else {}))
