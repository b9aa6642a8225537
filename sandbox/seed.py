"""The account that a new database starts with. It is the same in every run: a fixed random seed and fixed dates.

All of it goes through the API's validation, apart from the few odd answers of seed_awkward.py.
"""

import functools
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import ledger
from sandbox.context import Api
from sandbox.handlers import customers, data_sources, invoices, plan_groups, plans
from sandbox.handlers.customers import LEAD_STATUSES, USERS
from sandbox.seed_awkward import AWKWARD
from sandbox.seed_people import CHANNELS, COMPANIES, PLACES, TAGS
from sandbox.store import Document, Store

TODAY = datetime(2026, 6, 30, 12, tzinfo=UTC)
CUSTOMERS = 270  # in addition to those of seed_awkward.py

ACCOUNT = {
    "id": "acc_5a1d0b0c-0000-4000-8000-000000000001",
    "name": "Sandbox Ltd",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "week_start_on": "monday",
}

# Name, system, and its percentage of the customers.
SOURCES = (
    ("Sandbox billing", "Custom", 40),
    ("Partner shop", "Custom", 15),
    ("Legacy import", "Import API", 10),
    ("Stripe", "Stripe", 20),
    ("Recurly", "Recurly", 10),
    ("Price list", "Google Sheets", 5),
)

# Source, external id, name, interval, price in euro cents. Lists are newest first: the last name here is no formula.
PLANS = (
    ("Price list", "sheet", "=Sheet plan", (1, "month"), 2500),
    ("Sandbox billing", "bronze", "Bronze", (1, "month"), 1900),
    ("Sandbox billing", "silver", "Silver", (1, "month"), 4900),
    ("Sandbox billing", "gold-annual", "Gold annual", (1, "year"), 99000),
    ("Sandbox billing", "quarter", "Quarterly <beta>", (3, "month"), 12900),
    ("Sandbox billing", "day-pass", "Day pass", (1, "day"), 500),
    ("Sandbox billing", "never-sold", "Never sold", (1, "month"), 0),
    ("Partner shop", "weekly", "Partner weekly", (7, "day"), 1000),
    ("Partner shop", "annual", "Partner annual", (1, "year"), 48000),
    ("Legacy import", "half-year", "Legacy half-year", (6, "month"), 30000),
    ("Stripe", "price_pro", "Pro", (1, "month"), 2900),
    ("Stripe", "price_team", "Team annual", (1, "year"), 120000),
    ("Recurly", "basic", "Basic", (1, "month"), 900),
)

# Conversion of euro cents into hundredths of another currency.
PRICES = {"EUR": 1.0, "USD": 1.1, "GBP": 0.85, "JPY": 160.0, "KWD": 0.33}
DAYS = {"day": 1, "month": 30, "year": 365}


@functools.cache
def template() -> Store:
    """Return an in-memory store with the seed, cached, to be copied: building it takes a fifth of a second."""
    store = Store()
    store.build()
    with store.transaction():
        _Seed(store).fill()
    return store


class _Seed:
    def __init__(self, store: Store) -> None:
        self._random = random.Random(20230701)  # noqa: S311 - the same numbers every time is the point
        self._api = Api(
            store=store,
            now=lambda: TODAY,
            random_uuid=lambda: uuid.UUID(int=self._random.getrandbits(128), version=4),
        )
        self._sources: dict[str, Document] = {}
        self._plans: dict[str, list[tuple[Document, int]]] = {}
        self._numbers = {"invoice": 0, "subscription": 0}

    def fill(self) -> None:
        self._api.store.insert("account", ACCOUNT)
        for name, system, _ in SOURCES:
            self._sources[name] = data_sources.document(self._api, name, system)
            self._sources[name]["created_at"] = "2023-01-02T09:00:00.000Z"
            self._api.store.insert("data_sources", self._sources[name])
        self._add_plans()
        self._add_awkward()
        for number in range(1, CUSTOMERS + 1):
            self._add_customer(number)

    def _add_plans(self) -> None:
        for source, external_id, name, (count, unit), price in PLANS:
            body = {
                "data_source_uuid": self._sources[source]["uuid"],
                "external_id": external_id,
                "name": name,
                "interval_count": count,
                "interval_unit": unit,
            }
            self._plans.setdefault(source, []).append((plans.add(self._api, body), price))
        every = [plan for sold in self._plans.values() for plan, _ in sold]
        for name, unit in (("Monthly plans", "month"), ("Annual plans", "year")):
            members = [plan["uuid"] for plan in every if plan["interval_unit"] == unit]
            plan_groups.add(self._api, {"name": name, "plans": members})
        # A group whose plans were all deleted; no request can create one.
        self._api.store.insert("plan_groups", {"name": "Retired plans", "uuid": self._api.new_uuid("plg_")})

    def _add_awkward(self) -> None:
        for awkward in AWKWARD:
            ids = {"data_source_uuid": self._sources[awkward.source]["uuid"], "external_id": awkward.external_id}
            customer = customers.add(self._api, {**ids, **awkward.body})
            customer |= awkward.answer
            for key in awkward.absent:
                del customer[key]
            self._api.store.update("customers", customer)

    def _add_customer(self, number: int) -> None:
        draw = self._random
        source = draw.choices([name for name, *_ in SOURCES], [share for *_, share in SOURCES])[0]
        country, state, city, zip_code, currency, firsts, lasts = draw.choice(PLACES)
        company = f"{draw.choice(COMPANIES)} {number}"
        customer = customers.add(
            self._api,
            {
                "data_source_uuid": self._sources[source]["uuid"],
                "external_id": f"cus_{number:04d}",
                "name": f"{draw.choice(firsts)} {draw.choice(lasts)}",
                "email": f"customer.{number}@sandbox.example" if number % 12 else "shared@sandbox.example",
                "company": company,
                "country": country,
                "state": state,
                "city": city,
                "zip": zip_code,
                "lead_created_at": f"{draw.randint(2022, 2023)}-{draw.randint(1, 12):02d}-01",
                "status": draw.choice(LEAD_STATUSES),
                "owner": draw.choice((None, *USERS)),
                "website_url": draw.choice((None, f"https://www.company-{number}.example")),
                "attributes": {"tags": draw.sample(TAGS, draw.choice((0, 0, 1, 2, 4))), "custom": self._custom()},
            },
        )
        # One in four stays a lead.
        if number % 4:
            for _ in range(draw.choice((1, 1, 1, 2, 3))):
                self._add_subscription(customer, source, currency)
            ledger.settle(self._api, customer["uuid"])

    def _custom(self) -> list[Document]:
        draw = self._random
        items: list[Document] = [
            {"type": "String", "key": "channel", "value": draw.choice(CHANNELS), "source": "integration"},
            {"type": "Integer", "key": "seats", "value": draw.randint(1, 500)},
            {"type": "Decimal", "key": "nps", "value": draw.randint(0, 100) / 10},
            {"type": "Timestamp", "key": "last_seen", "value": f"2026-0{draw.randint(1, 6)}-15 08:30:00"},
            {"type": "Boolean", "key": "newsletter", "value": draw.random() < 0.5},
        ]
        return draw.sample(items, draw.choice((0, 1, 3, 5)))

    def _next(self, what: str) -> int:
        self._numbers[what] += 1
        return self._numbers[what]

    def _add_subscription(self, customer: Document, source: str, currency: str) -> None:
        """Add a subscription of one to four consecutive periods; the last one is recent unless it was cancelled."""
        draw = self._random
        plan, price = draw.choice([entry for entry in self._plans[source] if entry[1]])
        days = DAYS[plan["interval_unit"]] * plan["interval_count"]
        periods = draw.choice((1, 1, 2, 2, 4)) if days < 300 else draw.randint(1, 3)
        is_cancelled = draw.random() < 0.3
        last_start = TODAY - timedelta(days=draw.randint(300, 800) if is_cancelled else draw.randint(0, min(days, 200)))
        amount = round(price * PRICES[currency])
        subscription = {
            "type": "subscription",
            "subscription_external_id": f"sub_{self._next('subscription'):04d}",
            "plan_uuid": plan["uuid"],
            "amount_in_cents": amount,
            "quantity": draw.choice((1, 1, 1, 5)),
        }
        if draw.random() < 0.2:
            subscription["subscription_set_external_id"] = f"set_{customer['external_id']}"
        for index in range(periods):
            start = last_start - timedelta(days=days * (periods - 1 - index))
            row = subscription | {"service_period_start": _day(start), "service_period_end": _day(start, days)}
            if is_cancelled and index == periods - 1:
                row["cancelled_at"] = _day(start, days // 2)
            self._add_invoice(customer, currency, start, row, is_last=index == periods - 1)

    def _add_invoice(self, customer: Document, currency: str, date: datetime, row: Document, *, is_last: bool) -> None:
        draw = self._random
        number = self._next("invoice")
        rows: list[dict[str, Any]] = [row]
        if draw.random() < 0.15:
            setup = {"type": "one_time", "description": "Setup & <training>", "amount_in_cents": 4500, "quantity": 2}
            rows.append(setup | {"discount_code": "WELCOME", "discount_amount_in_cents": 500})
        if draw.random() < 0.08:
            rows.append(row | {"prorated": True, "amount_in_cents": row["amount_in_cents"] // 3, "cancelled_at": None})
        if draw.random() < 0.05:
            rows.append({"type": "one_time", "description": "Credit", "amount_in_cents": -1000})
        payment = {"type": "payment", "date": _day(date, 1), "result": "successful", "external_id": f"tr_{number:04d}"}
        transactions = [payment]
        if draw.random() < (0.12 if is_last else 0.05):
            transactions[0] = payment | {"result": "failed"}
        elif draw.random() < 0.06:
            amount = row["amount_in_cents"] // 2
            transactions.append(
                {"type": "refund", "date": _day(date, 9), "result": "successful", "amount_in_cents": amount}
            )
        elif draw.random() < 0.1:
            transactions = []
        body = {
            "external_id": f"INV-{number:05d}",
            "date": _day(date),
            "due_date": _day(date, 14) if draw.random() < 0.6 else None,
            "currency": currency,
            "line_items": rows,
            "transactions": transactions,
        }
        # These are accepted, but stored with an errors map.
        if number % 75 == 0:
            body["currency"] = "XXX"
        elif number % 75 == 30:
            body["date"] = "2027-01-01"
        invoices.add(self._api, customer, body)


def _day(moment: datetime, after: int = 0) -> str:
    return (moment + timedelta(days=after)).strftime("%Y-%m-%d")
