"""Every endpoint: its method, path, handler and success status, which is not uniform (recorded)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.context import Api, Request
from sandbox.errors import no_page
from sandbox.handlers import (
    account,
    attributes,
    customers,
    data_sources,
    invoice_parts,
    invoices,
    plan_groups,
    plans,
    subscriptions,
)
from sandbox.store import Document


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    handler: Callable[..., Document | None]
    status: int = 200


# The first match wins, so literal segments must come before {uuid}.
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
    Route("GET", "/v1/activities", customers.all_activities),
    Route("GET", "/v1/customers/{uuid}/subscriptions", subscriptions.index_calculated),
    Route("GET", "/v1/plans", plans.index),
    Route("POST", "/v1/plans", plans.create, 201),
    Route("GET", "/v1/plans/{uuid}", plans.show),
    Route("PATCH", "/v1/plans/{uuid}", plans.update, 202),
    Route("DELETE", "/v1/plans/{uuid}", plans.delete, 204),
    Route("GET", "/v1/plan_groups", plan_groups.index),
    Route("POST", "/v1/plan_groups", plan_groups.create, 200),
    Route("GET", "/v1/plan_groups/{uuid}", plan_groups.show),
    Route("PATCH", "/v1/plan_groups/{uuid}", plan_groups.update),
    Route("DELETE", "/v1/plan_groups/{uuid}", plan_groups.delete, 204),
    Route("GET", "/v1/plan_groups/{uuid}/plans", plan_groups.plans),
    Route("GET", "/v1/invoices", invoices.index),
    Route("GET", "/v1/invoices/{uuid}", invoices.show),
    Route("DELETE", "/v1/invoices/{uuid}", invoices.delete, 204),
    Route("GET", "/v1/import/customers/{uuid}/invoices", invoices.index_of_customer),
    Route("POST", "/v1/import/customers/{uuid}/invoices", invoices.create, 201),
    Route(
        "DELETE",
        "/v1/data_sources/{source_uuid}/customers/{customer_uuid}/invoices",
        invoices.delete_of_customer,
        204,
    ),
    Route("GET", "/v1/line_items/{uuid}", invoice_parts.show_line_item),
    Route("PATCH", "/v1/line_items/{uuid}", invoice_parts.update_line_item),
    Route("DELETE", "/v1/line_items/{uuid}", invoice_parts.delete_line_item, 204),
    Route("POST", "/v1/import/invoices/{uuid}/transactions", invoice_parts.create_transaction, 201),
    Route("GET", "/v1/transactions/{uuid}", invoice_parts.show_transaction),
    Route("PATCH", "/v1/transactions/{uuid}", invoice_parts.update_transaction),
    Route("DELETE", "/v1/transactions/{uuid}", invoice_parts.delete_transaction, 204),
    Route("GET", "/v1/import/customers/{uuid}/subscriptions", subscriptions.index_imported),
    Route("PATCH", "/v1/import/subscriptions/{uuid}", subscriptions.cancel, 202),
)

_COMPILED = [(route, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path))) for route in ROUTES]


def answer(api: Api, request: Request) -> tuple[int, Document | None]:
    """Handle the request in one transaction and return status and JSON (None: an empty body). Raises ApiError."""
    for route, pattern in _COMPILED:
        match = pattern.fullmatch(request.path)
        if match and route.method == request.method:
            parts = {name: unquote(value) for name, value in match.groupdict().items()}
            with api.store.transaction():
                return route.status, route.handler(api, request, **parts)
    raise no_page()
