"""Told to whoever keeps a trail: something was done to a connection, or about a person."""

from django.dispatch import Signal

connection_changed = Signal()
"""`connection`, `what` (created, renamed, key_replaced, safety_changed, deleted), `user`, `facts` (never a key)."""
account_changed = Signal()
"""`connection`, `user`: its key opens another account from now on. Inside the transaction that stores the key, for what
is kept of the account before has to go with it."""
person_changed = Signal()
"""`what` (invited, joined, role_given, switched_off, ...), `request`, `connection` or None, `facts`
(never a password)."""
