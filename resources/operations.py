"""What can be done with a connection, as data: an operation ties a form to an endpoint.

Shared code never checks which operation it is serving. Whatever differs between operations is part of their declaration
(resources/catalog/) or of the form that it names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext_lazy as _

from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from connections.roles import Role
from connections.words import Words
from resources.form_context import NOT_FOUND
from resources.forms import ApiForm
from resources.json_paths import dig

if TYPE_CHECKING:
    from resources.services import Rows

NO_ROWS = _("There are none.")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table or one fact of a record: the path of its value, and how it is shown."""

    key: str
    """Dotted path in the API's object, with hyphens where the API has them."""
    label: Words
    shown_as: str = "text"
    """The name of a cell in resources/cells.py."""
    to: str = ""
    """For a cell that links to a record: the key of that record's resource."""
    operation: str = ""
    carries: tuple[tuple[str, str], ...] = ()
    """For a cell that links to an operation on the row: `operation` is its key, and `carries` lists the form fields to
    fill in, each with the path of its value in the row."""
    part: str = ""
    """For a cell that adds up the rows of a list: the path of each row's amount."""
    summed: bool = False
    """In a nested table: whether the amounts of its rows are added up below them."""
    blank: Words = ""
    """What to show for a value that is not set, if that means something: a nested table then always has the column."""
    labels: Mapping[str, Words] = field(default_factory=dict, hash=False)
    """For a field with a fixed set of words: the API's word, in whatever case (`Past due` in 2020, recorded) -> the
    label to show, as in the choices of a form. Any other word is shown unchanged."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """The link of a cell shown as `step`, for a row whose label or initial values differ from those of the others."""

    label: Words
    said: str = ""
    """A sentence beside the link."""
    fills: Mapping[str, str] = field(default_factory=dict)
    """Further fields of the operation to fill in, with their values."""


@dataclass(frozen=True, kw_only=True)
class NestedTable:
    """A list within a record that is shown as a table of its own."""

    key: str
    """Path of the list in the record."""
    title: Words
    noun: Words
    """Name of one row, as in `Line item 2`."""
    counted: Words
    """See Resource.counted."""
    columns: tuple[Column, ...]
    """Columns that are blank in all rows are left out; other fields of the rows follow under their own names."""
    inherits: tuple[str, ...] = ()
    """Fields of the record that apply to its rows too, such as the currency."""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """Something that pickers show of a record besides its name."""

    path: str
    """Path of the value, or of a list of values."""
    shown_as: Literal["text", "reference", "day", "currency", "amount"] = "text"
    """`reference`: the UUID of another record, shown by its name; `day`: a time, shown by its date; `currency`: the
    record's currency, which forms may need; `amount`: hundredths of the currency at `currency`."""
    currency: str = ""
    words: Words = "{value}"
    """Text around `{value}` that explains it."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One module: a page with a form, and the request that the form becomes."""

    key: str
    """`resource.operation`, as used in addresses (hyphens for underscores), logs and tests."""
    title: Words
    """The h1 of its page and its entry in the menu."""
    method: str
    path: str
    """Relative to /v1/, with {placeholders} named as the form's path fields."""
    form_class: type[ApiForm] = ApiForm
    intro: Words = ""
    """A sentence or two above the form, if people need to know something before they fill it in."""
    shortcut: str = ""
    """A letter: typing `g` and then this letter opens the page, from every page of a connection. `h` and `a` are taken
    (_shortcuts.html)."""

    @property
    def address(self) -> str:
        """The path of its page, relative to the connection's: `plan-groups/create/`."""
        return self.key.replace("_", "-").replace(".", "/") + "/"

    @property
    def url_name(self) -> str:
        return f"resources:{self.key}"

    @property
    def role(self) -> Role:
        """The role for the connection that is required to open its page."""
        return Role.VIEWER

    def build(self, form: ApiForm) -> ApiRequest:
        """Build the request from a valid form. Pure: no network, no database."""
        body = form.payload() if self.method in ("POST", "PUT", "PATCH") else None
        return ApiRequest.build(self.method, self.path, path_values=form.path_values(), query=form.query(), json=body)


@dataclass(frozen=True, kw_only=True)
class ListOperation(Operation):
    """Reads rows. The values of its form are the query of its address."""

    rows_key: str
    """Path of the rows in the answer: `entries`, `plans`, `data_sources`, ..."""
    columns: tuple[Column, ...]
    paged: bool = True
    """Whether the endpoint has cursors; one without them answers with everything at once."""
    empty: Words = ""
    """Text for a list without any rows, if there is more to say than that there are none."""
    complete: Callable[[ChartMogulClient, ApiForm, "Rows", bool], "Rows"] | None = None
    """Adds data from another list of the API to the rows. Called with the client, the form, the rows and whether these
    are all rows of the list; may raise ApiError."""


@dataclass(frozen=True, kw_only=True)
class GetOperation(Operation):
    """Reads one record."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows that belong to one record and are read by a call of their own, such as the plans of a plan group.

    The page of the record shows each part as a section that loads separately, so a slow or failing part does not delay
    the rest; without JavaScript its heading links to the part's own page. To add one, name it in the `parts` of its
    Resource:

        Part(key="invoices", title="Invoices", path="invoices", uuid_parameter="customer_uuid",
             rows_key="invoices", columns=invoices.COLUMNS, resource="invoices")
    """

    key: str
    """The last segment of its address, with hyphens for underscores; unique in its resource."""
    title: Words
    path: str
    """Relative to /v1/, with {uuid} for the record's UUID: `plan_groups/{uuid}/plans`."""
    rows_key: str
    columns: tuple[Column, ...]
    resource: str
    """The key of the resource that the rows are records of; pickers learn about them."""
    uuid_parameter: str = ""
    """The query parameter for the record's UUID if the path does not have it."""
    query: tuple[tuple[str, str], ...] = ()
    """Sent with the call, so that no row is left out."""
    of: ListOperation | None = None
    """The list whose rows these are, if that list adds data from another one to its rows (`complete`); its form takes
    the record as `uuid`."""
    paged: bool = True
    empty: Words = NO_ROWS

    @property
    def slug(self) -> str:
        return self.key.replace("_", "-")

    def request(self, uuid: str) -> ApiRequest:
        """Build the call for the part of one record. Raises CannotBeSent if `uuid` cannot be a UUID."""
        about = ((self.uuid_parameter, uuid),) if self.uuid_parameter else ()
        return ApiRequest.build("GET", self.path, path_values={"uuid": uuid}, query=(*about, *self.query))


@dataclass(frozen=True, kw_only=True)
class Copying:
    """Creating a record from an existing one: the page of that one links to the create form, filled in from it."""

    title: Words
    """Text of the link on the page of the record: `Copy to the next period`."""
    said: Words
    """Text on the form about the values that it is filled in with."""
    record: Callable[[Mapping[str, Any], tzinfo], tuple[Mapping[str, Any], list[str]]]
    """(record, time zone that times are read in) -> the record to fill the form in from, and descriptions of what is
    lost."""


@dataclass(frozen=True, kw_only=True)
class WriteOperation(Operation):
    """Changes something: form, review, send, outcome."""

    done: Words
    """Text for an accepted write: `Customer created`."""
    answer_path: str = ""
    """Path of the written record in the answer; empty if the answer is the record."""
    copying: Copying | None = None
    """For a create that can start from another record."""
    saved: Callable[[Mapping[str, Any]], tuple[Mapping[str, Any], list[str]]] | None = None
    """For a create whose form cannot hold everything that a record has: saved copy of a deleted record -> the record to
    fill the form in from, and descriptions of what is lost."""
    identified_by: Mapping[str, str] = field(default_factory=dict)
    """For a create whose outcome is unknown: how the resource's list finds the record. Query parameter -> source of its
    value in the request that was sent: `body:invoices.0.external_id`, `path:customer_uuid`."""
    part_of: tuple[str, str] | None = None
    """The record that the written one belongs to: the key of its resource, and the path field with its UUID; if the
    path has none, the field of the record as read before the write."""
    afterwards: Words = ""
    """A sentence about what ChartMogul does after it accepted the write."""
    warning: Words = ""
    """What a deletion loses: shown on the form and on the review."""
    losses_of: Callable[[Mapping[str, Any]], list[str]] | None = None
    """For a deletion: record -> sentences for the review about what else is lost with this particular record."""
    takes: tuple[Part, ...] = ()
    """For a deletion: parts that are deleted with the record. The review counts them and offers a copy of them."""
    also_copied: tuple[Part, ...] = ()
    """Further parts in the copy that are not counted, because they are another view of those. A record for which
    ChartMogul answers that it has no such view has no rows in it."""
    not_copied: Words = ""
    """A sentence about what is deleted with the record but is not in the copy."""
    confirm_by_name: bool = False
    """Whether the record's name has to be typed, and a reason given, before it is sent."""
    also_reads: Mapping[str, Part] = field(default_factory=dict)
    """For an update or a deletion: values that the record itself does not hold. Path in the body of an update -> the
    part whose rows' UUIDs are its current value. Read in full along with the record."""
    review_read: Callable[[ApiForm], ApiRequest | None] | None = None
    """One read whose result the review compares with the form (`ApiForm.look_at`), if it can be had quickly."""
    shows: Callable[[Any, Mapping[str, Any]], bool] | None = None
    """For a change whose outcome is unknown and whose body is not made of fields of the record: (body, record) ->
    whether the record shows that it was carried out."""

    def record_in(self, answer: object) -> dict[str, Any] | None:
        """Return the written record in the answer, or None if it holds none."""
        found = dig(answer, self.answer_path) if self.answer_path else answer
        return found if isinstance(found, dict) and isinstance(found.get("uuid"), str) else None

    def to_type(self, request: ApiRequest, name: str) -> str:
        """Return the text that has to be typed before the request is sent, or "" if Send is enough."""
        return name if self.confirm_by_name else ""

    @property
    def role(self) -> Role:
        return Role.MANAGER if self.deletes else Role.EDITOR

    @property
    def role_to_send(self) -> Role:
        """The role that is required to send the write that its page prepared."""
        return self.role

    def needs_approval(self, to_type: str) -> bool:
        """Whether a second person has to approve it, if the connection requires that."""
        return bool(to_type)

    @property
    def creates(self) -> bool:
        return self.method == "POST"

    @property
    def deletes(self) -> bool:
        return self.method == "DELETE"


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """A way of finding records of a resource through the API by a text that people type."""

    what: Words
    """Name of what is searched, to show to the person: `e-mail`, `external ID`."""
    path: str
    parameter: str
    matches: str = r".+"
    """Regular expression that the whole text has to match to be worth the call."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Records of one kind, and what can be done with them."""

    key: str
    title: Words
    """Heading of its group in the menu."""
    noun: Words
    """One of them, in a sentence: `customer`."""
    nouns: Words
    """Several of them: `customers`."""
    counted: Words
    """A number of them, by ngettext_lazy: `1 customer`, `{shown} customers`, selected by `count`."""
    path: str
    """Path of one record, relative to /v1/: `customers/{uuid}`. Empty if single records cannot be read."""
    list_path: str
    """Empty if there is no list: records are then searched for in the record they belong to, under `rows_key`."""
    rows_key: str
    operations: tuple[Operation, ...]
    uuid_prefix: str = ""
    """What their UUIDs begin with: `cus_`."""
    facts: tuple[Column, ...] = ()
    """The fields of a record that are shown first, with these labels; all others follow under their own names."""
    parts: tuple[Part, ...] = ()
    """What the page of a record shows below its fields."""
    tables: tuple[NestedTable, ...] = ()
    errors_key: str = ""
    """The key under which a record, and each row of its tables, may have errors although it was stored."""
    read_query: tuple[tuple[str, str], ...] = ()
    """Sent with every read_request and list_request (look-ups, too), so that no record is left out."""
    read_first: bool = False
    """Whether the sync reads its list before others: for kinds of which there are few, and whose names tell other
    records apart."""
    name_keys: tuple[str, ...] = ("name", "external_id")
    """Paths of a record's name: the first one whose value is not blank counts."""
    look_ups: tuple[LookUp, ...] = ()
    all_of: Part | None = None
    """For records that cannot be read one by one: all those that belong to one record of another resource."""
    completed: Callable[[ChartMogulClient, str, list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    """Adds data from another view of the API to those records (`all_of`), for pickers to show. Called with the client,
    the UUID of the owner and the records; may raise ApiError."""
    owner: str = ""
    """The field with the UUID of the record that one belongs to, in the records and in forms: `customer_uuid`."""
    not_found: Words = NOT_FOUND
    """Text of a picker if nothing matches what was typed, with `{text}`."""
    none_of_owner: Words = ""
    """Text of a picker if no record belongs to the chosen owner."""
    index: Mapping[str, str] = field(default_factory=dict)
    """What pickers know about a record: field of directory.Entry -> its path in the API's object."""
    told_apart_by: tuple[Detail, ...] = ()
    """What else pickers show of a record, because others may have the same name."""

    @property
    def slug(self) -> str:
        return self.key.replace("_", "-")

    def name_of(self, record: object) -> str:
        for key in self.name_keys:
            value = dig(record, key)
            if isinstance(value, str) and value.strip():
                return value
        uuid = dig(record, "uuid")
        return uuid if isinstance(uuid, str) else ""

    def status_in_words(self, status: str) -> str:
        """Return the label of a status that the directory holds, taken from the column of the status."""
        lists = (operation.columns for operation in self.operations if isinstance(operation, ListOperation))
        columns = [column for group in (self.facts, *lists) for column in group]
        labels = next((column.labels for column in columns if column.key == self.index.get("status")), {})
        return next((str(label) for word, label in labels.items() if word.casefold() == status.casefold()), status)

    def read_request(self, uuid: str) -> ApiRequest:
        return ApiRequest.build("GET", self.path, path_values={"uuid": uuid}, query=self.read_query)

    def list_request(self, query: tuple[tuple[str, str], ...] = (), path: str = "") -> ApiRequest:
        return ApiRequest.build("GET", path or self.list_path, query=(*query, *self.read_query))

    @property
    def listing(self) -> ListOperation | None:
        """The list of its records, or None."""
        return next((each for each in self.operations if isinstance(each, ListOperation)), None)

    @property
    def creation(self) -> WriteOperation | None:
        """The operation that creates a record, which an empty list links to; or None."""
        return next((each for each in self.operations if isinstance(each, WriteOperation) and each.creates), None)

    def operations_on_a_record(self) -> list[Operation]:
        """Return the operations that write one record of this resource (update, delete); its page links to them."""
        return [
            operation
            for operation in self.operations
            if isinstance(operation, WriteOperation) and operation.path == self.path
        ]
