"""How one person likes the pages: kept in the database, carried in the session so that a page asks for nothing more."""

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
    """What a person chose; what they did not choose is the default."""

    time_zone: str = ""
    """In which times are read and shown; empty: in that of each connection's account."""
    density: str = "comfortable"
    """`compact` shows more rows."""
    theme: str = ""
    """`light` or `dark`; empty: as the system has it."""
    language: str = ""
    """In which pages are shown; empty: as the browser asks."""
    amounts_in: str = "cents"
    """What amounts are typed in: `cents`, as they are sent, or major `units`."""

    @classmethod
    def read(cls, values: Any) -> Self:
        """Of values as they were kept, whatever version kept them: unknown names are passed over."""
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
