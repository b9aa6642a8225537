"""A bad setting stops the start with a single line that names it, without a traceback or warnings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from environ import Env

from chartmogul_admin import configuration
from tests.databases import free_port

ROOT = Path(__file__).parents[1]
PASSWORD = "correct-horse"


def start(root: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    """Load the settings, as every command does first, and print the addresses that stand in them."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from chartmogul_admin import settings; print(settings.DATABASES, settings.CACHES, settings.HOST)",
        ],
        cwd=root,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )


def refusal(name: str, value: str, **settings: str) -> str:
    """What the start is refused with, after the name of the setting."""
    done = start(**settings, **{name: value})
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    before, named, reason = line.partition(f"Configuration error: {name} ")
    assert (before, named) == ("", f"Configuration error: {name} "), line
    return reason


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "must start with sqlite:/// or postgres://"),
        ("foo", "must start with sqlite:/// or postgres://"),
        ("mysql://host/name", "must start with"),
        ("sqlite:/db.sqlite3", "must start with"),
        # django-environ would keep all of it in memory.
        ("sqlite://db.sqlite3", "must start with"),
        ("sqlite:///", "does not name a file"),
        (f"sqlite:///{ROOT}", "does not name a file"),
        ("sqlite:////nowhere/db.sqlite3", "points to a folder that does not exist: /nowhere"),
        ("sqlite:///nowhere/db.sqlite3", f"points to a folder that does not exist: {ROOT}/nowhere"),
        ("sqlite:///README.md", f"points to a file that is not a database of SQLite: {ROOT}/README.md"),
        ("postgres://", "does not name a database"),
        (f"postgres://user:{PASSWORD}@host/", "does not name a database"),
        (f"postgres://user:{PASSWORD}@[x/x", "is not an address such as postgres://"),
        (f"postgres://user:{PASSWORD}@host:one/x", "is not an address"),
        (f"postgres://user:{PASSWORD}@host:70000/x", "is not an address"),
        (f"postgres://user:{PASSWORD}/more@host/x", "in a password, write / as %2F"),
        (f"postgres://user:{PASSWORD}@a host/x", "is not an address"),
        (f"postgres://user:{PASSWORD}@{'x' * 64}.example.com/x", "is not an address"),
    ],
)
def test_a_bad_address_of_the_database(value: str, said: str):
    reason = refusal("DATABASE_URL", value)
    assert said in reason
    assert PASSWORD not in reason


@pytest.mark.parametrize(
    ("value", "host", "name"),
    [
        ("sqlite:///db.sqlite3", "", "db.sqlite3"),
        (f"sqlite:///{ROOT}/a file", "", f"{ROOT}/a file"),
        ("postgres://user:p%2Fq@my_host-1.example.com:5432/name?sslmode=require", "my_host-1.example.com", "name"),
        ("postgresql://user:p[q@10.0.0.1/name", "10.0.0.1", "name"),
        ("postgres://[::1]:5432/name", "::1", "name"),
        ("postgres://one,two/name", "one,two", "name"),
        ("postgres:////run/postgresql/name", "/run/postgresql", "name"),
        ("postgres:///name", "", "name"),
        ("postgres://?service=ours", "", ""),
    ],
)
def test_addresses_of_databases(value: str, host: str, name: str):
    done = start(DATABASE_URL=value)
    assert done.returncode == 0, done.stderr
    assert f"'HOST': '{host}'" in done.stdout
    assert f"'NAME': '{name}'" in done.stdout


def manage(command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("command", ["migrate", "first_run", "start"])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgres://user:{PASSWORD}@127.0.0.1:{port}/prod", "Connection refused"),
        ("postgres://user:{PASSWORD}@127.0.0.1:{port}/prod?isolation_level=77", "isolation level"),
        ("sqlite:///{folder}/db.sqlite3", "file is not a database"),
    ],
)
def test_a_database_that_cannot_be_had(tmp_path, command: str, address: str, said: str):
    """Only connecting shows it: one line says so in the commands of `make run`."""
    (tmp_path / "db.sqlite3").write_bytes(configuration.SQLITE * 100)
    filled = address.format(PASSWORD=PASSWORD, port=free_port(), folder=tmp_path)
    ports = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    done = manage(command, DATABASE_URL=filled, **ports)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Configuration error: DATABASE_URL leads to no database that can be used: ")
    assert said in line
    assert PASSWORD not in line


def test_an_error_of_ours_is_no_matter_of_the_address(tmp_path):
    done = manage("first_run", DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert "no such table: auth_user" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "value",
    [
        "foo",
        "redis://",
        "redis://:6379/0",
        "redis://127.0.0.1:abc/0",
        f"redis://:{PASSWORD}@127.0.0.1:70000/0",
        f"rediss://:{PASSWORD}/more@127.0.0.1:6379/0",
        "redis://one:6379,two:abc/0",
        "redis://[x/0",
        "redis://a host/0",
    ],
)
def test_a_bad_address_of_the_cache(value: str):
    assert refusal("CACHE_URL", value) == "is not a cache address such as redis://127.0.0.1:6379/0."


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("", "'LOCATION': ''"),
        ("locmemcache://", "'LOCATION': ''"),
        (f"redis://:{PASSWORD}@127.0.0.1:6379/0", f"'LOCATION': 'redis://:{PASSWORD}@127.0.0.1:6379/0'"),
        ("rediss://cache.example.com", "'LOCATION': 'rediss://cache.example.com'"),
        ("redis://one:6379,[::1]:6379/0", "'LOCATION': ['redis://one:6379/0', 'redis://[::1]:6379/0']"),
        ("redis:///run/redis.sock", "'LOCATION': 'unix:///run/redis.sock'"),
    ],
)
def test_addresses_of_caches(value: str, place: str):
    done = start(CACHE_URL=value)
    assert done.returncode == 0, done.stderr
    assert place in done.stdout


@pytest.mark.parametrize(
    "value",
    # An empty one would be listened on for everybody, and 8000 is 0.0.31.64 to a network.
    ["", " ", "8000", "127.0.0.1:8000", "[::1]", "http://localhost", "a b", "1.2.3", "127.0.0.256", "-x", "x; true"],
)
def test_a_bad_host_to_listen_on(value: str):
    assert refusal("HOST", value) == (
        f"must be an address or a host name, such as 127.0.0.1 or ::1, not {value.strip()!r}."
    )


@pytest.mark.parametrize("value", ["127.0.0.1", "0.0.0.0", "::", "::1", "localhost", "my-host.example.com"])  # noqa: S104
def test_hosts_to_listen_on(value: str):
    done = start(HOST=value, HTTPS="True")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == value


@pytest.mark.parametrize(
    "value",
    [
        "http://x",
        "a b",
        "x:8000",
        "::1",
        "[::1]:8000",
        "*.example.com",
        "example.com.",
        "example.com/",
        ".",
        "müller.de",
    ],
)
def test_a_name_of_the_site_that_nobody_can_ask_for(value: str):
    assert refusal("ALLOWED_HOSTS", f"localhost, {value}") == (
        f"contains {value!r}, which is not a name such as example.com, .example.com, 127.0.0.1 or [::1]."
    )


def test_names_of_the_site():
    value = "*, .example.com,Example.com,127.0.0.1,[::1],localhost,,my-host"
    assert start(ALLOWED_HOSTS=value, HTTPS="True").returncode == 0
    assert start(ALLOWED_HOSTS="").returncode == 0


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.168.0.5", "my-host"],  # noqa: S104
)
def test_plain_http_is_served_on_loopback_alone(host: str):
    assert refusal("HTTPS", "False", HOST=host) == f"must be True unless HOST is a loopback address; {host!r} is none."


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "LocalHost", "::1"])
def test_names_of_this_machine(host: str):
    assert start(HTTPS="False", HOST=host).returncode == 0


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIAL_KEYS"])
def test_where_a_secret_is_missing_it_is_said_what_there_is_to_do(name: str):
    """`make run` helps where there is no .env. A copy of .env.example is one."""
    said = "is not set. See .env.example; if there is no .env, `make run` writes one with fresh secrets."
    assert refusal(name, "") == said
    before, _ = (ROOT / ".env.example").read_text().split(f"\n{name}=\n")
    assert before.splitlines()[-1].startswith("# python -c '")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "$PROD_DB"),
        ("CHARTMOGUL_API_URL", "$PROXY"),
        ("HTTPS", "$SECURE"),
        ("ALLOWED_HOSTS", "$NAMES"),
        ("PORT", "$$8000"),
        ("CACHE_URL", "$REDIS"),
    ],
)
def test_a_value_is_no_reference_to_another_one(name: str, value: str):
    """What is not set would be the default. What is set is not looked at either."""
    reason = refusal(name, value)
    assert refusal(name, value, **{value.lstrip("$"): "True"}) == reason


@pytest.mark.parametrize("value", ["$CHARTMOGUL_ADMIN_DJANGO_SECRET_KEY", "${CHARTMOGUL_ADMIN_DJANGO_SECRET_KEY}"])
def test_a_secret_is_not_the_name_of_another_one(value: str):
    assert (
        refusal("SECRET_KEY", value)
        == "is the name of another variable, which is not looked up: write the value itself."
    )


def test_a_secret_may_begin_with_a_dollar_sign():
    assert start(SECRET_KEY="$" + "x" * 40).returncode == 0


def set_by(content: bytes, folder: Path) -> dict[str, str]:
    """What a .env with this content sets."""

    file, found = folder / ".env", {}
    file.write_bytes(content)
    configuration.read_file(type("Apart", (Env,), {"ENVIRON": found})(), file)
    return found


@pytest.mark.parametrize(
    ("line", "which"),
    [
        (f"DATABASE_URL = postgres://user:{PASSWORD}@db/prod", "line 3 (DATABASE_URL)"),
        ("HTTPS = True", "line 3 (HTTPS)"),
        ("PORT =8720", "line 3 (PORT)"),
        ("export  PORT=8720", "line 3 (PORT)"),
        # Lines of an address or a key that was wrapped.
        (PASSWORD, "line 3"),
        (f"user:{PASSWORD}@db/prod?sslmode=require", "line 3"),
        (f"{PASSWORD} = x", "line 3"),
        ("PORT: 8720", "line 3"),
        ("=8720", "line 3"),
        ("PORT=87\0", "line 3 (PORT)"),
    ],
)
def test_a_line_of_the_file_that_sets_nothing(tmp_path, line, which):
    with pytest.raises(SystemExit) as caught:
        set_by(f"# Ours\n\n{line}\n".encode(), tmp_path)
    assert caught.value.code == (
        f"Configuration error: .env {which} is not NAME=value with nothing around the =, nor a comment that begins with #."
    )


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(SystemExit, match=r"^Configuration error: \.env is not text in UTF-8\.$"):
        set_by("OIDC_NAME=Büro".encode("latin-1"), tmp_path)
    with pytest.raises(SystemExit, match=r"cannot be read: Is a directory\.$"):
        configuration.read_file(type("Apart", (Env,), {"ENVIRON": {}})(), tmp_path)
    # Whoever starts it may have read the file, and not let it be read from here.
    configuration.read_file(type("Apart", (Env,), {"ENVIRON": {"SECRET_KEY": "x"}})(), tmp_path)


@pytest.mark.parametrize(
    "line", ["HOST=::1", "export HOST=::1", "  HOST=::1  ", "HOST='::1'", 'HOST="::1" ', "  # HOST = x\nHOST=::1"]
)
@pytest.mark.parametrize(("before", "end"), [(b"", "\n"), (b"\xef\xbb\xbf", "\r\n")])
def test_lines_of_the_file(tmp_path, caplog, line, before, end):
    content = f"{line}\n  \nOIDC_NAME=Büro".replace("\n", end)
    assert set_by(before + content.encode(), tmp_path) == {"HOST": "::1", "OIDC_NAME": "Büro"}
    assert caplog.text == ""


def test_it_is_the_file_beside_manage_py(tmp_path):
    shutil.copytree(ROOT / "chartmogul_admin", tmp_path / "chartmogul_admin")
    assert start(tmp_path).returncode == 0
    (tmp_path / ".env").write_text("HTTPS = True")
    done = start(tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Configuration error: .env line 1 (HTTPS) is not NAME=value")
