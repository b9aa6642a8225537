"""Tags and custom attributes of customers. Both DELETE requests have a JSON body (recorded 2023)."""

from collections.abc import Callable

from sandbox import custom_attributes
from sandbox.context import Api, Request
from sandbox.errors import coded
from sandbox.handlers import customers
from sandbox.handlers.customers import find, find_by_email, read_tags
from sandbox.store import Document


def _change(api: Api, customer: Document, change: Callable[[Document], None]) -> Document:
    """Change a customer, store it and return its attributes."""
    change(customer)
    api.store.update("customers", customer)
    attributes: Document = customer["attributes"]
    return attributes


def show(api: Api, request: Request, uuid: str) -> Document:
    attributes = find(api, uuid)["attributes"]
    return {key: attributes[key] for key in ("tags", "stripe", "custom")}


# Tags


def _tag(request: Request) -> Callable[[Document], None]:
    tags = read_tags(request.required("tags")[0])

    def change(customer: Document) -> None:
        customer["attributes"]["tags"] = list(dict.fromkeys(customer["attributes"]["tags"] + tags))

    return change


def add_tags(api: Api, request: Request, uuid: str) -> Document:
    return {"tags": _change(api, find(api, uuid), _tag(request))["tags"]}


def remove_tags(api: Api, request: Request, uuid: str) -> Document:
    tags = read_tags(request.required("tags")[0])

    def change(customer: Document) -> None:
        customer["attributes"]["tags"] = [tag for tag in customer["attributes"]["tags"] if tag not in tags]

    return {"tags": _change(api, find(api, uuid), change)["tags"]}


def add_tags_by_email(api: Api, request: Request) -> Document:
    return _by_email(api, request, _tag(request))


# Custom attributes


def _customise(request: Request) -> Callable[[Document], None]:
    (items,) = request.required("custom")
    return lambda customer: custom_attributes.merge_list(customer, items)


def add_custom(api: Api, request: Request, uuid: str) -> Document:
    return {"custom": _change(api, find(api, uuid), _customise(request))["custom"]}


def replace_custom(api: Api, request: Request, uuid: str) -> Document:
    (values,) = request.required("custom")
    change = _change(api, find(api, uuid), lambda customer: custom_attributes.merge_object(customer, values))
    return {"custom": change["custom"]}


def remove_custom(api: Api, request: Request, uuid: str) -> None:
    """Remove attributes by key. The response is 204 without a body (recorded 2023; in 2016 it was 200 with {})."""
    (keys,) = request.required("custom")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise coded(422, "Custom attributes are removed by a list of keys.", "custom")
    _change(api, find(api, uuid), lambda customer: custom_attributes.remove(customer, keys))


def add_custom_by_email(api: Api, request: Request) -> Document:
    return _by_email(api, request, _customise(request))


def _by_email(api: Api, request: Request, change: Callable[[Document], None]) -> Document:
    """Apply the change to all customers with the email of the body and return them. Raises ApiError."""
    (email,) = request.required("email")
    found = find_by_email(api, email)
    for customer in found:
        _change(api, customer, change)
    return {"entries": customers.present_all(found)}
