"""Strict reading of settings: a bad value stops the start with one clear line.

django-environ reads `.env` and parses URLs; this module adds the refusals. By itself django-environ skips lines of
`.env` that it does not understand, resolves a value that begins with $ as the name of another variable, and takes any
unknown word for False, so slips such as DEBUG=Ture would go unnoticed. An empty value is refused too, unless empty is
the default.
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
# What django-environ accepts as a setting, but without NUL, which no environment can hold.
LINE = re.compile(r"(export )?[A-Za-z_0-9]+=[^\0]*")
# The name in an invalid line. Our names are in capitals; anything else may be part of a secret.
NAMED = re.compile(r"(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=")
POSTGRESQL = ("postgres://", "postgresql://", "psql://", "pgsql://")
# A name that ends in a number would be taken for an address: 8000 for 0.0.31.64. No label is longer than 63 characters.
HOST_NAME = re.compile(r"(\w[\w-]{0,62}\.)*(?!\d+\.?$)\w[\w-]{0,62}\.?", re.ASCII)
REFERENCE = re.compile(r"\$\{?[A-Z_][A-Z0-9_]*\}?")
INSUFFICIENT_PRIVILEGE = "42501"
"""PostgreSQL's SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
SQLITE = b"SQLite format 3\0"


def refuse(name: str, reason: str) -> NoReturn:
    """Exit with code 1 and one line on standard error, without a traceback."""
    raise SystemExit(f"Configuration error: {name} {reason}")


def read_file(env: Env, path: Path) -> None:
    """Read the file's settings into `env`, if it exists. No refusal quotes a line, because it may contain a secret."""
    try:
        # Editors on Windows begin the file with a byte order mark.
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except FileNotFoundError:
        return
    except OSError as error:
        # The file may already be in the environment, although this process may not read it: systemd's EnvironmentFile.
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
    """Return the literal value. `env.str` would resolve a leading $, and replace an empty value by the default."""
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
    """Return whether pages use https only. Plain http is accepted only if `host`, where they are served, is loopback:
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
    """Return the site's host names, in the form in which Django compares them with a request's host."""
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
    """Return Django's settings for a database: PostgreSQL, or an SQLite file in a folder that exists.

    No refusal quotes the URL, because it may contain a password.
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
    # django-environ reads an empty name as a database in memory, which would be lost with the process.
    if os.path.isdir(file) or (found["NAME"] == ":memory:" and ":memory:" not in value):
        refuse(name, "does not name a file, as sqlite:///db.sqlite3 does.")
    if not os.path.isdir(os.path.dirname(file)):
        refuse(name, f"points to a folder that does not exist: {os.path.dirname(file)}")
    if not may_be_sqlite(file):
        refuse(name, f"points to a file that is not a database of SQLite: {file}")
    return found


def connect(name: str) -> None:
    """Refuse a URL that leads to no usable database. Called once the settings are loaded: only the server can check the
    password."""
    try:
        connection.close()
        connection.ensure_connection()
    except (Error, ImproperlyConfigured) as error:
        # On one line. Neither libpq nor SQLite quotes a password.
        refuse(name, f"leads to no database that can be used: {' '.join(str(error).split())}")


def refuse_without_rights(name: str, error: BaseException | None) -> None:
    """Refuse the database URL if `error` came from its user's lack of rights."""
    while error:
        if getattr(error, "sqlstate", "") == INSUFFICIENT_PRIVILEGE:
            # The lines after the first contain the statement.
            said = str(error).splitlines()[0]
            refuse(name, f"names a user without the necessary rights; make that user the owner of the database: {said}")
        error = error.__cause__ or error.__context__


def cache(env: Env, name: str) -> dict[str, Any]:
    """Return Django's settings for a cache, by default one per process. Its URL, too, may contain a password."""
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
    """Whether `value` is an IP address or could be a host name; nothing is resolved."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return bool(HOST_NAME.fullmatch(value))
    return True


def may_be_sqlite(file: str) -> bool:
    """Whether the file starts like an SQLite database, is empty or does not exist. If it cannot be opened, connecting
    fails."""
    try:
        with open(file, "rb") as opened:
            return opened.read(len(SQLITE)) in (b"", SQLITE)
    except OSError:
        return True


def is_redis(location: str) -> bool:
    """Whether `location` names a server by host or socket. Raises ValueError if the port is invalid."""
    parts = urlsplit(location)
    if parts.scheme == "unix" and not parts.netloc:
        return bool(parts.path)
    return parts.port != 0 and is_host(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by name or address; nothing is resolved."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def safe_address(name: str, value: str, *, example: str, sent: str) -> SplitResult:
    """Return the parts of the URL of a server that `sent` goes to: plain http only to a loopback address."""
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
    """Return an origin such as https://api.chartmogul.com; plain http only for a loopback address.

    A path other than `/`, credentials, a query or a fragment are refused, because the key is sent to this origin.
    """
    value = given(env, name, default)
    parts = safe_address(name, value, example=default, sent="API keys")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        refuse(name, "must be a scheme, a host and optionally a port, and nothing else.")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def credential_keys(env: Env, name: str, *, unlike: str) -> list[str]:
    """Return the Fernet keys that seal API credentials, newest first."""
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
    """Return the single sign-on provider in allauth's format; None if OIDC_URL is not set."""
    url = given(env, "OIDC_URL").rstrip("/")
    if not url:
        return None
    safe_address("OIDC_URL", url, example="https://idp.example.com", sent="secrets")
    return {
        # People are linked to the provider by this ID: an identity at one provider proves nothing at another.
        "provider_id": f"sso-{hashlib.sha256(url.encode()).hexdigest()[:12]}",
        "name": given(env, "OIDC_NAME") or "single sign-on",
        "client_id": required(env, "OIDC_CLIENT_ID"),
        "secret": required(env, "OIDC_CLIENT_SECRET"),
        "settings": {"server_url": url},
    }
