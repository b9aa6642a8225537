"""Roles: what a person may do with a connection, and what a view can require."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy

PUBLIC = "public"
"""Open to people who are not signed in."""
ANYBODY = "anybody"
"""Open to everybody who is signed in; the page shows only their own data."""
OWNER = "owner"
"""For owners of the installation: Django's superusers. They may do everything with every connection."""


class Role(models.IntegerChoices):
    """What a person may do with a connection; each role includes the ones before it."""

    VIEWER = 1, gettext_lazy("Viewer")
    EDITOR = 2, gettext_lazy("Editor")
    MANAGER = 3, gettext_lazy("Manager")
    ADMINISTRATOR = 4, gettext_lazy("Administrator")

    @property
    def in_trail(self) -> str:
        """Its name in the trail, the same in every language."""
        return self.name.capitalize()


Need = Role | str
CHANGES_CHARTMOGUL = frozenset({Role.EDITOR, Role.MANAGER})


@dataclass(frozen=True)
class Permissions:
    """What a person may do with a connection."""

    role: Role | None = None
    brake: bool = False
    """Whether the connection is currently read-only."""

    @property
    def edit(self) -> bool:
        return self.reaches(Role.EDITOR)

    @property
    def manage(self) -> bool:
        return self.reaches(Role.MANAGER)

    @property
    def administer(self) -> bool:
        return self.reaches(Role.ADMINISTRATOR)

    def reaches(self, need: Role) -> bool:
        if self.brake and need in CHANGES_CHARTMOGUL:
            return False
        return self.has(need)

    def has(self, need: Role) -> bool:
        """Whether the role is enough, even if the connection is read-only."""
        return self.role is not None and self.role >= need
