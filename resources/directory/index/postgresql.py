"""PostgreSQL: a GIN index over the pieces of an entry, as a text search vector that the index alone keeps.

Not pg_trgm: that knows letters only as far as the database's locale does (none but ASCII under C), leaves out
punctuation, has nothing for words of one or two characters, and needs an extension. Each piece starts with the
connection and the kind of record, so a piece that all entries of another account have costs nothing; a word of one or
two characters is looked up as the beginning of a piece.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources.directory.index import Within

INDEXED = "resources_entry_pieces(connection_id, resource, data_source_uuid, owner_uuid, text)"

# The cost keeps the planner from computing pieces for every row. It would also make it start parallel workers for a
# hundred rows, which takes longer than everything else: hence PARALLEL UNSAFE, though the function is safe. Pieces are
# put together from single characters, because cutting each out of the text takes half as long again. If the result of
# the function changes, the index has to be rebuilt.
PIECES = r"""CREATE OR REPLACE FUNCTION
    resources_entry_pieces(account bigint, kind text, source text, owner text, content text)
    RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE COST 100000 AS $$
    DECLARE
        scope text := account || ':' || kind;
        start text := scope || ':';
        signs text[] := string_to_array(content || E'\n', NULL);
        pieces text[] := ARRAY(
            SELECT start || one || two || three
            FROM unnest(signs[:cardinality(signs) - 2], signs[2:cardinality(signs) - 1], signs[3:])
                AS _ (one, two, three)
        );
    BEGIN
        IF source <> '' THEN
            pieces := pieces || (scope || '=s' || source);
        END IF;
        IF owner <> '' THEN
            pieces := pieces || (scope || '=o' || owner);
        END IF;
        RETURN array_to_tsvector(pieces);
    END
    $$"""
SETTINGS = (
    # The transaction that writes sets how much may be pending, see PREPARE: a limit of the index itself would override
    # that.
    "ALTER INDEX resources_entry_index RESET (gin_pending_list_limit)",
    # ANALYZE would compute the pieces of 30,000 entries for statistics that no plan needs: this index is always best.
    "ALTER INDEX resources_entry_index ALTER COLUMN 1 SET STATISTICS 0",
)
INSTALL = (
    # Names in the order of their code points, so that an index can find those with a given prefix.
    'ALTER TABLE resources_entry ALTER COLUMN name_key TYPE varchar(100) COLLATE "C"',
    # Free space on each page: a row of which only seen_at changes stays on its page, and no index is updated.
    "ALTER TABLE resources_entry SET (fillfactor = 50)",
    PIECES,
    f"CREATE INDEX resources_entry_index ON resources_entry USING gin ({INDEXED})",
    *SETTINGS,
)
TUNING = (PIECES, *SETTINGS)
PREPARE = (
    # The whole pending list is merged at once; with PostgreSQL's default of 4 MB it takes several rounds.
    "SET LOCAL work_mem = '32MB'",
    # New pieces stay in a pending list, to be merged together, and each search reads all of that list: at this size,
    # in a few milliseconds.
    "SET LOCAL gin_pending_list_limit = '2MB'",
)
PREPARE_TO_SETTLE = (
    # A caller that settles while it writes merges more at a time, in less time per piece.
    "SET LOCAL gin_pending_list_limit = '32MB'",
)
SETTLE = ("SELECT gin_clean_pending_list('resources_entry_index')",)
REMOVE = (
    "DROP INDEX IF EXISTS resources_entry_index",
    "DROP FUNCTION IF EXISTS resources_entry_pieces",
    "ALTER TABLE resources_entry RESET (fillfactor)",
)


def lexemes(within: "Within", words: list[str]) -> Iterator[str]:
    scope = f"{within.connection_id}:{within.resource}"
    for word in words:
        if len(word) < 3:
            yield f"{quoted(f'{scope}:{word}')}:*"
        else:
            yield from (quoted(f"{scope}:{word[start : start + 3]}") for start in range(len(word) - 2))
    if within.data_source_uuid:
        yield quoted(f"{scope}=s{within.data_source_uuid}")
    if within.owner_uuid:
        yield quoted(f"{scope}=o{within.owner_uuid}")


def quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def query(within: "Within", words: list[str], telling: list[str]) -> tuple[str, list[Any]]:
    conditions = [f"{INDEXED} @@ %s::tsquery", *["strpos(text, %s) > 0" for word in words]]
    wanted = " & ".join(dict.fromkeys(lexemes(within, telling)))
    return f"SELECT id, name_key, text FROM resources_entry WHERE {' AND '.join(conditions)}", [wanted, *words]  # noqa: S608 no values
