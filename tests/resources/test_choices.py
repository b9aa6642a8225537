"""What pickers offer for a typed text, and what boxes for a time say about it."""

import re

import pytest

from tests.pages import Browser, page_of
from tests.resources.in_the_sandbox import customer, source


class TestPickers:
    URL = "/c/box/pickers/customers/"

    def choices(self, visitor: Browser, **query: str) -> list[str]:
        visitor.response = visitor.client.get(self.URL, query)
        assert visitor.status == 200
        visitor.page = page_of(visitor.response)
        return [option["data-name"] for option in visitor.page.all(role="option")]

    def note(self, visitor: Browser) -> str:
        return visitor.page.one("p", class_="note").text

    def test_a_uuid_is_fetched(self, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, "emoji")["uuid"]
        assert self.choices(visitor, q=uuid) == ["🦄 Unicorn 👩‍👩‍👧‍👦 🏳️‍🌈"]
        assert "Searched:" in self.note(visitor)

    def test_an_email_and_an_external_id_are_searched_at_chartmogul(self, visitor: Browser, box, sandbox):
        assert set(self.choices(visitor, q="billing@acme.example")) == {"Acme"}
        assert "email" in self.note(visitor)
        assert self.choices(visitor, q="linked") == ["Billing URL that is one"]
        assert "external ID" in self.note(visitor)

    def test_a_part_of_a_name_is_searched_among_what_was_seen(self, visitor: Browser, box, sandbox):
        visitor.open("/c/box/customers/list/?limit=1000")
        sandbox.requests.clear()
        assert "<script>alert(1)</script>" in self.choices(visitor, q="alert(1)")
        assert len(self.choices(visitor, q="e")) == 20
        assert "20 shown; type more to narrow the search." in self.note(visitor)

    def test_nothing_found_says_where_was_looked(self, visitor: Browser, box, sandbox):
        assert self.choices(visitor, q="nobody-at-all") == []
        assert "Nothing found for “nobody-at-all”." in self.note(visitor)
        assert self.choices(visitor, q="nobody@nowhere.example") == []
        assert "failed" not in self.note(visitor)

    def test_a_failure_is_said_and_what_is_known_still_offered(self, visitor: Browser, box, sandbox, quick):
        visitor.open("/c/box/customers/list/?external_id=linked")
        sandbox.faults.add(status=503, times=None)
        assert self.choices(visitor, q="") == ["Billing URL that is one"]
        assert "The search at ChartMogul failed:" in self.note(visitor)
        assert self.choices(visitor, q="nobody-at-all") == []
        # Whether there is none is not known.
        assert re.fullmatch(
            r"The search at ChartMogul failed: \S.*[^.]\. A pasted UUID still works\.", self.note(visitor)
        )

    def test_what_is_known_needs_no_call(self, visitor: Browser, box, sandbox):
        visitor.open("/c/box/customers/list/?external_id=linked")
        sandbox.requests.clear()
        uuid = customer(sandbox, "linked")["uuid"]
        for typed in ("linked", "LINK", "billing url", "b", "g u", uuid, uuid[5:20]):
            assert self.choices(visitor, q=typed) == ["Billing URL that is one"]
        assert sandbox.requests == []

    def test_it_keeps_to_a_source(self, visitor: Browser, box, sandbox):
        assert len(self.choices(visitor, q="acme")) == 2
        assert len(self.choices(visitor, q="acme", data_source_uuid=source(sandbox, "Stripe"))) == 1

    def test_what_was_chosen_before_comes_first(self, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, "zero-width")["uuid"]
        visitor.open(f"/c/box/customers/get/?uuid={uuid}")
        self.choices(visitor, q="")
        assert visitor.page.all(role="option")[0]["data-value"] == uuid

    @pytest.mark.parametrize(
        "typed", ["\0", "%", "_", "x" * 5000, "'; --", "\\", "\u202e", "[", "@", "a@b.c\n", "cus_" + "x" * 300]
    )
    def test_nothing_typed_breaks_it(self, typed: str, visitor: Browser, box, sandbox):
        self.choices(visitor, q=typed)
        self.choices(visitor, q="a", data_source_uuid=typed)

    def test_an_unknown_resource_is_not_found(self, visitor: Browser, box):
        assert visitor.client.get("/c/box/pickers/nonsense/").status_code == 404


class TestMomentPreview:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("2016-01-01 13:00", "2016-01-01 13:00 Europe/Berlin = 2016-01-01 12:00 UTC"),
            ("2016-01-01", "2016-01-01 00:00 UTC"),
            ("2026-03-29 02:30", "The clocks were set forward"),
            ("2026-10-25 02:30", "The clocks were set back"),
            ("soon", "Enter a date and time as"),
            ("", "A date alone means 00:00 UTC."),
            ("\0", ""),
            ("9" * 5000, "Enter a date"),
        ],
    )
    def test_it_says_what_will_be_sent(self, typed: str, said: str, visitor: Browser, box, sandbox):
        answer = visitor.client.get("/c/box/moment/", {"lead_created_at": typed})
        assert answer.status_code == 200
        assert said in answer.content.decode()
        assert sandbox.requests == []


@pytest.mark.parametrize(
    ("address", "label", "kind"),
    [("customers/get", "Customer", "plan"), ("plan-groups/create", "Plan", "customer")],
)
def test_a_uuid_of_another_kind_is_told(address: str, label: str, kind: str, visitor: Browser, main):
    """It would come back from ChartMogul as something that is not there."""
    uuid = {"plan": "pl_799e7cff-14a2-4918-90d5-ccae4721de23", "customer": "cus_799e7cff-14a2-4918-90d5-ccae4721de23"}
    page = visitor.open(f"/c/main/{address}/").fill(label, uuid[kind])
    page.press("Run" if address.endswith("get") else "Review")
    assert f"“{uuid[kind]}” is the UUID of something else: {kind}." in page.problem(label)
