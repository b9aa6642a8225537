"""What ChartMogul's identifiers look like."""

import re

UUID = re.compile(r"(?:[a-z]{2,5}_[A-Za-z0-9-]{1,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
"""A record's UUID: any prefix and any text, because prefixes come and go, or a bare UUID (calculated subscriptions)."""

PREFIXED = re.compile(r"([a-z]{2,5}_)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Certainly a UUID of ChartMogul's. Billing systems use prefixes as well, and their IDs can be searched for here too:
Stripe's `cus_NffrFeUfNV2Hib` is an external ID here. A bare UUID may also be an external ID: ChartMogul derives one
from the UUID of a plan that was created without (recorded)."""


def uuids_in(text: str) -> list[str]:
    """Return the UUIDs that a text consists of, separated by spaces, commas, semicolons or line breaks; none if it
    contains anything else."""
    pieces = [piece for piece in re.split(r"[\s,;]+", text) if piece]
    return pieces if all(UUID.fullmatch(piece) for piece in pieces) else []
