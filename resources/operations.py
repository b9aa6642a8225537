"""What can be done with a connection, as data: an operation ties a form to an endpoint.

Shared code never asks which operation it is serving. What differs between operations stands in their declaration
(resources/catalog/) or in the form that it names.
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
    """One column of a table or one fact of a record: where its value stands and how it is shown."""

    key: str
    """Dotted path in the API's object; hyphens as the API spells them."""
    label: Words
    shown_as: str = "text"
    """The name of a cell in resources/cells.py."""
    to: str = ""
    """For a cell that links to a record: the key of that record's resource."""
    operation: str = ""
    carries: tuple[tuple[str, str], ...] = ()
    """For a cell that leads to an operation on the row: its key, and each of its fields that is filled in with the path
    of the value in the row."""
    part: str = ""
    """For a cell that adds up the rows of a list: where each row's amount stands."""
    summed: bool = False
    """Of a nested table: whether the amounts of its rows are added up below them."""
    blank: Words = ""
    """What a value that is not set stands for, if for anything: in a nested table the column then always shows."""
    labels: Mapping[str, Words] = field(default_factory=dict, hash=False)
    """Of a field that holds certain words: the API's word, however it writes capitals (`Past due` in 2020, recorded)
    -> what people read, as in the choice of a form. Any other word is shown as it came."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """The link of a cell shown as `step`, for a row that needs another label or other first values than the rest."""

    label: Words
    said: str = ""
    """A sentence beside it."""
    fills: Mapping[str, str] = field(default_factory=dict)
    """What it fills in besides: fields of the operation, and their values."""


@dataclass(frozen=True, kw_only=True)
class NestedTable:
    """A list inside of a record that is shown as a table of its own."""

    key: str
    """Where the list stands in the record."""
    title: Words
    noun: Words
    """One row, in `Line item 2`."""
    counted: Words
    """As that of a Resource."""
    columns: tuple[Column, ...]
    """Those that are blank in all rows are left out; what rows hold beyond them follows under its own name."""
    inherits: tuple[str, ...] = ()
    """Fields of the record that hold for its rows too, such as the currency."""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """What pickers show of a record besides its name."""

    path: str
    """Where the value, or a list of values, stands in the record."""
    shown_as: Literal["text", "reference", "day", "currency", "amount"] = "text"
    """`reference`: the UUID of another record, shown by its name; `day`: a time, shown by its date; `currency`: that of
    the record, which forms may need; `amount`: hundredths, with the path of their currency."""
    currency: str = ""
    words: Words = "{value}"
    """Around `{value}`: what it alone does not say."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One module: a page with a form, and the request that the form becomes."""

    key: str
    """`resource.operation`, as it stands in addresses (hyphens for underscores), logs and tests."""
    title: Words
    """The h1 of its page and its entry in the menu."""
    method: str
    path: str
    """Relative to /v1/, with {placeholders} named as the form's path fields."""
    form_class: type[ApiForm] = ApiForm
    intro: Words = ""
    """A sentence or two above the form, where people need to know something before they fill it in."""
    shortcut: str = ""
    """A letter: `g` and then it lead here from every page of a connection. `h` and `a` are taken (_shortcuts.html)."""

    @property
    def address(self) -> str:
        """Of its page, below the connection's: `plan-groups/create/`."""
        return self.key.replace("_", "-").replace(".", "/") + "/"

    @property
    def url_name(self) -> str:
        return f"resources:{self.key}"

    @property
    def role(self) -> Role:
        """What somebody must be, for the connection, to open its page."""
        return Role.VIEWER

    def build(self, form: ApiForm) -> ApiRequest:
        """The request that a valid form becomes. Pure: no network, no database."""
        body = form.payload() if self.method in ("POST", "PUT", "PATCH") else None
        return ApiRequest.build(self.method, self.path, path_values=form.path_values(), query=form.query(), json=body)


@dataclass(frozen=True, kw_only=True)
class ListOperation(Operation):
    """Reads rows. The values of its form are its address."""

    rows_key: str
    """Where the rows stand in the answer: `entries`, `plans`, `data_sources`, ..."""
    columns: tuple[Column, ...]
    paged: bool = True
    """Whether the endpoint has cursors; one that has none answers with everything at once."""
    empty: Words = ""
    """Said where there are no rows at all, if more is known than that there are none."""
    complete: Callable[[ChartMogulClient, ApiForm, "Rows", bool], "Rows"] | None = None
    """Adds to the rows what another list of the API knows of them. Called with the client, the form, the rows and
    whether these are all rows of the list; may raise ApiError."""


@dataclass(frozen=True, kw_only=True)
class GetOperation(Operation):
    """Reads one record."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows that belong to one record and are read by a call of their own, such as the plans of a plan group.

    The page of the record shows each part as a section that loads by itself, so a slow or failing one holds up
    nothing else; without JavaScript its heading leads to the part's own page. To add one, name it in the `parts` of
    its Resource:

        Part(key="invoices", title="Invoices", path="invoices", uuid_parameter="customer_uuid",
             rows_key="invoices", columns=invoices.COLUMNS, resource="invoices")
    """

    key: str
    """The last piece of its address, hyphens for underscores; unique in its resource."""
    title: Words
    path: str
    """Relative to /v1/, with {uuid} where the record's stands: `plan_groups/{uuid}/plans`."""
    rows_key: str
    columns: tuple[Column, ...]
    resource: str
    """The key of the resource that the rows are records of; pickers learn of them."""
    uuid_parameter: str = ""
    """The parameter that carries the record's UUID where the path does not."""
    query: tuple[tuple[str, str], ...] = ()
    """Sent along, so that no row is passed over."""
    of: ListOperation | None = None
    """The list whose rows these are, where that list adds to its rows what another one knows (`complete`); its form
    takes the record as `uuid`."""
    paged: bool = True
    empty: Words = NO_ROWS

    @property
    def slug(self) -> str:
        return self.key.replace("_", "-")

    def request(self, uuid: str) -> ApiRequest:
        """The call for the part of one record; raises CannotBeSent for what cannot be a UUID."""
        about = ((self.uuid_parameter, uuid),) if self.uuid_parameter else ()
        return ApiRequest.build("GET", self.path, path_values={"uuid": uuid}, query=(*about, *self.query))


@dataclass(frozen=True, kw_only=True)
class Copying:
    """A new record like one that is there: the page of that one leads to the form that makes it, filled in."""

    title: Words
    """What it is called on the page of the record: `Copy to the next period`."""
    said: Words
    """What the form says of what stands in it."""
    record: Callable[[Mapping[str, Any], tzinfo], tuple[Mapping[str, Any], list[str]]]
    """From the record, and the zone that times are read in, the one that fills in the form, and what of it is lost, in
    words."""


@dataclass(frozen=True, kw_only=True)
class WriteOperation(Operation):
    """Changes something: form, review, send, outcome."""

    done: Words
    """What to say when it was accepted: `Customer created`."""
    answer_path: str = ""
    """Where the written record stands in the answer; empty: it is the answer."""
    copying: Copying | None = None
    """For a create that can begin with another record."""
    saved: Callable[[Mapping[str, Any]], tuple[Mapping[str, Any], list[str]]] | None = None
    """For a create of which the form cannot hold all that a record has: of the saved copy of one that was deleted, what
    the form begins with, and what is lost, in words."""
    identified_by: Mapping[str, str] = field(default_factory=dict)
    """For a create whose outcome is unknown: how the resource's list finds the record. Query parameter -> where its
    value stands in what was sent: `body:invoices.0.external_id`, `path:customer_uuid`."""
    part_of: tuple[str, str] | None = None
    """The record that what is written belongs to: the key of its resource, and the path field that holds its UUID, or
    where the path has none, the field of the record that was read before."""
    afterwards: Words = ""
    """What happens at ChartMogul after it accepted the write, in a sentence."""
    warning: Words = ""
    """What is lost, for a deletion: shown on the form and on the review."""
    losses_of: Callable[[Mapping[str, Any]], list[str]] | None = None
    """For a deletion: what else is lost with this very record, from the record, in sentences for the review."""
    takes: tuple[Part, ...] = ()
    """For a deletion: what goes with the record, counted for the review and held in the copy that it offers."""
    also_copied: tuple[Part, ...] = ()
    """What the copy holds besides, though it is not counted: another view of what is. Records of which ChartMogul says
    that it has no such view have none of it."""
    not_copied: Words = ""
    """What goes with the record and is in no copy, in a sentence."""
    confirm_by_name: bool = False
    """Whether the record's name has to be typed, and a reason given, before it is sent."""
    also_reads: Mapping[str, Part] = field(default_factory=dict)
    """For an update or a deletion: values that the record itself does not hold. A path of the body of an update -> the
    part of the record whose rows' UUIDs are its present value. Read along with the record, in full."""
    review_read: Callable[[ApiForm], ApiRequest | None] | None = None
    """One read with which a review compares what was typed (`ApiForm.look_at`), as far as it is to be had quickly."""
    shows: Callable[[Any, Mapping[str, Any]], bool] | None = None
    """For a change whose outcome is unknown, where what is sent is no field of the record: whether the record shows
    that a body was carried out."""

    def record_in(self, answer: object) -> dict[str, Any] | None:
        """The written record in the answer, where it holds one."""
        found = dig(answer, self.answer_path) if self.answer_path else answer
        return found if isinstance(found, dict) and isinstance(found.get("uuid"), str) else None

    def to_type(self, request: ApiRequest, name: str) -> str:
        """What has to be typed before the request is sent, from the record's name; nothing where Send is enough."""
        return name if self.confirm_by_name else ""

    @property
    def role(self) -> Role:
        return Role.MANAGER if self.deletes else Role.EDITOR

    @property
    def role_to_send(self) -> Role:
        """What somebody must be to send what its page made."""
        return self.role

    def needs_approval(self, to_type: str) -> bool:
        """Whether it takes a second person, where the connection asks for one."""
        return bool(to_type)

    @property
    def creates(self) -> bool:
        return self.method == "POST"

    @property
    def deletes(self) -> bool:
        return self.method == "DELETE"


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """A way in which the API finds records of a resource by something that people type."""

    what: Words
    """`e-mail`, `external ID`: said to the person as what was searched."""
    path: str
    parameter: str
    matches: str = r".+"
    """Text that is worth the call: a regular expression over the whole of it."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Things of one kind, and what can be done with them."""

    key: str
    title: Words
    """Heading of its group in the menu."""
    noun: Words
    """One of them, in a sentence: `customer`."""
    nouns: Words
    """Several of them: `customers`."""
    counted: Words
    """A number of them, by ngettext_lazy: `1 customer`, `{shown} customers`, told apart by `count`."""
    path: str
    """Of one record, relative to /v1/, or empty where one cannot be read: `customers/{uuid}`."""
    list_path: str
    """Empty where there is no list: what belongs to a record is then looked for in that record, under `rows_key`."""
    rows_key: str
    operations: tuple[Operation, ...]
    uuid_prefix: str = ""
    """What their UUIDs begin with: `cus_`."""
    facts: tuple[Column, ...] = ()
    """The fields of a record that are shown first and by these labels; all others follow under their own names."""
    parts: tuple[Part, ...] = ()
    """What the page of a record shows below its fields."""
    tables: tuple[NestedTable, ...] = ()
    errors_key: str = ""
    """Where a record, and each row of its tables, may say what is wrong with it although it was stored."""
    read_query: tuple[tuple[str, str], ...] = ()
    """Sent with every read of one record and every look-up, so that none is passed over."""
    read_first: bool = False
    """Whether its list is read before others when the account is read: where there are few, by which others are told
    apart."""
    name_keys: tuple[str, ...] = ("name", "external_id")
    """Where a record's name stands: the first of these that is not blank."""
    look_ups: tuple[LookUp, ...] = ()
    all_of: Part | None = None
    """For records that cannot be read one by one: all those that belong to one record of another resource."""
    completed: Callable[[ChartMogulClient, str, list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    """What pickers show of those (`all_of`) beyond what they hold themselves: called with the client, the UUID of their
    owner and the records, it adds what another view of the API knows of them. May raise ApiError."""
    owner: str = ""
    """The field that names the record that one belongs to, in the records and in forms: `customer_uuid`."""
    not_found: Words = NOT_FOUND
    """What a picker says of a text that stands for none of its records: words around `{text}`."""
    none_of_owner: Words = ""
    """What a picker says where none belongs to the record that was chosen there."""
    index: Mapping[str, str] = field(default_factory=dict)
    """What pickers know of a record: a field of directory.Entry -> its path in the API's object."""
    told_apart_by: tuple[Detail, ...] = ()
    """What else pickers show of a record, as others have its name."""

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
        """What people read for the status that the directory keeps of a record: as the column of it has it."""
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
        """The list of its records, where they have one."""
        return next((each for each in self.operations if isinstance(each, ListOperation)), None)

    @property
    def creation(self) -> WriteOperation | None:
        """What an empty list leads to."""
        return next((each for each in self.operations if isinstance(each, WriteOperation) and each.creates), None)

    def operations_on_a_record(self) -> list[Operation]:
        """Those that take one record of this resource: update and delete, linked from its page."""
        return [
            operation
            for operation in self.operations
            if isinstance(operation, WriteOperation) and operation.path == self.path
        ]
