"""Customers that break careless pages: markup, formulas, text direction, long names, duplicates and missing keys.

Each is the body of a request. For what no request can create, `answer` has keys to set in the stored customer
(None is null) and `absent` has keys to leave out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Awkward:
    external_id: str
    body: Mapping[str, Any]
    source: str = "Sandbox billing"
    answer: Mapping[str, Any] = field(default_factory=dict)
    absent: Collection[str] = ()


AWKWARD = (
    Awkward("markup-script", {"name": "<script>alert(1)</script>", "company": "<b>Bold & Co</b>"}),
    Awkward("markup-img", {"name": '"><img src=x onerror=alert(1)>', "email": "img@markup.example"}),
    Awkward("markup-template", {"name": "{{ 7 * 7 }} {% csrf_token %} ${7*7}"}),
    Awkward(
        "markup-tags",
        {
            "name": "Tagged </textarea><i>",
            "attributes": {
                "tags": ["<u>tag</u>", "a,b", "=2+2"],
                "custom": [{"type": "String", "key": "note", "value": "</script><script>alert(2)</script>"}],
            },
        },
    ),
    Awkward("formula-equals", {"name": "=1+1", "company": '=HYPERLINK("http://evil.example","Open")'}),
    Awkward("formula-plus", {"name": "+SUM(A1)", "company": "-2+3"}),
    Awkward("formula-at", {"name": "@x", "city": "\t=1+1"}),
    Awkward("rtl-hebrew", {"name": "שלום כהן", "company": "חברה בע״מ", "country": "IL", "city": "תל אביב"}),
    Awkward("rtl-arabic", {"name": "محمد علي 123", "company": "شركة المثال", "country": "EG"}),
    Awkward("rtl-override", {"name": "invoice\u202egpj.exe", "company": "Right \u2067to\u2069 left"}),
    Awkward("emoji", {"name": "🦄 Unicorn 👩‍👩‍👧‍👦 🏳️‍🌈", "company": "💸"}),
    Awkward("combining", {"name": "Z̷̢̛a̸̡l̶̨g̴̛o and e\u0301 beside é"}),
    Awkward("zero-width", {"name": "In\u200bvisible\ufeff \u00a0spaces"}),
    Awkward("name-300", {"name": "Long name " * 30, "company": "W" * 300}),
    Awkward("name-empty", {"name": "", "email": "nameless@empty.example"}),
    Awkward("name-absent", {}),
    Awkward("name-quotes", {"name": 'O\'Neil "Quote" `tick` \\ back\nline\r\nand\ttab\u2028separator'}),
    Awkward("id with/slash?&#%", {"name": "Odd external ID"}),
    Awkward("acme", {"name": "Acme", "email": "billing@acme.example", "country": "US", "state": "US-NY"}),
    Awkward("acme", {"name": "Acme", "email": "billing@acme.example", "country": "GB"}, source="Stripe"),
    Awkward("old-keys", {"name": "From before 2023"}, source="Legacy import", absent=("owner", "website_url")),
    Awkward(
        "old-clearbit",
        {"name": "From 2023"},
        source="Legacy import",
        answer={
            "city": "",
            "attributes": {"custom": {}, "clearbit": {"company": {"name": "From 2023"}}, "stripe": {}, "tags": []},
        },
    ),
    Awkward("old-lead", {"name": "Spelled as in 2022"}, source="Legacy import", answer={"status": "Lead"}),
    Awkward("no-email", {"name": "Null email"}, answer={"email": None}),
    Awkward("no-sign", {"name": "Null currency sign", "country": "UG"}, answer={"currency-sign": None}),
    Awkward(
        "bare-billing-id",
        {"name": "Billing URL that is none"},
        source="Recurly",
        answer={"billing-system-url": "HngTohkREePdXBIx", "billing-system-type": "Chargebee"},
    ),
    Awkward(
        "script-billing-url",
        {"name": "Billing URL with a script", "website_url": "javascript:alert(3)"},
        answer={"billing-system-url": "javascript:alert(4)"},
    ),
    Awkward(
        "linked",
        {"name": "Billing URL that is one", "owner": "owner@sandbox.example"},
        source="Stripe",
        answer={
            "billing-system-url": "https://dashboard.stripe.com/customers/cus_O0linked",
            "attributes": {"custom": {}, "stripe": {"plan": "pro", "seats": "5"}, "tags": []},
        },
    ),
    # A merged customer may repeat an id.
    Awkward("merged", {"name": "Merged twice"}, answer={"external_ids": ["merged", "merged", "merged-2"]}),
    Awkward(
        "all-types",
        {
            "name": "All five types",
            "attributes": {
                "tags": ["managed"],
                "custom": [
                    {"type": "String", "key": "StringKey", "value": "text"},
                    {"type": "Integer", "key": "integer_key", "value": 1234567},
                    {"type": "Decimal", "key": "decimal_key", "value": 0.1},
                    {"type": "Timestamp", "key": "signed_at", "value": "2024-02-29T23:30:00+02:00"},
                    {"type": "Boolean", "key": "Toggle", "value": False},
                ],
            },
        },
    ),
    # A value that is a list, as a bulk import once stored it.
    Awkward(
        "array-value",
        {"name": "Value that is a list"},
        answer={"attributes": {"custom": {"taste": ["lecker"]}, "stripe": {}, "tags": []}},
    ),
)
