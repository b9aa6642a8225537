"""Signals for the trail: something was done to a connection or a person."""

from django.dispatch import Signal

connection_changed = Signal()
"""`connection`, `what` (created, renamed, key_replaced, safety_changed, reset, deleted), `user`, `facts` (never a
key)."""
account_changing = Signal()
"""`connection`: its key now belongs to another account, or its sandbox was reset, so receivers delete what is known of
the old records. Sent inside the transaction that stores the change, before account_changed. The order of locks is the
same everywhere: first the row of the sync, then the end of the trail."""
account_changed = Signal()
"""`connection`, `user`: the same, once the records are gone, for receivers that record the consequences in the
trail."""
person_changed = Signal()
"""`what` (invited, joined, role_given, switched_off, ...), `request`, `connection` or None, `facts`
(never a password)."""
