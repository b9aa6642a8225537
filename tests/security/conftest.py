"""Fixtures for the rows of the security list."""

from collections.abc import Iterator

import pytest

from tests.servers import RecordingServer, reply


@pytest.fixture
def elsewhere() -> Iterator[RecordingServer]:
    """A server that nobody may talk to, and that would answer."""
    with RecordingServer(reply(200, {"plans": []})) as server:
        yield server
