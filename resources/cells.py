"""How one value of ChartMogul's is shown. Everything that comes in is foreign data: any type may stand anywhere,
and whatever it holds is escaped. Functions rather than templates, for a table has thousands of cells."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate
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
from resources.json_paths import BLANK, dig
from resources.markup import Html, joined
from resources.operations import Column, Step

STAND_IN = "STAND_IN_UUID"
"""Nothing like it comes up in an address: slugs are in lower case."""
ORDINARY = re.compile(r"[A-Za-z0-9_-]+")
"""A UUID that stands in an address as it is."""
NOT_SET = Html('<span class="blank" aria-label="{}">—</span>')
# A name may hold right-to-left text and the signs that turn the direction: they must not reach its neighbours.
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
    """What showing a value needs to know: the connection in the address and its zone (Connection.zone)."""

    slug: str
    zone: tzinfo = UTC
    name_of: Callable[[str, str], str] = lambda resource, uuid: ""
    """(resource, uuid) -> the name by which a record is known, or nothing."""
    expect: Callable[[str, Iterable[str]], None] = lambda resource, uuids: None
    """(resource, uuids): these names will be asked for, so they may be looked up together."""
    allows: Callable[[str], bool] = lambda operation: True
    """Whether the person who looks may do an operation, by its key."""
    written: Localized = field(default_factory=localized.current)
    """How the language of the page writes numbers and times: asked for once, and not by each cell."""
    _labels: dict[int, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)
    _addresses: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """By resource, the address of a record of this UUID: STAND_IN. Working one out takes longer than showing a cell."""

    @cached_property
    def blank(self) -> SafeString:
        """What stands where a record has nothing."""
        return NOT_SET(_("not set"))

    def said(self, value: Any, column: Column) -> Any:
        """What people read for a word of the API's that has a label: translated once a page, and not by each cell."""
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
    return CELLS[column.shown_as](value, column, record, cell_context)


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
    """mrr and arr: hundredths of the account's currency, of the yen too (a recorded account in JPY)."""
    # A recorded account of 2018 had fractions of hundredths.
    if isinstance(value, float) and isfinite(value):
        value = int(Decimal(str(value)).to_integral_value(ROUND_HALF_EVEN))
    amount = money.whole(value)
    if amount is None:
        return text(value, column, record, cell_context)
    return ACCOUNT_MONEY(currency_of(record), cell_context.written.amount(amount))


def in_cents(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """An `*_in_cents`, in the currency of the row; the integer stands beside it always."""
    amount = money.whole(value)
    if amount is None:
        return text(value, column, record, cell_context)
    return MONEY(money.short(amount, currency_of(record), cell_context.written))


def fees_in_cents(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """Transaction fees, which may be in a currency of their own."""
    return in_cents(value, column, {"currency": currency_at(column, record)}, cell_context)


def currency_of(record: Mapping[str, Any]) -> str:
    currency = record.get("currency")
    return currency if isinstance(currency, str) else ""


def currency_at(column: Column, record: Mapping[str, Any]) -> str:
    """That of the amount in a column."""
    own = record.get("transaction_fees_currency") if column.shown_as == "fees_in_cents" else ""
    return own if isinstance(own, str) and own else currency_of(record)


def sum_in_cents(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """What the rows of a list come to; all of them are in the currency of the record."""
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
    """What ChartMogul says is wrong with a record that it stored all the same: `{"date": ["Date is in the future"]}`,
    a string for the list in older answers."""
    return ERRORS(joined("", map(ERROR, error_texts(value))))


def error_texts(value: Any) -> list[str]:
    """The sentences in an `errors` of any shape."""
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
    """What a status is to style sheets."""
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
    """The name of the row's own record, leading to its page."""
    uuid = record.get("uuid")
    words = value if isinstance(value, str) and value.strip() else _("(no name)")
    url = cell_context.record_url(column.to, uuid) if isinstance(uuid, str) else ""
    if not url:
        return text(words, column, record, cell_context)
    return TEXT_LINK(url, words)


def reference(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """The UUID of another record, leading to its page by its name where that is known."""
    if not isinstance(value, str):
        return text(value, column, record, cell_context)
    url = cell_context.record_url(column.to, value)
    name = cell_context.name_of(column.to, value)
    if not url:
        return COPIED(value)
    return joined(" ", (TEXT_LINK(url, name), COPIED(value))) if name else COPIED_LINK(url, value)


def step(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    """A link to an operation on the row where the row's value is True, or says how its step differs; anything else says
    why there is none."""
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
    """An address from outside. A Chargebee customer had a bare id here, and anybody may write one: http(s) only."""
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
    """An object as names and values; what is nested deeper as JSON."""
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
    """The payments and refunds of an invoice, a line each: what, with which result, when."""
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        return text(value, column, record, cell_context)
    return joined("", (LINE(_transaction(each, column, cell_context) or cell_context.blank) for each in value))


def _transaction(held: Mapping[str, Any], column: Column, cell_context: CellContext) -> SafeString:
    words = [PLAIN(cell_context.said(held[name], column)) for name in ("type", "result") if held.get(name) not in BLANK]
    if (date := held.get("date")) not in BLANK:
        words.append(moment(date, Column(key="date", label=""), held, cell_context))
    return joined(" ", words)


CELLS: dict[str, Callable[[Any, Column, Mapping[str, Any], CellContext], SafeString]] = {
    "text": text,
    "moment": moment,
    "moments": moment_list,
    "account_money": account_money,
    "in_cents": in_cents,
    "sum_in_cents": sum_in_cents,
    "fees_in_cents": fees_in_cents,
    "number": text,
    "count": count,
    "stored_errors": stored_errors,
    "status": status,
    "country": country,
    "tags": tags,
    "identifier": identifier,
    "record": record_link,
    "reference": reference,
    "step": step,
    "link": link,
    "facts": facts,
    "transactions": transactions,
}


def expect_references(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]], cell_context: CellContext) -> None:
    """Look the names of all records that a table refers to up together."""
    rows = list(rows)
    for column in columns:
        if column.shown_as == "reference":
            cell_context.expect(column.to, [value for row in rows if isinstance(value := dig(row, column.key), str)])


AMOUNTS = {"account_money", "in_cents", "sum_in_cents", "fees_in_cents"}
TIMES = {"moment", "moments", "transactions"}
RIGHT_ALIGNED = {*AMOUNTS, "number", "count"}
LONG = {"identifier", "reference"}


def all_facts(columns: Iterable[Column], record: Mapping[str, Any], elsewhere: Iterable[str] = ()) -> list[Column]:
    """A column for every field of a record: the named ones first, then all others under the names the API gave,
    apart from those that are shown `elsewhere`."""
    named = list(columns)
    covered = {*elsewhere, *(column.key for column in named)}
    return named + [Column(key=path, label=path) for path in further_paths(covered, record)]


def further_paths(covered: Collection[str], record: Mapping[str, Any]) -> list[str]:
    """The paths of the fields of a record that are not covered; an object is one, unless a part of it is covered."""
    return _further(covered, {above for path in covered if "." in path for above in _above(path)}, record, "")


def _above(path: str) -> Iterator[str]:
    """`a` and `a.b` of `a.b.c`."""
    *steps, _ = path.split(".")
    return accumulate(steps, "{}.{}".format)


def _further(covered: Collection[str], opened: Collection[str], record: Mapping[str, Any], prefix: str) -> list[str]:
    found = []
    for name, value in record.items():
        path = f"{prefix}{name}"
        if path in covered:
            continue
        if isinstance(value, dict) and path in opened:
            found += _further(covered, opened, value, f"{path}.")
        else:
            found.append(path)
    return found
