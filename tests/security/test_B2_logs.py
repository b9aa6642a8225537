"""B2: no key is in any log, at DEBUG, of any test. tests/overheard.py listens; here it is shown that it would hear."""

import base64
import json
import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from chartmogul_admin.logs import OneLineFormatter, without_secrets
from connections.models import Credential
from tests.browser.site import Site
from tests.connections.conftest import ACCOUNT, PONG, SECRET_KEY, TOKEN
from tests.connections.test_stored_bytes import slices
from tests.overheard import listener
from tests.pages import Browser
from tests.security.production import Visitor
from tests.servers import RecordingServer, reply

CASES = json.loads((Path(__file__).parents[1] / "data" / "secrets_in_logs.json").read_text())
BASIC = base64.b64encode(f"{TOKEN}:{SECRET_KEY}".encode()).decode()
ANSWERS = {
    "/v1/ping": reply(200, PONG),
    "/v1/account": reply(200, ACCOUNT),
    "/v1/data_sources": reply(401, {"error": f"Not {TOKEN}", "authorization": f"Basic {BASIC}"}),
}


def use_a_key(page: Browser, name: str) -> None:
    """Everything that a key goes through: typed, tested, stored, opened, sent, quoted by an answer, replaced."""
    page.open("/connections/create/").fill("Connection name", name)
    page.fill("Token", TOKEN).fill("Secret Key", SECRET_KEY).press("Continue")
    assert "The connection has been established" in page.notice
    slug = name.lower()
    page.open(f"/c/{slug}/data-sources/list/")
    page.open(f"/c/{slug}/data-sources/create/").fill("Name", "New").press("Review").press("Send")
    page.open(f"/connections/{slug}/key/").fill("Token", TOKEN).fill("Secret Key", SECRET_KEY)
    page.press("Test and replace")
    assert "The key has been replaced" in page.notice


def test_B2_the_libraries_are_heard_and_say_no_key(visitor: Browser, db, recorder: RecordingServer, caplog):
    recorder.routes = ANSWERS
    before = dict(listener().heard)
    # Left out elsewhere: it is ten times the work of a test.
    caplog.set_level(logging.DEBUG, "django.template")
    with CaptureQueriesContext(database):
        use_a_key(visitor, "Main")
    assert {request.headers["authorization"] for request in recorder.requests} == {f"Basic {BASIC}"}
    assert {TOKEN, SECRET_KEY, BASIC.rstrip("=")} <= listener().keys
    for name in ("urllib3.connectionpool", "django.db.backends", "django.template"):
        assert listener().heard.get(name, 0) > before.get(name, 0)
    assert listener().found == []


@pytest.mark.parametrize("said", [TOKEN, SECRET_KEY, BASIC, f"x{TOKEN}x"])
@pytest.mark.parametrize("how", ["message", "argument", "exception", "cause"])
def test_B2_a_key_that_is_logged_anywhere_is_found(said: str, how: str):
    Credential(TOKEN, SECRET_KEY)
    logger = logging.getLogger("urllib3.some.module")
    try:
        try:
            raise ValueError(said if how == "cause" else "")
        except ValueError as error:
            raise RuntimeError(said if how == "exception" else "") from error
    except RuntimeError:
        message = f"{said} %r" if how == "message" else "%r"
        logger.debug(message, [said] if how == "argument" else "", exc_info=True)
    assert listener().found
    listener().found.clear()


@pytest.mark.xdist_group("production")
def test_B2_the_log_of_a_real_server_says_no_key(production: Site, production_upstream: RecordingServer):
    production_upstream.routes = ANSWERS
    visitor = Visitor(production)
    use_a_key(visitor.sign_in(), "Canary")
    visitor.ask("GET", "/broken/")
    log = production.log.read_text()
    for name in (
        "DEBUG [0-9a-f]{12} urllib3.connectionpool",
        "ERROR [0-9a-f]{12} django.request",
        "RuntimeError: broken",
    ):
        assert re.search(name, log)
    runs = {run.decode() for secret in (TOKEN, SECRET_KEY) for run in slices(secret)} | {BASIC[:16], BASIC[-16:]}
    assert not [run for run in runs if run in log]
    cookies = {value for answer in visitor.seen for value in answer.request.headers["Cookie"].split("; ") if value}
    assert cookies
    assert not [pair for pair in cookies if pair.partition("=")[2] in log]
    # The password that was typed, too.
    assert "correct horse" not in log


@pytest.mark.xdist_group("production")
def test_B2_each_request_has_a_reference_in_its_lines_its_page_and_its_header(production: Site):
    visitor = Visitor(production)
    answers = [visitor.ask("GET", path, headers={"X-Request-ID": "forged"}) for path in ("/broken/", "/static/nowhere")]
    references = [answer.headers["X-Request-ID"] for answer in answers]
    assert len(set(references)) == len(references)
    log = production.log.read_text()
    assert "forged" not in log
    for answer, reference in zip(answers, references, strict=True):
        assert reference in answer.text
        lines = [line for line in log.splitlines() if f" {reference} " in line]
        assert any("chartmogul_admin.views" in line for line in lines)
        assert any("django.request" in line for line in lines)


@pytest.mark.parametrize("case", CASES, ids=[case["line"][:30] for case in CASES])
def test_B2_what_looks_like_a_secret_is_hidden(case: dict[str, str]):
    def filled(text: str) -> str:
        text = text.replace("{SECRET_KEY}", settings.SECRET_KEY)
        return text.replace("{CREDENTIAL_KEY}", settings.CREDENTIAL_KEYS[0])

    line, secret = filled(case["line"]), filled(case["hidden"])
    assert secret in line
    formatter = OneLineFormatter("{levelname} {reference} {name} {message}", style="{")
    for told in (line, f"{'x' * 2_000} {line}"):
        record = logging.LogRecord("a", logging.INFO, "", 0, "%s", (told,), None)
        assert secret not in formatter.format(record)
    assert case["kept"] in without_secrets(line)
    try:
        raise RuntimeError(line)
    except RuntimeError as error:
        record = logging.LogRecord("a", logging.ERROR, "", 0, "broken", (), (RuntimeError, error, error.__traceback__))
    # Another handler may have made its text of the traceback first.
    logging.Formatter().format(record)
    text = formatter.format(record)
    assert "Traceback" in text
    assert secret not in text


@pytest.mark.parametrize(
    "line",
    [
        "GET /v1/customers 200 14 ms, 1 tries, request ID abc-1",
        "connection.key_replaced user=ada connection=Main {'connection': '93b06efd', 'fingerprint': '1a2b3c4d'}",
        "write.accepted user=ada connection=Main {'method': 'POST', 'path': '/v1/plans', 'digest': '96916e9e'}",
        "The sync of Main was let go.",
        "Watching for file changes with StatReloader",
    ],
)
def test_B2_ordinary_lines_are_left_as_they_are(line: str):
    assert without_secrets(line) == line
