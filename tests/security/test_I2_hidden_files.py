"""I2: nothing is served but pages and the collected static files: no source, no database, no listing, no source map."""

import json
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.site import Site
from tests.security.production import PROXIED

pytestmark = pytest.mark.xdist_group("production")

PATHS = json.loads((Path(__file__).parents[1] / "data" / "hidden_paths.json").read_text())
STATIC = Path(__file__).parents[2] / "static"


def ask(site: Site, path: str) -> tuple[int, str]:
    """As it is written: most clients tidy a path up before they send it."""
    connection = HTTPConnection(urlsplit(site.address).netloc, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in PROXIED.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


def test_I2_there_are_enough_inputs():
    assert len(set(PATHS)) >= 10


@pytest.mark.parametrize("path", PATHS)
def test_I2_what_is_no_page_is_not_found(path: str, production: Site, sent_by_https):
    status, text = ask(production, path)
    assert status == 404
    for source in ("SECRET_KEY", "import os", "django", "SQLite format", "root:", '"paths"'):
        assert source not in text


def test_I2_static_files_are_there_and_name_no_source_map(production: Site):
    assert ask(production, "/static/img/mark.svg")[0] == 200
    for path in STATIC.rglob("*.*"):
        assert "sourceMappingURL" not in path.read_text(), path
