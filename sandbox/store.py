"""Where the sandbox keeps its data: one SQLite file, or memory.

There is one connection and one lock, and a request holds both from its first read to its commit. Requests are
therefore handled one after another, which is quick enough, and nothing can come between the parts of one.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox import schema

Document = dict[str, Any]
# SQL conditions, each with the value of its one placeholder. The SQL is always a constant of this package.
Conditions = Mapping[str, object]


def public(document: Document, hidden: Collection[str] = ()) -> Document:
    """The document without the keys of the sandbox, which begin with `_`, and without those."""
    return {key: value for key, value in document.items() if not key.startswith("_") and key not in hidden}


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


class Store:
    """Documents by table, see schema.py. Use it inside `with store.transaction():`."""

    def __init__(self, database: str | Path = ":memory:") -> None:
        self._lock = threading.RLock()
        # The lock, not sqlite3, keeps the threads apart.
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def is_built(self) -> bool:
        """Whether the tables are there, and of this version."""
        return bool(self._connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION)

    def build(self) -> None:
        """Make the tables of an empty store."""
        self._connection.executescript(f"{schema.SCHEMA} PRAGMA user_version = {schema.VERSION};")

    def copy_from(self, other: "Store") -> None:
        """Replace everything by what the other store holds, at once or not at all."""
        with self._lock, other._lock:
            other._connection.backup(self._connection)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    # Reading

    def get(self, table: str, **columns: object) -> Document | None:
        """The first document whose columns have these values."""
        found = self.all(table, limit=1, **columns)
        return found[0] if found else None

    def all(self, table: str, *, limit: int = -1, **columns: object) -> list[Document]:
        """The documents whose columns have these values, oldest first."""
        where = _where([f"{column} = ?" for column in columns])
        sql = f"SELECT document FROM {table}{where} ORDER BY id LIMIT ?"  # noqa: S608
        return [json.loads(text) for (text,) in self._connection.execute(sql, (*map(_scalar, columns.values()), limit))]

    def among(self, table: str, column: str, values: Sequence[str]) -> list[Document]:
        """The documents whose column holds one of the values, oldest first."""
        sql = f"SELECT document FROM {table} WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY id"  # noqa: S608
        return [json.loads(text) for (text,) in self._connection.execute(sql, (json.dumps(values),))]

    def count(self, table: str, conditions: Conditions) -> int:
        sql = f"SELECT count(*) FROM {table}{_where(list(conditions))}"  # noqa: S608
        return int(self._connection.execute(sql, tuple(conditions.values())).fetchone()[0])

    def page(
        self, table: str, conditions: Conditions, order: "Order", after: Sequence[str] | None, limit: int
    ) -> list[tuple[tuple[str, ...], Document]]:
        """At most `limit` documents behind the position `after`, each with its own position.

        A position is the values of the columns that give the order, so the cost of a page does not grow
        with its distance from the start.
        """
        columns = ", ".join(order.columns)
        wanted = [*conditions]
        values: list[object] = [*conditions.values()]
        if after is not None:
            # Every order ends with the id, which is a number; a position from a cursor is text.
            marks = ", ".join("CAST(? AS INTEGER)" if column == "id" else "?" for column in order.columns)
            wanted.append(f"({columns}) {'<' if order.descending else '>'} ({marks})")
            values.extend(after)
        direction = " DESC" if order.descending else ""
        ordering = ", ".join(column + direction for column in order.columns)
        sql = f"SELECT document, {columns} FROM {table}{_where(wanted)} ORDER BY {ordering} LIMIT ?"  # noqa: S608
        rows = self._connection.execute(sql, (*values, limit))
        return [(tuple(map(str, position)), json.loads(text)) for text, *position in rows]

    def next_id(self, table: str, first: int) -> int:
        """The number for a new row whose answer shows it, counted from `first`."""
        sql = f"SELECT coalesce(max(id) + 1, ?) FROM {table}"  # noqa: S608
        return int(self._connection.execute(sql, (first,)).fetchone()[0])

    # Writing

    def insert(self, table: str, document: Document) -> None:
        """Add a document; its `id`, when that is a number, becomes the number of the row."""
        number = document.get("id")
        sql = f"INSERT INTO {table} (id, document) VALUES (?, ?)"  # noqa: S608
        self._connection.execute(sql, (number if isinstance(number, int) else None, _text(document)))

    def update(self, table: str, document: Document) -> None:
        """Replace the document with the same uuid."""
        sql = f"UPDATE {table} SET document = ? WHERE uuid = ?"  # noqa: S608
        self._connection.execute(sql, (_text(document), document["uuid"]))

    def delete(self, table: str, **columns: object) -> None:
        """Delete the rows with these values and, by foreign key, those that depend on them."""
        sql = f"DELETE FROM {table}{_where([f'{column} = ?' for column in columns])}"  # noqa: S608
        self._connection.execute(sql, tuple(columns.values()))

    def drop_empty_subscriptions(self, customer_uuid: str) -> None:
        """Subscriptions exist by their line items: forget those of a customer that have none left."""
        self._connection.execute(
            "DELETE FROM subscriptions WHERE customer_uuid = ?"
            " AND NOT EXISTS (SELECT 1 FROM line_items WHERE subscription_uuid = subscriptions.uuid)",
            (customer_uuid,),
        )

    def set_members(self, group_uuid: str, plan_uuids: Sequence[str]) -> None:
        """Replace the plans of a plan group."""
        self._connection.execute("DELETE FROM plan_group_members WHERE group_uuid = ?", (group_uuid,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO plan_group_members VALUES (?, ?)", [(group_uuid, plan) for plan in plan_uuids]
        )


class Order:
    """The order of a list: its columns, ending with the id, and the direction."""

    def __init__(self, *columns: str, descending: bool = False) -> None:
        self.columns = columns
        self.descending = descending


NEWEST_FIRST = Order("id", descending=True)


def _scalar(value: object) -> object:
    """A value to compare a column with. What comes from a client may be a list or an object: that equals nothing."""
    return value if isinstance(value, str) or (isinstance(value, int) and abs(value) < 2**63) else None


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
