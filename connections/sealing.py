"""Encrypts ("seals") API credentials, so that the database alone does not reveal them.

A sealed text contains the UUID of its connection, so it cannot be unsealed from another row. The keys are read from the
settings at each call: the newest one seals, all of them unseal.
"""

import base64
import binascii
import hmac
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _


class Unreadable(Exception):
    """The sealed text was changed, belongs to another connection, or can be opened by none of the keys."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This server cannot read the credentials of this connection, so nothing is sent for it. Replace its "
                "key, or put the key it was encrypted with back into CREDENTIAL_KEYS."
            )
        )

    @property
    def user_message(self) -> str:
        """The text for the page; ApiError has the same property."""
        return str(self)


def seal(text: str, owner: UUID) -> str:
    return _keys().encrypt(f"{owner.hex}:{text}".encode()).decode()


def unseal(sealed: str, owner: UUID) -> str:
    """Return the text that was sealed for `owner`. Raises Unreadable."""
    token = _canonical(sealed)
    try:
        name, _, text = _keys().decrypt(token).decode().partition(":")
    except (InvalidToken, UnicodeDecodeError):
        raise Unreadable from None
    if not hmac.compare_digest(name.encode(), owner.hex.encode()):
        raise Unreadable
    return text


def rotate(sealed: str) -> str:
    """Seal the text again with the newest key. Raises Unreadable."""
    token = _canonical(sealed)
    try:
        return _keys().rotate(token).decode()
    except InvalidToken:
        raise Unreadable from None


def is_current(sealed: str) -> bool:
    """Whether the newest key alone opens the text, so that the older ones can be removed."""
    try:
        Fernet(settings.CREDENTIAL_KEYS[0]).decrypt(_canonical(sealed))
    except (InvalidToken, Unreadable):
        return False
    return True


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])


def _canonical(sealed: str) -> bytes:
    """Return the sealed text as bytes. Raises Unreadable if it is not canonical base64.

    Python's decoder ignores stray characters and unused bits, so a changed text could still be opened.
    """
    token = sealed.encode()
    try:
        same = base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)) == token
    except (binascii.Error, ValueError):
        same = False
    if not same:
        raise Unreadable
    return token
