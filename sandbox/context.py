"""What every handler receives: the Request, and the Api with the account's data."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.errors import missing
from sandbox.store import Document, Store


@dataclass(frozen=True, kw_only=True)
class Request:
    """One parsed and authenticated request. A query parameter that is repeated has its last value."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        """Return whether the query parameter is the text `true`."""
        return self.query.get(name) == "true"

    def required(self, *names: str) -> list[Any]:
        """Return the values of these keys of the body. Raises ApiError for the first that is absent."""
        for name in names:
            if name not in self.body:
                raise missing(name)
        return [self.body[name] for name in names]


@dataclass(frozen=True, kw_only=True)
class Api:
    """The account: its store, its clock and its source of uuids. The seed uses a fixed clock and fixed uuids."""

    store: Store
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    random_uuid: Callable[[], uuid.UUID] = uuid.uuid4

    def new_uuid(self, prefix: str = "") -> str:
        return f"{prefix}{self.random_uuid()}"

    def account(self) -> Document:
        return self.store.all("account")[0]
