"""SQLite: an FTS5 table with the trigram tokenizer, filled by triggers.

- It stores no text and no positions (`content=''`, `detail=none`): entries are rechecked against their own text.
- Its row numbers start with the connection and the kind of record, and FTS5 can seek by row number: a piece that all
  entries of another account have costs nothing.
- The tokenizer makes only pieces of three characters. So the triggers add the fields once more with a mark between the
  characters, from which the tokenizer makes `a·b` and `·b·`: pieces for words of two characters and of one.
- A data source, an owner and a whole short field are one piece each, made of characters that texts hardly contain.
"""

import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from zlib import crc32

from django.db.backends.base.base import BaseDatabaseWrapper

from resources.directory.folding import FIELD, whole

if TYPE_CHECKING:
    from resources.directory.index import Within

MARK = "\x1f"
"""Stands between characters. Python treats it as white space, so folded text never contains it."""
PRIVATE, PRIVATE_COUNT = 0xE000, 6_400
ID_BITS, KIND_BITS = 40, 8
AFTER_TWO = "0123456789abcdefghijklmnopqrstuvwxyz-_" + FIELD
SHORT = 4
"""Longest field that is also indexed whole, as one piece: its pieces of three would be in too many entries."""
PIECES = 12
"""Pieces of one word that are looked up; the recheck covers the rest of a long word."""

TUNING = (
    # Merge in larger steps than FTS5's default, for less work in all, but still bit by bit. At 16 it would wait until
    # it has to merge everything at once, while it holds the lock that all others wait for.
    "INSERT INTO resources_entry_index(resources_entry_index, rank) VALUES ('automerge', 8)",
)
INSTALL = (
    """CREATE VIRTUAL TABLE resources_entry_index USING fts5(
        pieces, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1')""",
    *TUNING,
    """CREATE TRIGGER resources_entry_added AFTER INSERT ON resources_entry BEGIN
        INSERT INTO resources_entry_index(rowid, pieces) VALUES (
            entry_place(new.connection_id, new.resource, new.id),
            entry_pieces(new.text, new.data_source_uuid, new.owner_uuid));
    END""",
    """CREATE TRIGGER resources_entry_deleted AFTER DELETE ON resources_entry BEGIN
        INSERT INTO resources_entry_index(resources_entry_index, rowid, pieces) VALUES (
            'delete', entry_place(old.connection_id, old.resource, old.id),
            entry_pieces(old.text, old.data_source_uuid, old.owner_uuid));
    END""",
    # A record that is seen again unchanged costs the index nothing.
    """CREATE TRIGGER resources_entry_changed
    AFTER UPDATE OF id, connection_id, resource, text, data_source_uuid, owner_uuid ON resources_entry
    WHEN (old.text, old.data_source_uuid, old.owner_uuid, old.id, old.connection_id, old.resource)
        IS NOT (new.text, new.data_source_uuid, new.owner_uuid, new.id, new.connection_id, new.resource)
    BEGIN
        INSERT INTO resources_entry_index(resources_entry_index, rowid, pieces) VALUES (
            'delete', entry_place(old.connection_id, old.resource, old.id),
            entry_pieces(old.text, old.data_source_uuid, old.owner_uuid));
        INSERT INTO resources_entry_index(rowid, pieces) VALUES (
            entry_place(new.connection_id, new.resource, new.id),
            entry_pieces(new.text, new.data_source_uuid, new.owner_uuid));
    END""",
    """INSERT INTO resources_entry_index(rowid, pieces)
    SELECT entry_place(connection_id, resource, id), entry_pieces(text, data_source_uuid, owner_uuid)
    FROM resources_entry""",
)
PREPARE = PREPARE_TO_SETTLE = SETTLE = ()
REMOVE = (
    "DROP TRIGGER IF EXISTS resources_entry_added",
    "DROP TRIGGER IF EXISTS resources_entry_changed",
    "DROP TRIGGER IF EXISTS resources_entry_deleted",
    "DROP TABLE IF EXISTS resources_entry_index",
)


def place(connection_id: int, resource: str, entry_id: int) -> int:
    """Return the row number of an entry in the index. Two kinds may share the kind's bits: entries are rechecked."""
    kind = crc32(resource.encode()) % (1 << KIND_BITS)
    return (connection_id << KIND_BITS | kind) << ID_BITS | entry_id


def pieces(text: str, data_source_uuid: str, owner_uuid: str) -> str:
    """Return the text that is indexed for an entry.

    Its UUID gets no short pieces, which would double the index: see pieces_of and IN_UUIDS of the package.
    """
    *fields, _uuid = text.strip(FIELD).split(FIELD)
    single = [narrowing("whole", field) for field in fields if len(field) <= SHORT]
    narrow = (("data_source_uuid", data_source_uuid), ("owner_uuid", owner_uuid))
    single += [narrowing(name, value) for name, value in narrow if value]
    return MARK.join([text, *FIELD.join(["", *fields, ""]), *single])


def narrowing(name: str, value: str) -> str:
    """Return three private-use characters for a value. Others may share them by chance, hence the recheck."""
    number = int.from_bytes(blake2b(f"{name}{value}".encode(), digest_size=8).digest(), "big")
    return "".join(chr(PRIVATE + number // PRIVATE_COUNT**digit % PRIVATE_COUNT) for digit in range(3))


def pieces_of(word: str) -> Iterator[str]:
    """Yield FTS5 expressions that match every entry containing the word."""
    if len(word) <= SHORT + 2 and word == whole(word.strip(FIELD)):
        yield quoted(narrowing("whole", word.strip(FIELD)))
    elif len(word) == 1:
        yield quoted(f"{MARK}{word}{MARK}")
    elif len(word) == 2:
        # In a UUID, it is found by the pieces of three characters that begin with it.
        longer = [word + last for last in AFTER_TWO] if set(word) <= set(AFTER_TWO) else []
        yield f"({' OR '.join(map(quoted, [MARK.join(word), *longer]))})"
    else:
        starts = range(len(word) - 2)
        # Spread evenly over a long word, both ends included.
        step = max(1, -(-len(starts) // PIECES))
        yield from (quoted(word[start : start + 3]) for start in (*starts[::step], starts[-1]))


def quoted(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'


def query(within: "Within", words: list[str], telling: list[str]) -> tuple[str, list[Any]]:
    wanted = [piece for word in telling for piece in pieces_of(word)]
    conditions = ["entry.connection_id = %s", "entry.resource = %s"]
    rechecked: list[Any] = [within.connection_id, within.resource]
    for column, value in (("data_source_uuid", within.data_source_uuid), ("owner_uuid", within.owner_uuid)):
        if value:
            wanted.append(quoted(narrowing(column, value)))
            conditions.append(f"entry.{column} = %s")
            rechecked.append(value)
    for word in words:
        conditions.append("instr(entry.text, %s) > 0")
        rechecked.append(word)
    first = place(within.connection_id, within.resource, 0)
    # CROSS JOIN makes SQLite go from the index to the entries, never the other way.
    return (
        f"""SELECT entry.id, entry.name_key, entry.text FROM resources_entry_index AS found
        CROSS JOIN resources_entry AS entry ON entry.id = (found.rowid & {(1 << ID_BITS) - 1})
        WHERE found.resources_entry_index MATCH %s AND found.rowid BETWEEN %s AND %s AND {" AND ".join(conditions)}""",  # noqa: S608 no values
        [" AND ".join(dict.fromkeys(wanted)), first, first + (1 << ID_BITS) - 1, *rechecked],
    )


def add_functions(*, connection: BaseDatabaseWrapper, **signal: Any) -> None:
    """Register the functions that the triggers use with a new SQLite connection."""
    if connection.vendor == "sqlite" and isinstance(connection.connection, sqlite3.Connection):
        connection.connection.create_function("entry_place", 3, place, deterministic=True)
        connection.connection.create_function("entry_pieces", 3, pieces, deterministic=True)
