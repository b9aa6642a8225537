"""The models of this app, which live beside the code that is about them."""

from resources.directory.models import Entry
from resources.saved_views.models import DefaultView, SavedView
from resources.sync.models import Heartbeat, Sync, SyncedList

__all__ = ["DefaultView", "Entry", "Heartbeat", "SavedView", "Sync", "SyncedList"]
