"""Fixtures for the rows of the security list."""

from collections.abc import Iterator

import pytest

from tests.browser.site import Site, running
from tests.connections.conftest import ACCOUNT, PONG
from tests.security.production import Visitor, production_site
from tests.servers import RecordingServer, reply


@pytest.fixture
def elsewhere() -> Iterator[RecordingServer]:
    """A server that would answer, but that must not be contacted."""
    with RecordingServer(reply(200, {"plans": []})) as server:
        yield server


@pytest.fixture(scope="session")
def production_upstream() -> Iterator[RecordingServer]:
    with RecordingServer(routes={"/v1/ping": reply(200, PONG), "/v1/account": reply(200, ACCOUNT)}) as server:
        yield server


@pytest.fixture(scope="session")
def production(production_upstream: RecordingServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product in production settings. Tests that use it run on one worker: xdist_group("production")."""
    with running(production_site(tmp_path_factory.mktemp("production"), production_upstream)) as site:
        yield site


@pytest.fixture(scope="session")
def sent_by_https(production: Site) -> Visitor:
    """Somebody who has signed in to the production site, with all responses so far."""
    visitor = Visitor(production)
    visitor.sign_in()
    return visitor
