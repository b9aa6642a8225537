"""What is done to connections: testing a key, storing the one that passed, renaming, putting on brakes, and beginning
anew with the sandbox."""

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

# The fields that each of the two steps stores: what is changed meanwhile of the rest is not lost.
CREDENTIAL_FIELDS = ("sealed_key", "last_four", "fingerprint")
ACCOUNT_FIELDS = ("account_id", "account_name", "account_currency", "account_time_zone", "tested_at")
SAFETY = ("read_only", "read_only_reason", "second_person")


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


def leads_where_it_did(connection: Connection) -> bool:
    """Whether it still leads to the account that it led to when it was read; it does until the transaction ends."""
    stored = Connection.objects.select_for_update(no_key=True).filter(pk=connection.pk).first()
    return stored is None or stored.account_since == connection.account_since


def of_the_same_account(connection: Connection, user: User) -> list[str]:
    """The names of the other connections to the same account that a person has a part in."""
    if not connection.account_id:
        return []
    found = access.visible_to(user).filter(kind=connection.kind, account_id=connection.account_id)
    return list(found.exclude(pk=connection.pk).order_by("name").values_list("name", flat=True))


def record(connection: Connection, account: Account) -> None:
    """Note on the connection what a test told; the caller saves."""
    connection.account_id = account.id
    connection.account_name = account.name
    connection.account_currency = account.currency
    connection.account_time_zone = account.time_zone
    connection.tested_at = timezone.now()


class EditConflict(Exception):
    """Somebody else changed a connection meanwhile; nothing was stored."""


class Gone(Http404):
    """The connection was deleted meanwhile; a page that meets this is one of a connection that is not there."""


class OtherAccount(Exception):
    """The key opens another account than the connection leads to, and nobody said that this is meant; nothing was
    stored."""


def create(*, name: str, kind: str, token: str, secret_key: str, account: Account, user: User) -> Connection:
    """Store a connection with a key that opens `account`. Raises IntegrityError for a name that is taken."""
    connection = Connection(name=name, kind=kind)
    connection.set_credential(token, secret_key)
    record(connection, account)
    with transaction.atomic():
        connection.save()
        tell(connection, "created", user=user, kind=kind)
    return connection


def delete(connection: Connection, *, user: User) -> None:
    """Forget a connection with everything that is known of its account but the trail. Raises Gone."""
    with transaction.atomic():
        lock(connection)
        # Not before it is gone: a call under way would begin it anew.
        transaction.on_commit(partial(rate_limiter.forget_unused, connection.budget_key))
        connection.delete()
        tell(connection, "deleted", user=user)


def rename(connection: Connection, *, name: str, opened_with: str, user: User) -> None:
    """Raises EditConflict, unless the connection is still called what it was when the form was opened, and
    IntegrityError for a name that is taken. `connection` is then as it is stored."""
    with transaction.atomic():
        lock(connection)
        if opened_with not in ("", connection.name):
            raise EditConflict
        Connection.objects.filter(pk=connection.pk).update(name=name)
        tell(connection, "renamed", user=user, to=name)


def note_test(connection: Connection, *, account: Account) -> None:
    """Store what a test of its key told. Raises EditConflict, unless it has that key still, and OtherAccount where the
    key opens another account than the connection leads to. `connection` is then as it is stored."""
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
    """Store a key that opens `account`. Raises EditConflict, unless the key is still the one of this fingerprint, and
    OtherAccount, unless that is meant. `connection` is then as it is stored."""
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
    """Have the sandbox begin anew from its seed, and forget what is known of it in every connection that leads there.
    Raises OSError where it does not answer: it may have begun anew all the same, so that is done then too."""
    try:
        have_sandbox_reset()
    finally:
        for connection in Connection.objects.filter(kind=Kind.SANDBOX):
            # One by one: to hold the locks of two at once is not safe. One that was deleted needs nothing any more.
            with suppress(Gone), transaction.atomic():
                lock(connection)
                connection.account_since = timezone.now()
                connection.save(update_fields=("account_since",))
                rate_limiter.account_changed(connection)
                account_changing.send(sender=Connection, connection=connection)
                account_changed.send(sender=Connection, connection=connection, user=user)
                tell(connection, "reset", user=user)


def may_reset_sandbox(user: User) -> bool:
    """Whether this person administers all connections to the sandbox, of which none is read-only."""
    administered = {connection.pk for connection in access.all_of(user) if connection.may.administer}
    sandboxes = Connection.objects.filter(kind=Kind.SANDBOX)
    return all(connection.pk in administered and not connection.read_only for connection in sandboxes)


def safety_of(connection: Connection) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in SAFETY}


def change_safety(connection: Connection, *, opened_with: str, user: User, **chosen: Any) -> None:
    """Raises EditConflict where somebody else changed a brake since the form was opened. `connection` is then as it is
    stored."""
    with transaction.atomic():
        lock(connection)
        stored = safety_of(connection)
        if conflicting(stored, chosen, opened_with):
            raise EditConflict
        if changed := {name: value for name, value in chosen.items() if value != stored[name]}:
            Connection.objects.filter(pk=connection.pk).update(**changed)
            tell(connection, "safety_changed", user=user, **{name: str(value) for name, value in changed.items()})


def conflicting(stored: Mapping[str, Any], chosen: Mapping[str, Any], opened_with: str) -> list[str]:
    """The settings that somebody else has changed, to something else than was chosen, since a form was opened with all
    of them, which it carries along as JSON."""
    if not opened_with:
        return []
    try:
        opened = strict_json.loads(opened_with.encode())
    except strict_json.NotStrict:
        opened = None
    known = opened if isinstance(opened, dict) else {}
    return [name for name, value in stored.items() if value not in (known.get(name), chosen[name])]


def lock(connection: Connection) -> None:
    """Read the row as it is now, and keep it from others until the transaction ends. Raises Gone."""
    try:
        # no_key: rows that refer to the connection can still be inserted. Whoever inserts them may hold the lock on the
        # trail that is taken here next.
        connection.refresh_from_db(from_queryset=Connection.objects.select_for_update(no_key=True))
    except Connection.DoesNotExist:
        raise Gone from None


def tell(connection: Connection, what: str, *, user: User, **facts: str) -> None:
    """Put into the trail what was done; inside the transaction that does it, so that neither is without the other."""
    connection_changed.send(sender=Connection, connection=connection, what=what, user=user, facts=facts)


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
