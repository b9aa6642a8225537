"""All resources, in the order of the menu, and the ways to find an operation."""

from connections.models import Connection
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
from resources.operations import ListOperation, Operation, Resource, WriteOperation
from resources.picker_fields import MultiPickerField, PickerField
from resources.uuids import PREFIXED

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
WRITES = {key: operation for key, operation in OPERATIONS.items() if isinstance(operation, WriteOperation)}


def open_to(connection: Connection) -> list[Operation]:
    """Return the operations that the person asking may use on the connection."""
    return [operation for operation in OPERATIONS.values() if connection.may.reaches(operation.role)]


def resource_of(operation: Operation) -> Resource:
    return BY_KEY[operation.key.partition(".")[0]]


def kind_of(uuid: str) -> Resource | None:
    """Return the resource that a UUID certainly belongs to, going by its prefix; or None."""
    if PREFIXED.fullmatch(uuid):
        return next((one for one in RESOURCES if one.uuid_prefix and uuid.startswith(one.uuid_prefix)), None)
    return None


def list_of_an_owner(resource: Resource) -> tuple[Operation, str] | None:
    """Return the list of the records of one owner, and the form field that takes the owner. None if records of this
    kind are not listed by owner."""
    for operation in resource.operations:
        for name, field in operation.form_class.base_fields.items():
            if resource.owner and isinstance(operation, ListOperation) and isinstance(field, PickerField):
                return operation, name
    return None


def steps_from(resource: Resource) -> list[tuple[Operation, str]]:
    """Return the operations that can start from a record of this kind, because one of their fields picks one.

    Each comes with that field's name, for the address that fills it in. Operations on the record itself are not
    included (operations_on_a_record).
    """
    return [
        (operation, name)
        for operation in OPERATIONS.values()
        if operation.path != resource.path
        for name, field in operation.form_class.base_fields.items()
        if isinstance(field, PickerField | MultiPickerField) and field.resource == resource.key
    ]
