"""Every URL of the product, from the resolver, so that no new one can be forgotten."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from resources.registry import RESOURCES

PUBLIC = {"/accounts/login/", "/people/join/no-such-token/", "/healthz", "/readyz"}
"""Open to everybody. There must be at most five."""
ENTRANCE = {"/accounts/login/code/", "/accounts/login/passkey/", "/accounts/logout/"}
"""Steps of signing in or out. Somebody who is not in that process is redirected to its start."""


@dataclass(frozen=True)
class Route:
    path: str
    """With values for the placeholders."""
    pattern: str
    name: str
    view: Any
    given: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Additional arguments of the view: the declaration of its operation, resource or part."""

    def __str__(self) -> str:
        return self.pattern


VALUES = {
    "slug": "main",
    "key": "00000000-0000-4000-8000-000000000000",
    "uuid": "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b",
    "resource_slug": "customers",
    "part_key": "plans",
    "pk": "1",
    "number": "1",
    "token": "no-such-token",
    "provider_id": "sso",
}


def every_route(**values: str) -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "/", VALUES | values))


def _walk(patterns: list[Any], prefix: str, values: dict[str, str]) -> Any:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, pattern, values)
        elif isinstance(entry, URLPattern):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values[match[1]], pattern)
            yield Route(path, pattern, entry.name or "", entry.callback, entry.default_args)


ROUTES = every_route()
assert len(ROUTES) > 20
assert RESOURCES
