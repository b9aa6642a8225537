"""What a form sends for fields left alone, changed or emptied; and where ChartMogul's errors are shown."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core import signing
from django.http import QueryDict

from connections.errors import explain
from resources.catalog.customers import CustomerCreateForm, CustomerUpdateForm
from resources.fields import as_posted, one_line_break
from resources.form_context import FormContext
from resources.rows import RowForm, RowGroup
from resources.update_forms import UpdateForm

UUID = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
CONTEXT = FormContext(slug="main", time_zone=ZoneInfo("Europe/Berlin"))
RECORD = {
    "uuid": UUID,
    "external_id": "ext-1",
    "data_source_uuid": "ds_1",
    "name": "Ada",
    "email": "ada@example.com",
    "company": "",
    "country": "DE",
    "state": None,
    "city": None,
    "zip": "10115",
    "lead_created_at": "2015-11-01T00:00:00.000Z",
    "free_trial_started_at": None,
    "attributes": {"tags": ["a", "b"], "custom": {"CAC": 213, "taste": ["lecker"]}, "stripe": {}},
}


def posted(form: UpdateForm, **typed: str) -> QueryDict:
    """What a browser sends of an opened form, with some boxes typed into."""
    data = QueryDict(mutable=True)
    data["opened"] = form.opened_signed
    for name, field in form.fields.items():
        shown = str(form[name].value() or "")
        if isinstance(field.widget, forms.Textarea):
            data[name] = one_line_break(shown).replace("\n", "\r\n")
        elif not field.disabled:
            data[name] = as_posted(shown)
    for row_set in form.row_sets:
        for row in row_set.rows:
            for name in row.fields:
                data[row.add_prefix(name)] = as_posted(str(row[name].value() or ""))
    for name, value in typed.items():
        data[name] = value
    return data


def updated(record: Mapping[str, Any] = RECORD, **typed: str) -> CustomerUpdateForm:
    opened = CustomerUpdateForm(context=CONTEXT, record=record, initial={"uuid": record["uuid"]})
    return CustomerUpdateForm(posted(opened, **typed), context=CONTEXT)


class TestUpdate:
    def test_nothing_touched_is_nothing_to_send(self):
        form = updated()
        assert not form.is_valid()
        assert form.non_field_errors() == ["Nothing was changed, so there is nothing to send."]

    def test_only_what_changed_is_sent(self):
        form = updated(name="Grace", country="US")
        assert form.is_valid(), form.errors
        assert form.payload() == {"name": "Grace", "country": "US"}

    @pytest.mark.parametrize(
        ("name", "sent"),
        [
            ("name", {"name": None}),
            ("country", {"country": None}),
            ("lead_created_at", {"lead_created_at": None}),
            ("tags", {"attributes": {"tags": []}}),
        ],
    )
    def test_what_was_emptied_is_cleared(self, name: str, sent: object):
        form = updated(**{name: ""})
        assert form.is_valid(), form.errors
        assert form.payload() == sent
        assert [change.cleared for change in form.changes()] == [True]

    def test_what_was_empty_and_stays_empty_is_not_sent(self):
        assert updated(company="", city="  ", name="Grace").is_valid()
        form = updated(company="", city="  ", name="Grace")
        form.is_valid()
        assert form.payload() == {"name": "Grace"}

    def test_the_review_says_what_was_and_what_will_be(self):
        form = updated(name="Grace", country="US", zip="")
        form.is_valid()
        said = {change.label: (change.before, change.after, change.cleared) for change in form.changes()}
        assert said == {
            "Name": ("Ada", "Grace", False),
            "Country": ("Germany (DE)", "United States (US)", False),
            "Zip": ("10115", "", True),
        }

    def test_an_attribute_changed_is_sent_alone(self):
        form = updated(**{"custom-0-value": "214"})
        assert form.is_valid(), form.errors
        assert form.payload() == {"attributes": {"custom": {"CAC": 214}}}

    @pytest.mark.parametrize(
        "held",
        [
            {"name": "Long name " * 30},
            {"name": "  blanks around  "},
            {"name": "two\r\nlines", "company": "\ttab first"},
            {"email": "not an address"},
            {"country": "Atlantis"},
            {"zip": 10115},
            {"city": 5.5},
            {"company": ["a list"]},
            {"state": {"an": "object"}},
            {"lead_created_at": "some day"},
            {"lead_created_at": "2999-01-01T00:00:00Z"},
            {"attributes": "gone"},
            {"attributes": {"tags": [1, None, "x,y"], "custom": ["list"]}},
            {"attributes": {"tags": ["line\r\nbreak"], "custom": {"k": "v" * 400}}},
        ],
    )
    def test_a_stored_value_that_nobody_touched_is_never_sent_nor_in_the_way(self, held: dict[str, Any]):
        record = RECORD | held
        form = updated(record)
        assert not form.is_valid()
        assert form.non_field_errors() == ["Nothing was changed, so there is nothing to send."]
        form = updated(record, zip="20095")
        assert form.is_valid(), (form.errors, [row.errors for rows in form.row_sets for row in rows.rows])
        assert form.payload() == {"zip": "20095"}

    def test_a_value_typed_anew_must_be_right(self):
        assert "email" in updated(RECORD | {"email": "not an address"}, email="neither").errors
        assert "name" in updated(name="x" * 256).errors

    def test_facts_are_shown_and_what_is_posted_for_them_is_nothing(self):
        form = updated(name="Grace", external_id="stolen", data_source_uuid="ds_2")
        assert form.is_valid()
        assert form.payload() == {"name": "Grace"}
        assert form["external_id"].value() == "ext-1"

    @pytest.mark.parametrize(
        "opened",
        ["", "junk", "a:b:c", signing.dumps({"name": "Grace"}), signing.dumps([1], salt=UpdateForm.SALT)],
        ids=["none", "junk", "unsigned", "other salt", "no object"],
    )
    def test_values_at_opening_that_were_tampered_with_count_as_none(self, opened: str):
        form = updated(name="Grace", opened=opened)
        assert form.opened == {}
        assert form.is_valid()
        # Without them everything that stands there is what the person wants.
        assert form.payload()["name"] == "Grace"

    def test_values_of_one_record_are_not_written_over_another(self):
        form = updated(uuid="cus_another", name="Grace")
        assert not form.is_valid()
        assert "belong to another record" in form.errors["uuid"][0]

    def test_an_unknown_attribute_value_survives(self):
        form = updated(**{"custom-1-type": "String", "custom-1-key": "new", "custom-1-value": "x"})
        assert form.is_valid()
        assert form.payload() == {"attributes": {"custom": {"new": "x"}}}


class TestCreate:
    def test_what_is_blank_is_left_out(self):
        form = CustomerCreateForm(
            QueryDict("data_source_uuid=ds_1&external_id=e&name=&tags=+,&city=+"), context=CONTEXT
        )
        assert form.is_valid(), form.errors
        assert form.payload() == {"data_source_uuid": "ds_1", "external_id": "e"}

    def test_names_that_are_no_fields_go_nowhere(self):
        data = QueryDict("data_source_uuid=ds_1&external_id=e&uuid=cus_1&status=Active&mrr=5&owner=me&custom-name=x")
        form = CustomerCreateForm(data, context=CONTEXT)
        assert form.is_valid(), form.row_sets[0].rows[0].errors
        assert form.payload() == {"data_source_uuid": "ds_1", "external_id": "e"}

    def test_all_that_is_wrong_is_said_at_once(self):
        data = QueryDict("email=x&lead_created_at=soon&custom-0-type=Integer&custom-0-key=k&custom-0-value=v")
        form = CustomerCreateForm(data, context=CONTEXT)
        assert not form.is_valid()
        assert [label for _, label, _ in form.problem_list] == [
            "Data Source",
            "External ID",
            "Email",
            "Lead Created At",
            "Attribute 1, Value",
        ]


class Line(RowForm):
    plan_uuid = forms.CharField(label="Plan UUID", required=False)
    amount_in_cents = forms.CharField(label="Amount")


class InvoiceForm(CustomerCreateForm):
    groups = (RowGroup("line_items", label="Line Items", row_form=Line, noun="line item"),)
    body_paths = {"line_items": "invoices.0.line_items", "tags": "attributes.tags"}  # noqa: RUF012
    error_names = {"company_name": "company"}  # noqa: RUF012


def refused(status: int, body: bytes, content_type: str = "application/json") -> InvoiceForm:
    data = QueryDict(
        "data_source_uuid=ds_1&external_id=e&line_items-0-amount_in_cents=1&line_items-1-amount_in_cents="
        "&line_items-2-amount_in_cents=2"
    )
    form = InvoiceForm(data, context=CONTEXT)
    assert form.is_valid(), form.errors
    form.add_api_errors(*explain(status, content_type, body))
    return form


class TestErrors:
    """Each of the shapes in which ChartMogul refuses something."""

    @pytest.mark.parametrize(
        ("status", "body", "at"),
        [
            (400, b'{"code":400,"message":"Parameter \\"name\\" is missing","param":"name"}', "name"),
            (422, b'{"code":422,"message":"Not an email.","param":"email"}', "email"),
            (422, b'{"errors":{"external_id":"Has already been taken."}}', "external_id"),
            (422, b'{"errors":{"external_id":["Has already been taken."]}}', "external_id"),
            (422, b'{"errors":{"attributes.tags":"Tags must be a list."}}', "tags"),
            (422, b'{"errors":{"company_name":"Too long."}}', "company"),
            (404, b'{"error":"No","error_details":[{"param":"name","code":"blank","message":"No"}]}', "name"),
            (422, b'{"name":["Name can\'t be blank"],"plan_ids":["x"]}', "name"),
        ],
    )
    def test_an_error_of_a_field_stands_at_the_field(self, status: int, body: bytes, at: str):
        form = refused(status, body)
        assert at in form.errors, form.errors

    @pytest.mark.parametrize(
        ("status", "body", "content_type", "said"),
        [
            (
                401,
                b'{"code":401,"message":"No valid API key provided","param":null}',
                "application/json",
                "No valid API",
            ),
            (404, b'{"error":"Data source not found"}', "application/json", "Data source not found"),
            (422, b'{"message":"Status transition is not allowed"}', "application/json", "Status transition"),
            (422, b'{"errors":{"weight":"is not a number"}}', "application/json", "weight: is not a number"),
            (500, b"500 Internal Server Error", "text/plain", "ChartMogul returned 500 without an explanation"),
            (500, b"<html><h1>Oops</h1>", "text/html", "ChartMogul returned 500 without an explanation"),
            (422, b"", "application/json", "without an explanation"),
        ],
    )
    def test_the_rest_stands_above_the_form(self, status: int, body: bytes, content_type: str, said: str):
        form = refused(status, body, content_type)
        assert said in " ".join(form.non_field_errors())

    @pytest.mark.parametrize(
        ("parameter", "row", "name"),
        [
            ("line_items[0].amount_in_cents", 0, "amount_in_cents"),
            ("line_items.0.plan_uuid", 0, "plan_uuid"),
            # The second row on the page is blank and was not sent: ChartMogul's second is the third here.
            ("line_items[1].amount_in_cents", 2, "amount_in_cents"),
            ("invoices.0.line_items.1.plan_uuid", 2, "plan_uuid"),
            ("invoices[0].line_items[1].plan_uuid", 2, "plan_uuid"),
        ],
    )
    def test_an_error_of_a_row_stands_in_that_row(self, parameter: str, row: int, name: str):
        form = refused(422, b'{"errors":{"%s":"is wrong"}}' % parameter.encode())
        assert form.row_sets[0].rows[row].errors[name] == ["is wrong"]
        label = "Plan UUID" if name == "plan_uuid" else "Amount"
        assert form.problem_list == [(f"id_line_items-{row}-{name}", f"Line item {row + 1}, {label}", "is wrong")]

    @pytest.mark.parametrize(
        "parameter", ["line_items", "line_items[9].plan_uuid", "line_items[0].colour", "line_items.x"]
    )
    def test_an_error_of_no_known_row_stands_at_the_group(self, parameter: str):
        form = refused(422, b'{"errors":{"%s":"is wrong"}}' % parameter.encode())
        assert any("is wrong" in message for message in form.row_sets[0].errors)
        assert [label for _, label, _ in form.problem_list] == ["Line Items"]

    def test_several_errors_each_stand_where_they_belong(self):
        form = refused(422, b'{"errors":{"name":"too short","weight":"missing","line_items":["empty"]}}')
        assert form.errors["name"] == ["too short"]
        assert form.non_field_errors() == ["weight: missing"]
        assert form.row_sets[0].errors == ["empty"]
        assert form.has_problems()
