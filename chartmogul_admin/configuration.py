"""Reading settings strictly: a bad value stops the start with one clear line.

django-environ reads `.env` and takes addresses apart; what is added here is refusal. By itself it goes on without a
line of `.env` that it does not understand, looks up a value that begins with $ as the name of another one, and takes
any unknown word for False, so slips such as DEBUG=Ture would pass unseen. An empty value is a bad one too, except where
nothing is the default.
"""

import base64
import binascii
import hashlib
import io
import ipaddress
import os
import re
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.http.request import split_domain_port
from environ import Env

BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
# What django-environ takes for a setting, but for NUL, which no environment can hold.
LINE = re.compile(r"(export )?[A-Za-z_0-9]+=[^\0]*")
# The name in a line that is none. Those of ours are in capitals; anything else may be a part of a secret.
NAMED = re.compile(r"(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=")
POSTGRESQL = ("postgres://", "postgresql://", "psql://", "pgsql://")
# What ends with a number would be taken for an address: 8000 for 0.0.31.64. No part is longer than 63 characters.
HOST_NAME = re.compile(r"(\w[\w-]{0,62}\.)*(?!\d+\.?$)\w[\w-]{0,62}\.?", re.ASCII)
REFERENCE = re.compile(r"\$\{?[A-Z_][A-Z0-9_]*\}?")
INSUFFICIENT_PRIVILEGE = "42501"
"""What PostgreSQL calls it: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
SQLITE = b"SQLite format 3\0"


def refuse(name: str, reason: str) -> NoReturn:
    """Stop the start: one line on standard error, exit code 1, no traceback."""
    raise SystemExit(f"Configuration error: {name} {reason}")


def read_file(env: Env, path: Path) -> None:
    """Take over what the file sets, if there is one. No refusal repeats a line, for it may hold a secret."""
    try:
        # Editors of Windows begin it with a mark.
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except FileNotFoundError:
        return
    except OSError as error:
        # Who starts this may have read it, and not let it be read from here: systemd's EnvironmentFile.
        if "SECRET_KEY" in env.ENVIRON:
            return
        refuse(path.name, f"cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        refuse(path.name, "is not text in UTF-8.")
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#") and not LINE.fullmatch(line):
            named = NAMED.match(line)
            which = f"line {number} ({named[1]})" if named else f"line {number}"
            refuse(path.name, f"{which} is not NAME=value with nothing around the =, nor a comment that begins with #.")
    env.read_env(io.StringIO("\n".join(lines)))


def given(env: Env, name: str, default: str = "") -> str:
    """What is set, as it stands there. `env.str` would look up what a $ begins, and take the default for nothing."""
    value: str = env.ENVIRON.get(name, default)
    return value.strip()


def required(env: Env, name: str) -> str:
    value = given(env, name)
    if not value:
        refuse(name, "is not set. See .env.example; if there is no .env, `make run` writes one with fresh secrets.")
    if REFERENCE.fullmatch(value):
        refuse(name, "is the name of another variable, which is not looked up: write the value itself.")
    return value


def secret_key(env: Env, name: str) -> str:
    value = required(env, name)
    if len(value) < 32:
        refuse(name, "is too short: it must have at least 32 random characters.")
    return value


def boolean(env: Env, name: str, default: bool) -> bool:
    value = given(env, name, str(default)).lower()
    if value not in BOOLEANS:
        refuse(name, f"must be True or False, not {value!r}.")
    return BOOLEANS[value]


def https(env: Env, name: str, default: bool, *, host: str) -> bool:
    """Whether pages go by https alone. They may do without where `host`, on which they are served, is loopback:
    elsewhere sessions and passwords could be read on the way."""
    found = boolean(env, name, default)
    if not found and not is_loopback(host.strip("[]").lower()):
        refuse(name, f"must be True unless HOST is a loopback address; {host!r} is none.")
    return found


def port(env: Env, name: str, default: int) -> int:
    value = given(env, name, str(default))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        refuse(name, f"must be a port between 1 and 65535, not {value!r}.")
    return int(value)


def host(env: Env, name: str, default: str) -> str:
    value = given(env, name, default)
    if not is_host(value):
        refuse(name, f"must be an address or a host name, such as 127.0.0.1 or ::1, not {value!r}.")
    return value


def allowed_hosts(env: Env, name: str) -> list[str]:
    """The names of the site, each written as Django compares it with the one that was asked for."""
    found = [host.strip() for host in given(env, name).split(",") if host.strip()]
    for host in found:
        plain = host.removeprefix(".").lower()
        if host != "*" and (not plain or split_domain_port(plain) != (plain, "")):
            refuse(
                name, f"contains {host!r}, which is not a name such as example.com, .example.com, 127.0.0.1 or [::1]."
            )
    return found


def days(env: Env, name: str, default: int) -> int:
    value = given(env, name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        refuse(name, f"must be a number of days, at least 1, not {value!r}.")
    return int(value)


def count(env: Env, name: str, default: int, *, most: int) -> int:
    value = given(env, name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) > most:
        refuse(name, f"must be a number between 0 and {most}, not {value!r}.")
    return int(value)


def database(env: Env, name: str, default: str) -> dict[str, Any]:
    """A database as Django takes it: one of PostgreSQL, or a file of SQLite in a folder that is there.

    No refusal repeats the address, for it may hold a password.
    """
    value = given(env, name, default)
    if not value.startswith(("sqlite:///", *POSTGRESQL)):
        refuse(name, "must start with sqlite:/// or postgres://.")
    try:
        found: dict[str, Any] = env.db_url_config(value)
    except Exception:  # django-environ raises several kinds
        found = {"HOST": "?"}
    hosts = [host.strip("[]") for host in found["HOST"].split(",") if host and not host.startswith("/")]
    if not all(map(is_host, hosts)):
        refuse(
            name,
            "is not an address such as postgres://user:password@host/name; in a password, write / as %2F and ? as %3F.",
        )
    if value.startswith(POSTGRESQL):
        if not found["NAME"] and "service" not in found.get("OPTIONS", {}):
            refuse(name, "does not name a database, as postgres://user:password@host/name does.")
        return found
    file = os.path.abspath(found["NAME"])
    # django-environ takes no name for a database in memory, and all in it would be gone with the process.
    if os.path.isdir(file) or (found["NAME"] == ":memory:" and ":memory:" not in value):
        refuse(name, "does not name a file, as sqlite:///db.sqlite3 does.")
    if not os.path.isdir(os.path.dirname(file)):
        refuse(name, f"points to a folder that does not exist: {os.path.dirname(file)}")
    if not may_be_sqlite(file):
        refuse(name, f"points to a file that is not a database of SQLite: {file}")
    return found


def connect(name: str) -> None:
    """Refuse an address that leads to no database, once the settings are loaded: only its server knows the password."""
    try:
        connection.close()
        connection.ensure_connection()
    except (Error, ImproperlyConfigured) as error:
        # On one line. Neither libpq nor SQLite repeats a password.
        refuse(name, f"leads to no database that can be used: {' '.join(str(error).split())}")


def refuse_without_rights(name: str, error: BaseException | None) -> None:
    """Refuse the address of a database in which its user may not do what led to this error."""
    while error:
        if getattr(error, "sqlstate", "") == INSUFFICIENT_PRIVILEGE:
            # The lines after the first hold the statement.
            said = str(error).splitlines()[0]
            refuse(name, f"names a user without the necessary rights; make that user the owner of the database: {said}")
        error = error.__cause__ or error.__context__


def cache(env: Env, name: str) -> dict[str, Any]:
    """A cache as Django takes it, by default one in each process. Its address too may hold a password."""
    try:
        found: dict[str, Any] = env.cache_url_config(given(env, name) or "locmemcache://")
        places = found["LOCATION"] if isinstance(found["LOCATION"], list) else [found["LOCATION"]]
        usable = all(is_redis(place) for place in places if "://" in place)
    except Exception:  # as above
        usable = False
    if not usable:
        refuse(name, "is not a cache address such as redis://127.0.0.1:6379/0.")
    return found


def redis_url(env: Env, name: str, *, why: str) -> str:
    value = given(env, name)
    if not value.startswith(("redis://", "rediss://")):
        refuse(name, f"must be the address of a Redis server, because of {why}.")
    return value


def choice(env: Env, name: str, default: str, choices: tuple[str, ...]) -> str:
    value = given(env, name, default)
    if value not in choices:
        refuse(name, f"must be one of {', '.join(choices)}, not {value!r}.")
    return value


def is_host(value: str) -> bool:
    """Whether this is an address, or may be the name of a host; no name is looked up."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return bool(HOST_NAME.fullmatch(value))
    return True


def may_be_sqlite(file: str) -> bool:
    """Whether this begins like a database, or is to become one. What cannot be opened fails when it is connected to."""
    try:
        with open(file, "rb") as opened:
            return opened.read(len(SQLITE)) in (b"", SQLITE)
    except OSError:
        return True


def is_redis(location: str) -> bool:
    """Whether this names a server, by its host or its socket. Raises ValueError where the port is none."""
    parts = urlsplit(location)
    if parts.scheme == "unix" and not parts.netloc:
        return bool(parts.path)
    return parts.port != 0 and is_host(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its name or number; no name is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def safe_address(name: str, value: str, *, example: str, sent: str) -> SplitResult:
    """The parts of the address of a server that `sent` goes to: plain http only to a loopback address."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        refuse(name, f"is not an address: {value!r}.")
    if not usable:
        refuse(name, f"must be an address such as {example}, not {value!r}.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        refuse(name, f"must start with https:// unless it is a loopback address, for {sent} are sent to it.")
    return parts


def api_origin(env: Env, name: str, default: str) -> str:
    """An origin such as https://api.chartmogul.com: plain http only to a loopback address.

    The path, if any, is dropped only when it is `/`; credentials, a query or a fragment are refused, for
    the key travels to whatever stands here.
    """
    value = given(env, name, default)
    parts = safe_address(name, value, example=default, sent="API keys")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        refuse(name, "must be a scheme, a host and optionally a port, and nothing else.")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def credential_keys(env: Env, name: str, *, unlike: str) -> list[str]:
    """The Fernet keys that seal API credentials, newest first."""
    keys = [key.strip() for key in required(env, name).split(",") if key.strip()]
    if not keys:
        refuse(name, "is not set.")
    for key in keys:
        if key == unlike:
            refuse(name, "must not be the same as SECRET_KEY.")
        try:
            size = len(base64.b64decode(key.encode(), altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if size != 32:
            refuse(
                name,
                "contains a key that is not 32 bytes in URL-safe base64; generate one with "
                "`python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'`.",
            )
    return keys


def openid_connect(env: Env) -> dict[str, Any] | None:
    """The provider of single sign-on, as allauth takes it; None where OIDC_URL is not set."""
    url = given(env, "OIDC_URL").rstrip("/")
    if not url:
        return None
    safe_address("OIDC_URL", url, example="https://idp.example.com", sent="secrets")
    return {
        # People are linked to it under this name: who they are at one provider says nothing about another one.
        "provider_id": f"sso-{hashlib.sha256(url.encode()).hexdigest()[:12]}",
        "name": given(env, "OIDC_NAME") or "single sign-on",
        "client_id": required(env, "OIDC_CLIENT_ID"),
        "secret": required(env, "OIDC_CLIENT_SECRET"),
        "settings": {"server_url": url},
    }
