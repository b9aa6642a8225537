from collections.abc import Callable
from typing import Any

import pytest

from sandbox.server import SandboxServer


@pytest.fixture
def seeded(sandbox: SandboxServer) -> Callable[..., dict[str, Any]]:
    """A function that finds a record of the sandbox's seed: `seeded("plans", name="Silver")`."""

    def find(table: str, **having: str) -> dict[str, Any]:
        rows = sandbox.api.store.all(table)
        return next(row for row in rows if all(row.get(key) == value for key, value in having.items()))

    return find
