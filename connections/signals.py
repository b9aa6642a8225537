"""Told to whoever keeps a trail: something was done to a connection, or about a person."""

from django.dispatch import Signal

connection_changed = Signal()
"""`connection`, `what` (created, renamed, key_replaced, safety_changed, reset, deleted), `user`, `facts` (never a
key)."""
account_changing = Signal()
"""`connection`: its key opens another account from now on, so what is known of the records of the one before goes.
Inside the transaction that stores the key, and before account_changed. The order of locks is the same everywhere: the
row of the sync first, then the end of the trail."""
account_changed = Signal()
"""`connection`, `user`: the same, once the records are gone, for whoever notes in the trail what goes with them."""
person_changed = Signal()
"""`what` (invited, joined, role_given, switched_off, ...), `request`, `connection` or None, `facts`
(never a password)."""
