"""Plan groups (recorded 2020 to 2023): the object has the number of its plans, and only the sub-list has the plans."""

from typing import Any

from sandbox.checks import is_blank
from sandbox.context import Api, Request
from sandbox.errors import blank, invalid, no_page
from sandbox.paging import Listing, listing
from sandbox.store import Document

LIST = Listing(table="plan_groups", key="plan_groups", filters={})
PLANS = Listing(table="plans", key="plans", filters={})
_MEMBERS = "uuid IN (SELECT plan_uuid FROM plan_group_members WHERE group_uuid = ?)"
# The request has `plans`, the error `plan_ids` (recorded 2023-10).
_BLANK = {"name": ("name", "Name can't be blank"), "plans": ("plan_ids", "Plan ids can't be blank")}


def present(api: Api, group: Document) -> Document:
    return {**group, "plans_count": api.store.count("plans", {_MEMBERS: group["uuid"]})}


def find(api: Api, uuid: str) -> Document:
    group = api.store.get("plan_groups", uuid=uuid)
    if group is None:
        # An HTML page even here (recorded 2020).
        raise no_page()
    return group


def _check(api: Api, body: Any) -> None:
    empty = [field for field in _BLANK if field in body and (is_blank(body[field]) or body[field] == [])]
    if empty:
        raise blank(dict(_BLANK[field] for field in empty))
    plans = body.get("plans", [])
    if not isinstance(body.get("name", ""), str):
        raise invalid({"name": "is not a string"})
    known = {plan["uuid"] for plan in api.store.among("plans", "uuid", plans)} if isinstance(plans, list) else set()
    if not isinstance(plans, list) or not all(isinstance(plan, str) and plan in known for plan in plans):
        raise invalid({"plans": "Please provide uuids of the plans in the plan group"})


def add(api: Api, body: Any) -> Document:
    """Validate and store a new group. An absent field counts as an empty one. Raises ApiError."""
    _check(api, {"name": None, "plans": None, **body})
    group = {"name": body["name"], "uuid": api.new_uuid("plg_")}
    api.store.insert("plan_groups", group)
    api.store.set_members(group["uuid"], body["plans"])
    return group


def index(api: Api, request: Request) -> Document:
    return listing(api, request, LIST, lambda groups: [present(api, group) for group in groups])


def create(api: Api, request: Request) -> Document:
    return present(api, add(api, request.body))


def show(api: Api, request: Request, uuid: str) -> Document:
    return present(api, find(api, uuid))


def update(api: Api, request: Request, uuid: str) -> Document:
    """Update the fields that were sent. `plans` replaces the whole list."""
    group = find(api, uuid)
    _check(api, request.body)
    if "name" in request.body:
        group["name"] = request.body["name"]
        api.store.update("plan_groups", group)
    if "plans" in request.body:
        api.store.set_members(uuid, request.body["plans"])
    return present(api, group)


def delete(api: Api, request: Request, uuid: str) -> None:
    """Delete the group, but not its plans."""
    find(api, uuid)
    api.store.delete("plan_groups", uuid=uuid)


def plans(api: Api, request: Request, uuid: str) -> Document:
    find(api, uuid)
    return listing(api, request, PLANS, lambda found: found, {_MEMBERS: uuid})
