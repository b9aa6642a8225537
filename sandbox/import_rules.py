"""Validation of line items and transactions, and the form in which they are stored.

Both readers collect errors in `problems`, one text per field. An import and an update both use them: an update
validates the stored object again with the new values in it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox import dates
from sandbox.checks import as_external_id, is_blank, is_integer
from sandbox.context import Api
from sandbox.store import Document

Problems = dict[str, str]
LINE_ITEM_TYPES = ("subscription", "one_time", "trial")
PRORATION_TYPES = ("differential", "full", "differential_mrr")
LONGEST_ACCOUNT_CODE = 30


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_account_code(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_ACCOUNT_CODE and (value.isalnum() or not value)


# Optional fields: the default if absent or null, the check of any other value, and the error message.
Optional = Mapping[str, tuple[Any, Callable[[Any], bool], str]]
_LINE_ITEM: Optional = {
    "quantity": (1, lambda value: is_integer(value) and value != 0, "must be an integer other than 0"),
    "discount_code": ("", _is_text, "is not a string"),
    "discount_amount_in_cents": (0, is_integer, "is not a number"),
    "discount_description": (None, _is_text, "is not a string"),
    "tax_amount_in_cents": (0, is_integer, "is not a number"),
    "transaction_fees_in_cents": (0, is_integer, "is not a number"),
    "transaction_fees_currency": (None, _is_text, "is not a string"),
    "account_code": ("", _is_account_code, "must be at most 30 letters and digits"),
    "event_order": (None, is_integer, "is not a number"),
}
_DESCRIPTION: Optional = {"description": (None, _is_text, "is not a string")}
# Only for line items of a subscription.
_BALANCE: Optional = {
    "balance_transfer": (None, lambda value: isinstance(value, bool), "must be true or false"),
}
_TRANSACTION: Optional = {
    # null stands for the full amount of the invoice; a refund is positive too
    "amount_in_cents": (None, lambda value: is_integer(value) and value >= 0, "must be positive"),
    "transaction_fees_in_cents": (None, is_integer, "is not a number"),
    "transaction_fees_currency": (None, _is_text, "is not a string"),
}


class Reader:
    """Reads the fields of one JSON object and collects what is wrong with them in `problems`."""

    def __init__(self, given: Mapping[str, Any], problems: Problems, prefix: str = "") -> None:
        self.given = given
        self._problems = problems
        self._prefix = prefix

    def refuse(self, field: str, message: str) -> None:
        self._problems.setdefault(self._prefix + field, message)

    def required(self, field: str) -> Any:
        value = self.given.get(field)
        if is_blank(value):
            self.refuse(field, "can't be blank")
        return value

    def choice(self, field: str, choices: tuple[str, ...]) -> Any:
        value = self.required(field)
        if not is_blank(value) and value not in choices:
            self.refuse(field, f"must be one of {', '.join(choices)}")
        return value

    def date(self, field: str, *, required: bool = True) -> str | None:
        """Return the date in the format of the API's answers, None if it is absent or wrong."""
        value = self.required(field) if required else self.given.get(field)
        moment = dates.parse(value)
        if moment is None and not is_blank(value):
            self.refuse(field, "is not a valid date")
        return dates.with_milliseconds(moment) if moment else None

    def external_id(self, field: str = "external_id", *, required: bool = False) -> str | None:
        value = self.required(field) if required else self.given.get(field)
        text = as_external_id(value)
        if text is None and not is_blank(value):
            self.refuse(field, "is not a string")
        return text

    def optional(self, rules: Optional) -> Document:
        values = {}
        for field, (default, is_right, message) in rules.items():
            value = self.given.get(field)
            if value is not None and not is_right(value):
                self.refuse(field, message)
            values[field] = default if value is None else value
        return values


def _subscription_fields(api: Api, reader: Reader, source_uuid: str) -> Document:
    plan_uuid = reader.required("plan_uuid")
    if not is_blank(plan_uuid) and api.store.get("plans", uuid=plan_uuid, data_source_uuid=source_uuid) is None:
        reader.refuse("plan_uuid", "must be the UUID of a plan of the same data source")
    start, end = reader.date("service_period_start"), reader.date("service_period_end")
    if start and end and end <= start:
        reader.refuse("service_period_end", "must be after the start of the service period")
    prorated = reader.given.get("prorated")
    if prorated is not None and not isinstance(prorated, bool):
        reader.refuse("prorated", "must be true or false")
    kind = reader.choice("proration_type", PRORATION_TYPES) if reader.given.get("proration_type") else None
    fields: Document = {
        "subscription_uuid": None,
        "subscription_external_id": reader.external_id("subscription_external_id", required=True),
        "prorated": bool(prorated),
        "proration_type": kind or ("differential" if prorated is True else None),
        "service_period_start": start,
        "service_period_end": end,
        "plan_uuid": plan_uuid,
        **reader.optional(_BALANCE),
        "_cancelled_at": reader.date("cancelled_at", required=False),
    }
    # The key of the set is absent, not null, when there is none (recorded 2023).
    if set_id := reader.external_id("subscription_set_external_id"):
        fields["subscription_set_external_id"] = set_id
    # No recorded subscription line item has a description, but an official client offers it.
    if not is_blank(reader.given.get("description")):
        fields |= reader.optional(_DESCRIPTION)
    return fields


def _one_time_fields(api: Api, reader: Reader, source_uuid: str) -> Document:
    """Return the fields of a one-time line item. `plan_uuid` is absent if there is no plan (recorded 2020)."""
    fields: Document = reader.optional(_DESCRIPTION)
    if plan_uuid := reader.given.get("plan_uuid"):
        if api.store.get("plans", uuid=plan_uuid, data_source_uuid=source_uuid) is None:
            reader.refuse("plan_uuid", "must be the UUID of a plan of the same data source")
        fields["plan_uuid"] = plan_uuid
    return fields


def read_line_item(
    api: Api, given: Mapping[str, Any], source_uuid: str, problems: Problems, prefix: str = ""
) -> Document:
    """Return a line item without its uuid. Negative amounts are accepted: credits are common in such data."""
    reader = Reader(given, problems, prefix)
    kind = reader.choice("type", LINE_ITEM_TYPES)
    amount = reader.required("amount_in_cents")
    if amount is not None and not is_integer(amount):
        reader.refuse("amount_in_cents", "is not a number")
    fields = _one_time_fields if kind == "one_time" else _subscription_fields
    return {
        "external_id": reader.external_id(),
        "type": kind,
        **fields(api, reader, source_uuid),
        "amount_in_cents": amount,
        **reader.optional(_LINE_ITEM),
    }


def read_transaction(given: Mapping[str, Any], problems: Problems, prefix: str = "") -> Document:
    """Return a transaction without its uuid."""
    reader = Reader(given, problems, prefix)
    return {
        "external_id": reader.external_id(),
        "type": reader.choice("type", ("payment", "refund")),
        "date": reader.date("date"),
        "result": reader.choice("result", ("successful", "failed")),
        **reader.optional(_TRANSACTION),
    }
