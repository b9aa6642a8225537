"""Testing an API key, and giving a connection the key that passed."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from connections.client import ApiRequest, ChartMogulClient
from connections.errors import UnexpectedReply
from connections.models import Connection
from connections.sealing import Unreadable

# What a save after each of the two steps writes, so that a change made meanwhile to the rest is not lost.
CREDENTIAL_FIELDS = ("sealed_key", "last_four", "fingerprint")
ACCOUNT_FIELDS = ("account_id", "account_name", "account_currency", "account_time_zone", "tested_at")


@dataclass(frozen=True)
class Account:
    """The account a key belongs to; `id` is empty where ChartMogul does not tell it."""

    name: str
    currency: str
    time_zone: str
    id: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.currency, self.time_zone) if part)


def check(client: ChartMogulClient) -> Account:
    """Ask ChartMogul whose key this is; raises ApiError. Only reads, so it cannot tell whether the key may write."""
    _object(client, ApiRequest.build("GET", "ping"))
    account = _object(client, ApiRequest.build("GET", "account"))
    return Account(
        name=_text(account.get("name"), 255),
        currency=_text(account.get("currency"), 20),
        time_zone=_text(account.get("time_zone"), 100),
        id=_text(account.get("id"), 100),
    )


def is_readable(connection: Connection) -> bool:
    """Whether the keys in the settings still open the connection's key."""
    try:
        connection.open_credential()
    except Unreadable:
        return False
    return True


def is_same_account(connection: Connection, account: Account) -> bool:
    """Whether a key's account is the connection's, by id where both are known, else by name."""
    if connection.account_id and account.id:
        return connection.account_id == account.id
    return not connection.account_name or connection.account_name == account.name


def record(connection: Connection, account: Account) -> None:
    """Note on the connection what a test told; the caller saves."""
    connection.account_id = account.id
    connection.account_name = account.name
    connection.account_currency = account.currency
    connection.account_time_zone = account.time_zone
    connection.tested_at = timezone.now()


def _object(client: ChartMogulClient, request: ApiRequest) -> dict[str, Any]:
    answer = client.send(request)
    # An account without a name would leave the user in doubt which one the key opened.
    wanted = request.path != "/v1/account" or (isinstance(answer.data, dict) and _text(answer.data.get("name"), 255))
    if not isinstance(answer.data, dict) or not wanted:
        raise UnexpectedReply(
            _("The server responded to {path}, but not the way ChartMogul does.").format(path=request.path),
            status=answer.status,
            method=request.method,
            path=request.path,
            request_id=answer.request_id,
            body=answer.body.decode("utf-8", "replace"),
        )
    return answer.data


def _text(value: object, length: int) -> str:
    # PostgreSQL stores no NUL.
    return value.replace("\0", "")[:length] if isinstance(value, str) else ""
