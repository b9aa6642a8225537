"""Operations on connections: test a key, store the key that passed, rename, change safety settings, reset the
sandbox."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from connections import access, rate_limiter, strict_json
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient, have_sandbox_reset
from connections.errors import UnexpectedReply
from connections.models import Connection, Kind
from connections.sealing import Unreadable
from connections.signals import account_changed, account_changing, connection_changed

# Each of the two steps saves only its own fields, so that concurrent changes to the others are not lost.
CREDENTIAL_FIELDS = ("sealed_key", "last_four", "fingerprint")
ACCOUNT_FIELDS = ("account_id", "account_name", "account_currency", "account_time_zone", "tested_at")
SAFETY = ("read_only", "read_only_reason", "second_person")


@dataclass(frozen=True)
class Account:
    """The account a key belongs to; `id` is empty if ChartMogul does not tell it."""

    name: str
    currency: str
    time_zone: str
    id: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.currency, self.time_zone) if part)


def check(client: ChartMogulClient) -> Account:
    """Ask ChartMogul which account the key belongs to. Raises ApiError. It only reads, so it cannot tell whether the
    key may write."""
    _object(client, ApiRequest.build("GET", "ping"))
    account = _object(client, ApiRequest.build("GET", "account"))
    return Account(
        name=_text(account.get("name"), 255),
        currency=_text(account.get("currency"), 20),
        time_zone=_text(account.get("time_zone"), 100),
        id=_text(account.get("id"), 100),
    )


def is_readable(connection: Connection) -> bool:
    """Whether CREDENTIAL_KEYS can still decrypt the connection's key."""
    try:
        connection.open_credential()
    except Unreadable:
        return False
    return True


def is_same_account(connection: Connection, account: Account) -> bool:
    """Whether `account` is the connection's account: compared by ID if both are known, else by name."""
    if connection.account_id and account.id:
        return connection.account_id == account.id
    return not connection.account_name or connection.account_name == account.name


def leads_where_it_did(connection: Connection) -> bool:
    """Whether the connection leads to the same account as when it was read (or was deleted). Locks its row, so that
    this holds until the transaction ends."""
    stored = Connection.objects.select_for_update(no_key=True).filter(pk=connection.pk).first()
    return stored is None or stored.account_since == connection.account_since


def of_the_same_account(connection: Connection, user: User) -> list[str]:
    """Return the names of the other connections to the same account that the user has access to."""
    if not connection.account_id:
        return []
    found = access.visible_to(user).filter(kind=connection.kind, account_id=connection.account_id)
    return list(found.exclude(pk=connection.pk).order_by("name").values_list("name", flat=True))


def record(connection: Connection, account: Account) -> None:
    """Copy the tested account's data to the connection; the caller saves."""
    connection.account_id = account.id
    connection.account_name = account.name
    connection.account_currency = account.currency
    connection.account_time_zone = account.time_zone
    connection.tested_at = timezone.now()


class EditConflict(Exception):
    """Somebody else changed the connection meanwhile; nothing was stored."""


class Gone(Http404):
    """The connection was deleted meanwhile. Uncaught, it gives the 404 page of a connection that does not exist."""


class OtherAccount(Exception):
    """The key belongs to another account than the connection's, and the caller did not allow that; nothing was
    stored."""


def create(*, name: str, kind: str, token: str, secret_key: str, account: Account, user: User) -> Connection:
    """Store a new connection with a key of `account`. Raises IntegrityError if the name is taken."""
    connection = Connection(name=name, kind=kind)
    connection.set_credential(token, secret_key)
    record(connection, account)
    with transaction.atomic():
        connection.save()
        tell(connection, "created", user=user, kind=kind)
    return connection


def delete(connection: Connection, *, user: User) -> None:
    """Delete the connection and all that is known of its account, except the trail. Raises Gone."""
    with transaction.atomic():
        lock(connection)
        # Only after the commit: a call under way would create the state again.
        transaction.on_commit(partial(rate_limiter.forget_unused, connection.budget_key))
        connection.delete()
        tell(connection, "deleted", user=user)


def rename(connection: Connection, *, name: str, opened_with: str, user: User) -> None:
    """Rename the connection and refresh `connection`. Raises EditConflict if its name changed since the form was
    opened, and IntegrityError if the new name is taken."""
    with transaction.atomic():
        lock(connection)
        if opened_with not in ("", connection.name):
            raise EditConflict
        Connection.objects.filter(pk=connection.pk).update(name=name)
        tell(connection, "renamed", user=user, to=name)


def note_test(connection: Connection, *, account: Account) -> None:
    """Store the account data from a test of the key and refresh `connection`. Raises EditConflict if the key was
    replaced meanwhile, and OtherAccount if the key belongs to another account than the connection's."""
    tested = connection.fingerprint
    with transaction.atomic():
        lock(connection)
        if connection.fingerprint != tested:
            raise EditConflict
        if not is_same_account(connection, account):
            raise OtherAccount
        transaction.on_commit(partial(rate_limiter.forget_unused, connection.budget_key))
        record(connection, account)
        connection.save(update_fields=ACCOUNT_FIELDS)


def replace_key(
    connection: Connection,
    *,
    token: str,
    secret_key: str,
    account: Account,
    opened_with: str,
    other_account: bool,
    user: User,
) -> None:
    """Replace the key by one of `account` and refresh `connection`. Raises EditConflict if the stored key no longer has
    the fingerprint `opened_with`, and OtherAccount if the account changes without `other_account`."""
    with transaction.atomic():
        lock(connection)
        if opened_with not in ("", connection.fingerprint):
            raise EditConflict
        leads_elsewhere = not is_same_account(connection, account)
        if leads_elsewhere and not other_account:
            raise OtherAccount
        before = connection.budget_key
        transaction.on_commit(partial(rate_limiter.forget_unused, before))
        connection.set_credential(token, secret_key)
        record(connection, account)
        if leads_elsewhere:
            connection.account_since = timezone.now()
        connection.save(update_fields=(*CREDENTIAL_FIELDS, *ACCOUNT_FIELDS, "account_since"))
        if leads_elsewhere and connection.budget_key == before:
            rate_limiter.account_changed(connection)
        else:
            rate_limiter.key_replaced(connection)
        if leads_elsewhere:
            account_changing.send(sender=Connection, connection=connection)
            account_changed.send(sender=Connection, connection=connection, user=user)
        tell(connection, "key_replaced", user=user, fingerprint=connection.fingerprint)


def reset_sandbox(*, user: User) -> None:
    """Reset the sandbox to its seed, and forget what is known of it in every connection to it. Raises OSError if it
    does not answer; the connections are reset even then, because the sandbox may have been."""
    try:
        have_sandbox_reset()
    finally:
        for connection in Connection.objects.filter(kind=Kind.SANDBOX):
            # One transaction each: holding the locks of two connections at once is not safe. A deleted one needs
            # nothing.
            with suppress(Gone), transaction.atomic():
                lock(connection)
                connection.account_since = timezone.now()
                connection.save(update_fields=("account_since",))
                rate_limiter.account_changed(connection)
                account_changing.send(sender=Connection, connection=connection)
                account_changed.send(sender=Connection, connection=connection, user=user)
                tell(connection, "reset", user=user)


def may_reset_sandbox(user: User) -> bool:
    """Whether the user administers all sandbox connections and none of them is read-only."""
    administered = {connection.pk for connection in access.all_of(user) if connection.may.administer}
    sandboxes = Connection.objects.filter(kind=Kind.SANDBOX)
    return all(connection.pk in administered and not connection.read_only for connection in sandboxes)


def safety_of(connection: Connection) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in SAFETY}


def change_safety(connection: Connection, *, opened_with: str, user: User, **chosen: Any) -> None:
    """Store the chosen safety settings and refresh `connection`. Raises EditConflict if somebody else changed one of
    them since the form was opened."""
    with transaction.atomic():
        lock(connection)
        stored = safety_of(connection)
        if conflicting(stored, chosen, opened_with):
            raise EditConflict
        if changed := {name: value for name, value in chosen.items() if value != stored[name]}:
            Connection.objects.filter(pk=connection.pk).update(**changed)
            tell(connection, "safety_changed", user=user, **{name: str(value) for name, value in changed.items()})


def conflicting(stored: Mapping[str, Any], chosen: Mapping[str, Any], opened_with: str) -> list[str]:
    """Return the names of the settings that somebody else changed, to something else than `chosen`, since the form was
    opened. `opened_with` is the form's copy of all of them at that time, as JSON."""
    if not opened_with:
        return []
    try:
        opened = strict_json.loads(opened_with.encode())
    except strict_json.NotStrict:
        opened = None
    known = opened if isinstance(opened, dict) else {}
    return [name for name, value in stored.items() if value not in (known.get(name), chosen[name])]


def lock(connection: Connection) -> None:
    """Lock the row until the transaction ends, and refresh `connection` from it. Raises Gone."""
    try:
        # no_key: rows that refer to the connection can still be inserted. A process that inserts one may hold the lock
        # on the trail that this transaction takes next.
        connection.refresh_from_db(from_queryset=Connection.objects.select_for_update(no_key=True))
    except Connection.DoesNotExist:
        raise Gone from None


def tell(connection: Connection, what: str, *, user: User, **facts: str) -> None:
    """Record in the trail what was done. Call it inside the transaction that does it, so that neither exists without
    the other."""
    connection_changed.send(sender=Connection, connection=connection, what=what, user=user, facts=facts)


def _object(client: ChartMogulClient, request: ApiRequest) -> dict[str, Any]:
    answer = client.send(request)
    # Without the account's name the user could not tell which account the key belongs to.
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
    # PostgreSQL cannot store NUL.
    return value.replace("\0", "")[:length] if isinstance(value, str) else ""
