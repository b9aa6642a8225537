"""What ChartMogul's identifiers look like."""

import re

UUID = re.compile(r"(?:[a-z]{2,5}_[A-Za-z0-9-]{1,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
"""A record's UUID: a prefix and anything, for prefixes come and go, or a bare UUID (calculated subscriptions)."""

PREFIXED = re.compile(r"([a-z]{2,5}_)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What is certainly one of ChartMogul's. Billing systems have prefixes as well, and this product finds their IDs too:
Stripe's `cus_NffrFeUfNV2Hib` is an external ID here. So may a bare UUID be: for a plan that was created without one,
ChartMogul makes an external ID of its UUID (recorded)."""


def uuids_in(text: str) -> list[str]:
    """The UUIDs that a text consists of, between spaces, commas or line breaks; none where it holds anything else."""
    pieces = [piece for piece in re.split(r"[\s,;]+", text) if piece]
    return pieces if all(UUID.fullmatch(piece) for piece in pieces) else []
