"""All resources, in the order of the menu, and the ways to find an operation."""

from resources.catalog import (
    api_call,
    customers,
    data_sources,
    invoices,
    plan_groups,
    plans,
    subscriptions,
    transactions,
)
from resources.operations import Operation, Resource

RESOURCES: tuple[Resource, ...] = (
    customers.RESOURCE,
    plans.RESOURCE,
    plan_groups.RESOURCE,
    data_sources.RESOURCE,
    invoices.RESOURCE,
    transactions.RESOURCE,
    subscriptions.RESOURCE,
    api_call.RESOURCE,
)

BY_KEY = {resource.key: resource for resource in RESOURCES}
BY_SLUG = {resource.slug: resource for resource in RESOURCES}
OPERATIONS: dict[str, Operation] = {
    operation.key: operation for resource in RESOURCES for operation in resource.operations
}


def resource_of(operation: Operation) -> Resource:
    return BY_KEY[operation.key.partition(".")[0]]
