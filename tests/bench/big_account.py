"""A large account in a separate process, so that it does not share the interpreter and the GIL with what is measured:
`python -m tests.bench.big_account ROWS LATENCY`. It prints its URL and ends when its standard input is closed."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.account import BigAccount
from tests.bench import people

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running(rows: int, latency: float = 0.0) -> Iterator[str]:
    """Yield the URL of an account with so many customers."""
    command = [sys.executable, "-m", "tests.bench.big_account", str(rows), str(latency)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdin
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def customers(rows: int) -> list[dict[str, Any]]:
    """Return customers in the form of ChartMogul's answers, with every field."""
    return [
        {
            "id": number,
            **person,
            "object": "customer",
            "external_ids": [person["external_id"]],
            "data_source_uuids": [person["data_source_uuid"]],
            "country": "DE",
            "state": "",
            "city": "Berlin",
            "zip": "10115",
            "lead_created_at": None,
            "free_trial_started_at": None,
            "customer-since": f"2022-{number % 12 + 1:02}-{number % 28 + 1:02}T21:{number % 60:02}:12Z",
            "attributes": {
                "tags": ["important", "prospect"],
                "stripe": {"coupon": True},
                "clearbit": {"company": {"name": person["company"], "domain": "example.com"}},
                "custom": {"CAC": 213, "utmCampaign": "social media 1"},
            },
            "address": {"country": "Germany", "state": "", "city": "Berlin", "address_zip": "10115"},
            "mrr": 100 * number,
            "arr": 1200 * number,
            "billing-system-type": "Stripe",
            "billing-system-url": "https://dashboard.stripe.com/customers/cus_4Z2ZpyJFuQ0XMb",
            "chartmogul-url": f"https://app.chartmogul.com/#/customers/{number}-{person['uuid']}",
            "currency": "EUR",
            "currency-sign": "€",
            "website_url": "https://www.example.com",
        }
        for number, person in enumerate(people.customers(rows), start=1)
    ]


def main(rows: str, latency: str) -> None:
    made = customers(int(rows))
    with BigAccount(latency=float(latency), customers=(len(made), made.__getitem__)) as account:
        print(account.url, flush=True)  # noqa: T201  who starts it waits for this
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
