"""Sealing API credentials, so that the database alone gives none of them away.

A sealed text names the connection it belongs to, so one that is copied into another row does not open there.
The keys are read from the settings at each call: the newest one seals, all of them open.
"""

import base64
import binascii
import hmac
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _


class Unreadable(Exception):
    """A sealed text that none of the keys opens, that was changed, or that belongs to another connection."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This server cannot read the credentials of this connection, so nothing is sent for it. Replace its "
                "key, or put the key it was encrypted with back into CREDENTIAL_KEYS."
            )
        )

    @property
    def user_message(self) -> str:
        """For the page, as ApiError has it."""
        return str(self)


def seal(text: str, owner: UUID) -> str:
    return _keys().encrypt(f"{owner.hex}:{text}".encode()).decode()


def unseal(sealed: str, owner: UUID) -> str:
    """The text sealed for `owner`; raises Unreadable."""
    token = _canonical(sealed)
    try:
        name, _, text = _keys().decrypt(token).decode().partition(":")
    except (InvalidToken, UnicodeDecodeError):
        raise Unreadable from None
    if not hmac.compare_digest(name.encode(), owner.hex.encode()):
        raise Unreadable
    return text


def rotate(sealed: str) -> str:
    """The same text sealed with the newest key; raises Unreadable."""
    token = _canonical(sealed)
    try:
        return _keys().rotate(token).decode()
    except InvalidToken:
        raise Unreadable from None


def is_current(sealed: str) -> bool:
    """Whether the newest key alone opens the text, so that the older ones may go."""
    try:
        Fernet(settings.CREDENTIAL_KEYS[0]).decrypt(_canonical(sealed))
    except (InvalidToken, Unreadable):
        return False
    return True


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])


def _canonical(sealed: str) -> bytes:
    """The sealed text as bytes, if it is spelled as base64 spells it.

    Python's decoder passes over stray characters and unused bits, so a changed text could still open.
    """
    token = sealed.encode()
    try:
        same = base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)) == token
    except (binascii.Error, ValueError):
        same = False
    if not same:
        raise Unreadable
    return token
