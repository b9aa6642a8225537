"""Data sources, plans and plan groups."""

import pytest


def test_the_name_of_a_data_source(call):
    answer = call("POST", "/v1/data_sources", json={})
    assert answer.status_code == 400
    assert answer.json() == {"code": 400, "message": 'Parameter "name" is missing', "param": "name"}
    answer = call("POST", "/v1/data_sources", json={"name": None})
    assert answer.status_code == 422
    assert answer.json() == {"errors": {"name": "A name is required for each data source."}}
    assert call("POST", "/v1/data_sources", json={"name": "Stripe"}).json() == {
        "errors": {"name": "Has already been taken."}
    }


def test_parts_of_a_data_source_on_request_only(call, source):
    plain = call("GET", f"/v1/data_sources/{source}").json()
    assert set(plain) == {"uuid", "name", "system", "created_at", "status"}
    assert plain["created_at"].endswith("Z")
    full = call(
        "GET",
        "/v1/data_sources?with_processing_status=true&with_invoice_handling_setting=true"
        "&with_auto_churn_subscription_setting=true",
    ).json()["data_sources"][0]
    assert full["processing_status"] == {"processed": 0, "failed": 0, "pending": 0}
    assert full["auto_churn_subscription_setting"] == {"enabled": False, "interval": None}
    assert set(full["invoice_handling_setting"]) == {"manual", "automatic"}


def test_data_sources_by_name_and_system(seeded):
    def names(**query):
        return [source["name"] for source in seeded("GET", "/v1/data_sources", params=query).json()["data_sources"]]

    assert names(name="Stripe") == ["Stripe"]
    assert names(system="Custom") == ["Sandbox billing", "Partner shop"]
    assert names(system="stripe") == []


def test_deleting_a_data_source_takes_everything_below(call, source, customer, plan, invoice_body):
    call.make(f"/v1/import/customers/{customer}/invoices", {"invoices": [invoice_body()]})
    answer = call("DELETE", f"/v1/data_sources/{source}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert call("GET", f"/v1/customers/{customer}").status_code == 404
    assert call("GET", f"/v1/plans/{plan}").status_code == 404
    assert call("GET", f"/v1/invoices?data_source_uuid={source}").json()["invoices"] == []
    answer = call("DELETE", f"/v1/data_sources/{source}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Data source not found"})


def test_emptying_a_data_source_keeps_it(call, source, customer, plan):
    assert call("DELETE", f"/v1/data_sources/{source}/all").status_code == 204
    assert call("GET", f"/v1/data_sources/{source}").status_code == 200
    assert call("GET", f"/v1/customers/{customer}").status_code == 404
    assert call("GET", f"/v1/plans/{plan}").status_code == 404


def test_plans(call, source, plan):
    shown = call("GET", f"/v1/plans/{plan}").json()
    assert shown == {
        "uuid": plan,
        "external_id": plan.removeprefix("pl_"),
        "name": "Monthly",
        "interval_count": 1,
        "interval_unit": "month",
        "data_source_uuid": source,
    }
    answer = call("PATCH", f"/v1/plans/{plan}", json={"interval_count": 3, "external_id": "ignored"})
    assert (answer.status_code, answer.json()) == (202, shown | {"interval_count": 3})
    assert call("DELETE", f"/v1/plans/{plan}").status_code == 204
    answer = call("GET", f"/v1/plans/{plan}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Plan not found"})


def test_plan_refusals(call, source):
    nothing = {"name": None, "interval_count": None, "interval_unit": None, "data_source_uuid": None}
    answer = call("POST", "/v1/plans", json=nothing)
    assert answer.status_code == 422
    assert answer.json() == {
        "errors": {
            "name": "A unique name is required for each plan.",
            "interval_count": "is not a number",
            "interval_unit": "Only 'day', 'month' or 'year' are valid values for interval_unit.",
            "data_source_uuid": "A valid data source UUID is required for each plan.",
        }
    }
    body = {"data_source_uuid": source, "name": "P", "interval_count": 1, "interval_unit": "month", "external_id": "p"}
    assert call("POST", "/v1/plans", json=body | {"interval_unit": "week"}).status_code == 422
    assert call("POST", "/v1/plans", json=body | {"interval_count": 0}).status_code == 422
    call.make("/v1/plans", body)
    assert call("POST", "/v1/plans", json=body).json() == {
        "errors": {"external_id": "A plan with this identifier already exists in our system."}
    }
    del body["name"]
    assert call("POST", "/v1/plans", json=body).json()["param"] == "name"


def test_a_plan_in_use_cannot_be_deleted(call, customer, plan, invoice_body):
    call.make(f"/v1/import/customers/{customer}/invoices", {"invoices": [invoice_body()]})
    answer = call("DELETE", f"/v1/plans/{plan}")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["plan"])


def test_a_plan_of_an_integration_cannot_be_deleted(call):
    plan = call("GET", "/v1/plans?system=Stripe").json()["plans"][0]["uuid"]
    answer = call("DELETE", f"/v1/plans/{plan}")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["plan"])


def test_plans_by_system(seeded):
    plans = seeded("GET", "/v1/plans?system=Stripe").json()["plans"]
    assert [plan["external_id"] for plan in plans] == ["price_team", "price_pro"]


def test_plan_groups(call, plan):
    answer = call("POST", "/v1/plan_groups", json={"name": "Group", "plans": [plan]})
    assert answer.status_code == 200
    group = answer.json()
    assert group == {"name": "Group", "uuid": group["uuid"], "plans_count": 1}
    path = f"/v1/plan_groups/{group['uuid']}"
    assert call("PATCH", path, json={"name": "Renamed"}).json() == group | {"name": "Renamed"}
    assert [each["uuid"] for each in call("GET", f"{path}/plans").json()["plans"]] == [plan]
    seeded = [each["uuid"] for each in call("GET", "/v1/plans?system=Stripe").json()["plans"]]
    assert call("PATCH", path, json={"plans": seeded}).json()["plans_count"] == 2
    call("DELETE", f"/v1/plans/{plan}")
    assert call("DELETE", path).status_code == 204


def test_a_group_whose_plans_are_gone_is_empty(call, plan):
    group = call.make("/v1/plan_groups", {"name": "Group", "plans": [plan]})
    call("DELETE", f"/v1/plans/{plan}")
    assert call("GET", f"/v1/plan_groups/{group['uuid']}").json()["plans_count"] == 0


def test_an_empty_group_is_refused_in_the_shape_of_its_own(call):
    answer = call("POST", "/v1/plan_groups", json={})
    assert answer.status_code == 422
    assert answer.json() == {
        "name": ["Name can't be blank"],
        "plan_ids": ["Plan ids can't be blank"],
        "error_details": [
            {"param": "name", "code": "blank", "message": "Name can't be blank"},
            {"param": "plan_ids", "code": "blank", "message": "Plan ids can't be blank"},
        ],
    }


@pytest.mark.parametrize("plans", [["pl_unknown"], "pl_1", [1], [{"a": 1}]])
def test_a_group_of_unknown_plans(call, plans):
    assert call("POST", "/v1/plan_groups", json={"name": "G", "plans": plans}).status_code == 422


@pytest.mark.parametrize("path", ["/v1/plan_groups/plg_gone", "/v1/plan_groups/plg_gone/plans", "/v1/unknown", "/"])
def test_some_404s_are_pages(call, path):
    answer = call("GET", path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Oops!" in answer.text
