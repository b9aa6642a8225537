"""The account a new database starts with."""

from sandbox.store import Store


def fill(store: Store) -> None:
    store.insert(
        "account",
        {
            "id": "acc_5a1d0b0c-0000-4000-8000-000000000001",
            "name": "Sandbox Ltd",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "week_start_on": "monday",
        },
    )
