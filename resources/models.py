"""The models of this app, which are defined next to the code that uses them."""

from resources.directory.models import Entry
from resources.saved_views.models import DefaultView, SavedView
from resources.sync.models import Heartbeat, Sync, SyncedList

__all__ = ["DefaultView", "Entry", "Heartbeat", "SavedView", "Sync", "SyncedList"]
