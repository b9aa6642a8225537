"""Every endpoint: method, path, handler and the status of success, which is not uniform (recorded)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.context import Api, Request
from sandbox.errors import no_page
from sandbox.handlers import account, attributes, customers, data_sources
from sandbox.store import Document


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    handler: Callable[..., Document | None]
    status: int = 200


# The first match wins, so fixed words stand before {uuid}.
ROUTES = (
    Route("GET", "/v1/ping", account.ping),
    Route("GET", "/v1/account", account.show),
    Route("GET", "/v1/data_sources", data_sources.index),
    Route("POST", "/v1/data_sources", data_sources.create, 201),
    Route("GET", "/v1/data_sources/{uuid}", data_sources.show),
    Route("DELETE", "/v1/data_sources/{uuid}", data_sources.delete, 204),
    Route("DELETE", "/v1/data_sources/{uuid}/all", data_sources.empty, 204),
    Route("GET", "/v1/customers", customers.index),
    Route("POST", "/v1/customers", customers.create, 201),
    Route("GET", "/v1/customers/search", customers.search),
    Route("POST", "/v1/customers/attributes/tags", attributes.add_tags_by_email),
    Route("POST", "/v1/customers/attributes/custom", attributes.add_custom_by_email),
    Route("GET", "/v1/customers/{uuid}", customers.show),
    Route("PATCH", "/v1/customers/{uuid}", customers.update),
    Route("DELETE", "/v1/customers/{uuid}", customers.delete, 204),
    Route("GET", "/v1/customers/{uuid}/attributes", attributes.show),
    Route("POST", "/v1/customers/{uuid}/attributes/tags", attributes.add_tags),
    Route("DELETE", "/v1/customers/{uuid}/attributes/tags", attributes.remove_tags),
    Route("POST", "/v1/customers/{uuid}/attributes/custom", attributes.add_custom),
    Route("PUT", "/v1/customers/{uuid}/attributes/custom", attributes.replace_custom),
    Route("DELETE", "/v1/customers/{uuid}/attributes/custom", attributes.remove_custom, 204),
    Route("GET", "/v1/customers/{uuid}/activities", customers.activities),
)

_COMPILED = [(route, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path))) for route in ROUTES]


def answer(api: Api, request: Request) -> tuple[int, Document | None]:
    """Status and JSON of the request; all of it or nothing is stored. Raises ApiError."""
    for route, pattern in _COMPILED:
        match = pattern.fullmatch(request.path)
        if match and route.method == request.method:
            parts = {name: unquote(value) for name, value in match.groupdict().items()}
            with api.store.transaction():
                return route.status, route.handler(api, request, **parts)
    raise no_page()
