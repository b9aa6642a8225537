"""Rendering one of ChartMogul's values as HTML. All values are untrusted: any value may have any type, and everything
is escaped. These are functions rather than templates because a table has thousands of cells."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from connections import localized
from connections.localized import Localized
from resources import countries, moments, money
from resources.json_paths import BLANK, dig, further_paths
from resources.markup import Html, joined
from resources.operations import Column, Step

STAND_IN = "STAND_IN_UUID"
"""Cannot occur elsewhere in an address, because slugs are in lower case."""
ORDINARY = re.compile(r"[A-Za-z0-9_-]+")
"""A UUID that needs no quoting in an address."""
NOT_SET = Html('<span class="blank" aria-label="{}">—</span>')
# A name may contain right-to-left text and direction controls, which must not affect the text around it.
TEXT = Html("<bdi>{}</bdi>")
PLAIN = Html("{}")
CODE = Html("<code>{}</code>")
LINE = Html("<div>{}</div>")
MOMENT = Html('<time datetime="{}" title="{} UTC">{}</time>')
ACCOUNT_MONEY = Html('<span class="money">{} {}</span>')
MONEY = Html('<span class="money">{}</span>')
ERRORS, ERROR = Html('<ul class="stored-errors">{}</ul>'), Html("<li>{}</li>")
STATUS = Html('<span class="status" data-status="{}">{}</span>')
TAG = Html('<span class="tag">{}</span>')
COPIED = Html('<copy-text><code class="identifier">{}</code></copy-text>')
COPIED_LINK = Html('<copy-text><a href="{}"><code class="identifier">{}</code></a></copy-text>')
LINK = Html('<a href="{}">{}</a>')
TEXT_LINK = Html('<a href="{}"><bdi>{}</bdi></a>')
OUTER_LINK = Html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')
FACTS, FACT = Html('<dl class="nested">{}</dl>'), Html("<dt>{}</dt><dd>{}</dd>")


@dataclass(frozen=True, kw_only=True)
class CellContext:
    """What rendering a value depends on: the connection in the address, its time zone (Connection.zone) and more."""

    slug: str
    zone: tzinfo = UTC
    name_of: Callable[[str, str], str] = lambda resource, uuid: ""
    """(resource, uuid) -> the known name of a record, or ""."""
    expect: Callable[[str, Iterable[str]], None] = lambda resource, uuids: None
    """(resource, uuids): announces names that will be asked for, so that they can be looked up together."""
    allows: Callable[[str], bool] = lambda operation: True
    """(key of an operation) -> whether the person who looks at the page may use it."""
    written: Localized = field(default_factory=localized.current)
    """Number and time formats of the page's language: determined once, not for each cell."""
    _labels: dict[int, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)
    _addresses: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Resource -> the address of a record with the UUID STAND_IN. reverse() takes longer than rendering a cell."""

    @cached_property
    def blank(self) -> SafeString:
        """The cell for a value that is not set."""
        return NOT_SET(_("not set"))

    def said(self, value: Any, column: Column) -> Any:
        """Return the label of an API word if it has one, else `value`. Translated once per page, not for each cell."""
        if not column.labels or not isinstance(value, str):
            return value
        key = id(column.labels)
        if key not in self._labels:
            self._labels[key] = {word.casefold(): str(label) for word, label in column.labels.items()}
        return self._labels[key].get(value.casefold(), value)

    def operation_url(self, operation: str, query: Mapping[str, str]) -> str:
        return f"{reverse(f'resources:{operation}', args=[self.slug])}?{urlencode(query)}"

    def record_url(self, resource: str, uuid: str) -> str:
        if not ORDINARY.fullmatch(uuid):
            return self._record_url(resource, uuid)
        if resource not in self._addresses:
            self._addresses[resource] = self._record_url(resource, STAND_IN)
        return self._addresses[resource].replace(STAND_IN, uuid)

    def _record_url(self, resource: str, uuid: str) -> str:
        try:
            return reverse("resources:record." + resource, args=[self.slug, uuid])
        except NoReverseMatch:
            return ""


def show(column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    value = dig(record, column.key)
    if not value and value in BLANK and column.shown_as != "record":
        return PLAIN(column.blank) if column.blank else cell_context.blank
    return CELLS[column.shown_as].show(value, column, record, cell_context)


def text(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    if isinstance(value, str):
        return TEXT(cell_context.said(value, column) if column.labels else value)
    if isinstance(value, bool):
        return PLAIN(_("Yes") if value else _("No"))
    if isinstance(value, Mapping):
        return facts(value, column, record, cell_context)
    if isinstance(value, list):
        return CODE(json.dumps(value, ensure_ascii=False))
    return TEXT(value)


def moment(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    instant = moments.from_api(value)
    if instant is None:
        return text(value, column, record, cell_context)
    local = cell_context.written.moment(instant.astimezone(cell_context.zone))
    return MOMENT(moments.to_api(instant), moments.to_typed(instant, UTC), local)


def moment_list(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    if not isinstance(value, list):
        return text(value, column, record, cell_context)
    return (
        joined("", (LINE(moment(each, column, record, cell_context)) for each in value if each not in BLANK))
        or cell_context.blank
    )


def account_money(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """mrr and arr: hundredths of the account's currency, even for yen (a recorded account in JPY)."""
    # A recorded account of 2018 had fractions of hundredths.
    if isinstance(value, float) and isfinite(value):
        value = int(Decimal(str(value)).to_integral_value(ROUND_HALF_EVEN))
    amount = money.whole(value)
    if amount is None:
        return text(value, column, record, cell_context)
    return ACCOUNT_MONEY(currency_of(record), cell_context.written.amount(amount))


def in_cents(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """An `*_in_cents` amount in the currency of the row, always with the integer beside it."""
    amount = money.whole(value)
    if amount is None:
        return text(value, column, record, cell_context)
    return MONEY(money.short(amount, currency_of(record), cell_context.written))


def fees_in_cents(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """Transaction fees, which may have a currency of their own."""
    return in_cents(value, column, {"currency": currency_at(column, record)}, cell_context)


def currency_of(record: Mapping[str, Any]) -> str:
    currency = record.get("currency")
    return currency if isinstance(currency, str) else ""


def currency_at(column: Column, record: Mapping[str, Any]) -> str:
    """Return the currency of the amount in a column, or "" if the record names none."""
    own = record.get("transaction_fees_currency") if column.shown_as == "fees_in_cents" else ""
    return own if isinstance(own, str) and own else currency_of(record)


def sum_in_cents(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """The sum of the rows of a list, which are all in the currency of the record."""
    total = sum_of(value, column)
    return cell_context.blank if total is None else in_cents(total, column, record, cell_context)


def sum_of(value: Any, column: Column) -> int | None:
    return money.total(dig(row, column.part) for row in value) if isinstance(value, list) else None


def count(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    return (
        PLAIN(cell_context.written.count(len(value)))
        if isinstance(value, list)
        else text(value, column, record, cell_context)
    )


def stored_errors(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """The errors of a record that ChartMogul stored in spite of them: `{"date": ["Date is in the future"]}`, in older
    answers with a string instead of the list."""
    return ERRORS(joined("", map(ERROR, error_texts(value))))


def error_texts(value: Any) -> list[str]:
    """Return the messages in an `errors` value of any shape."""
    if value in BLANK:
        return []
    if isinstance(value, Mapping):
        found = [(str(name), message) for name, messages in value.items() for message in error_texts(messages)]
        return [message if _names(message, name) else f"{name}: {message}" for name, message in found]
    if isinstance(value, list):
        return [message for item in value for message in error_texts(item)]
    return [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]


def _names(message: str, field: str) -> bool:
    return message.lower().startswith(field.replace("_", " ").lower())


def status(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    return STATUS(status_slug(str(value)), cell_context.said(value, column))


def status_slug(status: str) -> str:
    """Return a status as used in style sheets."""
    return status.lower().replace(" ", "-")


def country(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    return text(countries.in_words(value) if isinstance(value, str) else value, column, record, cell_context)


def tags(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    if not isinstance(value, list):
        return text(value, column, record, cell_context)
    return joined(" ", (TAG(each) for each in value if each not in BLANK)) or cell_context.blank


def identifier(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    if not isinstance(value, str):
        return text(value, column, record, cell_context)
    return COPIED(value)


def record_link(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """The name of the row's own record, linked to its page."""
    uuid = record.get("uuid")
    words = value if isinstance(value, str) and value.strip() else _("(no name)")
    url = cell_context.record_url(column.to, uuid) if isinstance(uuid, str) else ""
    if not url:
        return text(words, column, record, cell_context)
    return TEXT_LINK(url, words)


def reference(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """The UUID of another record, linked to its page, with its name if known."""
    if not isinstance(value, str):
        return text(value, column, record, cell_context)
    url = cell_context.record_url(column.to, value)
    name = cell_context.name_of(column.to, value)
    if not url:
        return COPIED(value)
    return joined(" ", (TEXT_LINK(url, name), COPIED(value))) if name else COPIED_LINK(url, value)


def step(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """A link to an operation on the row if the value is True or a Step; any other value is the reason why there is no
    link."""
    if value is True:
        value = Step(label=column.label)
    if not isinstance(value, Step):
        return text(value, column, record, cell_context)
    said = [TEXT(value.said)] if value.said else []
    if cell_context.allows(column.operation):
        query = {name: str(dig(record, path)) for name, path in column.carries} | dict(value.fills)
        said.append(LINK(cell_context.operation_url(column.operation, query), value.label))
    return joined(" ", said) or cell_context.blank


def link(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """An external address, linked only if http(s): a Chargebee customer had a bare ID here, and anyone may set one."""
    if not is_web_address(value):
        return text(value, column, record, cell_context)
    return OUTER_LINK(value, re.sub(r"^https?://", "", value))


def is_web_address(value: Any) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def facts(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """An object as names and values; deeper levels are shown as JSON."""
    if not isinstance(value, Mapping):
        return text(value, column, record, cell_context)
    return FACTS(joined("", (FACT(name, _nested(held, cell_context)) for name, held in value.items())))


def _nested(value: Any, cell_context: CellContext) -> SafeString:
    if value is None or value == "":
        return cell_context.blank
    if isinstance(value, str):
        return TEXT(value)
    return CODE(json.dumps(value, ensure_ascii=False))


def transactions(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """The payments and refunds of an invoice, one per line: type, result, date."""
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        return text(value, column, record, cell_context)
    return joined("", (LINE(_transaction(each, column, cell_context) or cell_context.blank) for each in value))


def _transaction(held: Mapping[str, Any], column: Column, cell_context: CellContext) -> SafeString:
    words = [PLAIN(cell_context.said(held[name], column)) for name in ("type", "result") if held.get(name) not in BLANK]
    if (date := held.get("date")) not in BLANK:
        words.append(moment(date, Column(key="date", label=""), held, cell_context))
    return joined(" ", words)


def as_number(value: Any, column: Column) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def as_amount(value: Any, column: Column) -> float | None:
    whole = money.whole(value)
    return as_number(value, column) if whole is None else whole


def as_count(value: Any, column: Column) -> float | None:
    return len(value) if isinstance(value, list) else None


def as_timestamp(value: Any, column: Column) -> float | None:
    instant = moments.from_api(value[0] if isinstance(value, list) else value)
    return instant.timestamp() if instant else None


@dataclass(frozen=True)
class CellKind:
    """How one kind of value is shown on pages. How it is exported: export_cells.KINDS."""

    show: Callable[[Any, Column, Mapping[str, Any], CellContext], SafeString]
    sort_key: Callable[[Any, Column], float | None] = as_number
    """Returns what a table is sorted by instead of the text; None for the text."""
    css_class: str = ""
    has_times: bool = False
    is_amount: bool = False
    """Whether rows are sorted within each currency only."""


CELLS = {
    "text": CellKind(text),
    "moment": CellKind(moment, as_timestamp, has_times=True),
    "moments": CellKind(moment_list, as_timestamp, has_times=True),
    "account_money": CellKind(account_money, as_amount, "right", is_amount=True),
    "in_cents": CellKind(in_cents, as_amount, "right", is_amount=True),
    "sum_in_cents": CellKind(sum_in_cents, sum_of, "right", is_amount=True),
    "fees_in_cents": CellKind(fees_in_cents, as_amount, "right", is_amount=True),
    "number": CellKind(text, css_class="right"),
    "count": CellKind(count, as_count, "right"),
    "stored_errors": CellKind(stored_errors),
    "status": CellKind(status),
    "country": CellKind(country),
    "tags": CellKind(tags),
    "identifier": CellKind(identifier, css_class="long"),
    "record": CellKind(record_link),
    "reference": CellKind(reference, css_class="long"),
    "step": CellKind(step),
    "link": CellKind(link),
    "facts": CellKind(facts),
    "transactions": CellKind(transactions, has_times=True),
}


def expect_references(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]], cell_context: CellContext) -> None:
    """Look up the names of all records that a table refers to together."""
    rows = list(rows)
    for column in columns:
        if column.shown_as == "reference":
            cell_context.expect(column.to, [value for row in rows if isinstance(value := dig(row, column.key), str)])


def all_facts(columns: Iterable[Column], record: Mapping[str, Any], elsewhere: Iterable[str] = ()) -> list[Column]:
    """Return a column for every field of a record: the given ones first, then all others under the API's names,
    without those that are shown `elsewhere`."""
    named = list(columns)
    covered = {*elsewhere, *(column.key for column in named)}
    return named + [Column(key=path, label=path) for path in further_paths(covered, record)]
