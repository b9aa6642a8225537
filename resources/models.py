"""The models of this app, which live beside the code that is about them."""

from resources.directory.models import Entry
from resources.sync.models import Sync, SyncedList

__all__ = ["Entry", "Sync", "SyncedList"]
