"""G2: while somebody else holds the database, a page that has to write says so and when to try again, and nothing is sent.

A real server on SQLite, whose patience is a second here and not the 20 that are shipped: a lock of 25 s outlasts both.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection as database

from activity.models import Write
from tests.browser.site import Site
from tests.pages import Browser, parse
from tests.security.production import Visitor
from tests.servers import Behaviour, RecordingServer, reply

SENDING = {"uuid": "ds_1", "name": "New"}
pytestmark = pytest.mark.xdist_group("production")


@contextlib.contextmanager
def held(site: Site) -> Iterator[sqlite3.Connection]:
    """The lock for writing, in the hands of a stranger."""
    file = site.environment["DATABASE_URL"].removeprefix("sqlite:///")
    stranger = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
    with contextlib.closing(stranger):
        stranger.execute("BEGIN IMMEDIATE")
        yield stranger
        stranger.execute("ROLLBACK")


def outcomes(stranger: sqlite3.Connection, page: str) -> str:
    key = Path(page.rstrip("/")).name.replace("-", "")
    return stranger.execute("SELECT outcome FROM activity_write WHERE key = ?", [key]).fetchone()[0]


def posts(upstream: RecordingServer) -> int:
    return sum(request.method == "POST" for request in upstream.requests)


def check_busy(answer: object) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    page = parse(answer.text)
    assert "try again in" in page.one(role="alert").text.lower()
    assert answer.headers["X-Request-ID"] in page.one("code").text
    for trace in ("Traceback", "OperationalError", "locked", "sqlite", ".py"):
        assert trace not in answer.text


def review(visitor: Visitor) -> str:
    """The address of a write that waits to be sent."""
    page = Browser(visitor)  # type: ignore[arg-type]
    return page.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").url


def token(visitor: Visitor) -> dict[str, str]:
    return {"X-CSRFToken": visitor.cookies["__Host-csrf"].value}


def test_G2_a_session_that_cannot_be_stored_is_told_the_same_way(production: Site, sent_by_https: Visitor):
    """Not as one that was deleted meanwhile, which is what Django takes it for."""
    sent_by_https.ask("GET", "/connections/main/safety/")
    assert sent_by_https.ask("POST", "/connections/main/safety/", headers=token(sent_by_https)).status_code == 302
    with held(production):
        # The page takes out of the session what it says of that.
        check_busy(sent_by_https.ask("GET", "/connections/main/"))
    assert "Safety settings saved." in sent_by_https.ask("GET", "/connections/main/").text


def test_G2_a_page_that_must_write_says_503_and_nothing_is_sent(
    production: Site, production_upstream: RecordingServer, sent_by_https: Visitor
):
    production_upstream.routes |= {"POST /v1/data_sources": reply(201, SENDING)}
    address = review(sent_by_https)
    before = posts(production_upstream)
    with held(production) as stranger:
        began = time.monotonic()
        check_busy(sent_by_https.ask("POST", f"{address}send/", headers=token(sent_by_https)))
        assert time.monotonic() - began < 10
        assert posts(production_upstream) == before
        assert outcomes(stranger, address) == "prepared"
        # Who only reads is not held up.
        for there in ("/connections/", "/c/main/customers/create/", address, "/healthz", "/readyz"):
            assert sent_by_https.ask("GET", there).status_code == 200, there
    assert "New" in Browser(sent_by_https).open(address).press("Send").notice
    assert posts(production_upstream) == before + 1


def test_G2_what_was_sent_before_the_lock_is_neither_lost_nor_sent_again(
    production: Site, production_upstream: RecordingServer, sent_by_https: Visitor
):
    with contextlib.ExitStack() as stack:
        strangers = []

        def locks_and_answers(then: Behaviour) -> Behaviour:
            def behave(*given: object) -> bool:
                strangers.append(stack.enter_context(held(production)))
                return then(*given)

            return behave

        production_upstream.routes |= {"POST /v1/data_sources": locks_and_answers(reply(201, SENDING))}
        address = review(sent_by_https)
        before = posts(production_upstream)
        check_busy(sent_by_https.ask("POST", f"{address}send/", headers=token(sent_by_https)))
        assert posts(production_upstream) == before + 1
        # It is known as sent: after a while without an outcome it is unknown, and never sent by itself.
        assert outcomes(strangers[0], address) == "sending"


@pytest.mark.django_db
def test_G2_the_shipped_patience_is_less_than_25_seconds():
    assert settings.LOCK_SECONDS == 20
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)
        else:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("20s",)


if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):

    @pytest.mark.django_db(transaction=True)
    def test_G2_a_lock_on_postgresql_too(visitor: Browser, main, recorder: RecordingServer):
        import psycopg

        address = visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").url
        with database.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        there = {name: database.settings_dict[name] for name in ("HOST", "PORT", "USER", "NAME")}
        options = {"host": there["HOST"], "port": there["PORT"], "user": there["USER"], "dbname": there["NAME"]}
        visitor.client.raise_request_exception = False
        with psycopg.connect(**options) as stranger:
            stranger.execute("LOCK TABLE activity_write IN ACCESS EXCLUSIVE MODE")
            answer = visitor.client.post(f"{address}send/")
            assert answer.status_code == 503
            assert answer["Retry-After"]
        assert recorder.requests == []
        assert Write.objects.get().outcome == "prepared"
