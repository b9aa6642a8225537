"""Requirements for every declared operation. A new one is covered as soon as it is declared."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.urls import reverse

from connections.client import ChartMogulClient
from resources import services
from resources.cells import CELLS
from resources.operations import ListOperation, Operation, WriteOperation
from resources.picker_fields import PickerField
from resources.registry import BY_KEY, OPERATIONS, RESOURCES, resource_of
from resources.update_forms import UpdateForm
from resources.views import common
from tests.pages import Browser

README = Path(__file__).parents[2] / "README.md"
every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
LISTS = {key: operation for key, operation in OPERATIONS.items() if isinstance(operation, ListOperation)}
WRITES = {key: operation for key, operation in OPERATIONS.items() if isinstance(operation, WriteOperation)}


def url(operation: Operation, slug: str = "box") -> str:
    return reverse(operation.url_name, args=[slug])


def placeholders(path: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", path))


@every_operation
def test_its_page_answers(operation: Operation, visitor: Browser, box):
    page = visitor.open(url(operation))
    assert page.status == 200
    assert page.h1 == operation.title
    assert page.page.one("title").text == f"[Box] {operation.title} · ChartMogul Admin"
    assert page.alert == ""


@every_operation
def test_the_menu_names_it_and_marks_its_page(operation: Operation, visitor: Browser, box):
    menu = visitor.open(url(operation)).page.one("nav", id="menu")
    (link,) = [link for link in menu.all("a") if link.text == operation.title]
    assert link["href"] == url(operation)
    assert link["aria-current"] == "page"
    assert [other.text for other in menu.all("a", aria_current="page")] == [operation.title]


@every_operation
def test_every_field_has_one_label(operation: Operation, visitor: Browser, box):
    page = visitor.open(url(operation))
    form = next(form for form in page.page.all("form") if form.get("class").split()[:1] == ["operation"])
    for control in form.all("input", "select", "textarea"):
        if control.get("type") != "hidden":
            labels = [label for label in form.all("label") if label["for"] == control["id"]]
            assert len(labels) == 1, control.attributes
            assert labels[0].text
    for fieldset in form.all("fieldset"):
        assert fieldset.all()[0].tag == "legend"
        assert fieldset.all()[0].text
    ids = Counter(element["id"] for element in page.page.walk() if "id" in element)
    assert [name for name, times in ids.items() if times > 1] == []


@every_operation
def test_what_it_takes_in_its_path_are_its_path_fields(operation: Operation):
    form_class = operation.form_class
    assert placeholders(operation.path) == set(form_class.path_fields)
    known = set(form_class.base_fields)
    assert set(form_class.path_fields) | set(form_class.query_fields) | set(form_class.local_fields) <= known


@every_operation
def test_its_key_and_its_address_say_the_same(operation: Operation):
    path = operation.key.replace(".", "/").replace("_", "-")
    assert url(operation) == f"/c/box/{path}/"
    assert resource_of(operation) in RESOURCES


def test_keys_titles_and_addresses_are_unique():
    declared = [operation for resource in RESOURCES for operation in resource.operations]
    for kind in ("key", "title", "url_name"):
        assert [name for name, times in Counter(getattr(o, kind) for o in declared).items() if times > 1] == []
    assert len({url(operation) for operation in declared}) == len(declared)
    assert len(BY_KEY) == len(RESOURCES)


def test_pickers_choose_from_resources_that_there_are():
    for operation in OPERATIONS.values():
        for field in operation.form_class.base_fields.values():
            if isinstance(field, PickerField):
                assert field.resource in BY_KEY


@pytest.mark.parametrize("operation", LISTS.values(), ids=LISTS.keys())
def test_the_columns_of_a_list_show_the_rows_of_the_sandbox(operation: ListOperation, visitor: Browser, box):
    # A list of what belongs to one record needs that record: any that the sandbox has.
    client = ChartMogulClient.of(box)
    needed = {
        name: first_uuid(client, field.resource)
        for name, field in operation.form_class.base_fields.items()
        if isinstance(field, PickerField) and field.required
    }
    page = visitor.open(f"{url(operation)}?{'&'.join(f'{name}={uuid}' for name, uuid in needed.items())}&limit=200")
    assert page.status == 200, page.alert
    table = next(table for table in page.page.all("table") if table.all("caption"))
    assert [cell.text for cell in table.one("thead").all("th")] == [column.label for column in operation.columns]
    assert table.one("tbody").all("tr")
    assert page.page.all("caption")


def first_uuid(client: ChartMogulClient, resource_key: str) -> str:
    resource = BY_KEY[resource_key]
    rows = services.records(client.send(resource.list_request((("status", "Active"),))), resource.rows_key)
    return rows[0]["uuid"]


def test_columns_name_cells_and_resources_that_there_are():
    tables = [resource.facts for resource in RESOURCES] + [operation.columns for operation in LISTS.values()]
    for column in (column for table in tables for column in table):
        assert column.shown_as in CELLS
        assert not column.to or column.to in (OPERATIONS if column.shown_as == "step" else BY_KEY)
        assert column.label
    assert all(column.to for table in tables for column in table if column.shown_as in ("record", "reference"))


@pytest.mark.parametrize("operation", WRITES.values(), ids=WRITES.keys())
def test_a_write_can_be_reviewed_and_looked_up(operation: WriteOperation):
    assert operation.done
    assert operation.method in ("POST", "PUT", "PATCH", "DELETE")
    if operation.deletes:
        assert operation.warning
        assert not operation.form_class(context=common.FormContext(slug="box")).body_fields()
    if operation.method == "PATCH" and operation.path == resource_of(operation).path:
        assert issubclass(operation.form_class, UpdateForm)
    fields = {operation.form_class.body_paths.get(name, name) for name in operation.form_class.base_fields}
    assert set(operation.identified_by) <= fields
