"""Told to whoever keeps a trail: something was done to a connection."""

from django.dispatch import Signal

connection_changed = Signal()
"""`connection`, `what` (created, renamed, key_replaced, tested, deleted), `request`, `facts` (never a key)."""
