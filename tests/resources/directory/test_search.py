"""The search of the directory: every record is found by any part of it, best match first, and none of another account."""

import random
from itertools import count
from types import SimpleNamespace

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.catalog.customers import RESOURCE as CUSTOMERS
from resources.catalog.data_sources import RESOURCE as SOURCES
from resources.catalog.invoices import RESOURCE as INVOICES
from resources.catalog.plans import RESOURCE as PLANS
from resources.catalog.subscriptions import RESOURCE as SUBSCRIPTIONS
from resources.directory import search as searching
from resources.directory import services as directory
from resources.directory.folding import fold
from resources.directory.index import BY_VENDOR, Within, first_by_name, install, matching, settle, sqlite
from resources.directory.models import Entry, owned_by
from resources.directory.storing import stored
from resources.registry import BY_KEY
from resources.sync.models import State, Sync
from tests.bench import people
from tests.conftest import make_connection

EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}
SOURCE, OTHER_SOURCE = people.SOURCES[:2]


@pytest.fixture(autouse=True)
def _walk_little(monkeypatch):
    """Use the index even for few entries; normally a few hundred are searched without it."""
    monkeypatch.setattr(searching, "WALKED", 3)


def customer(uuid: str, **more) -> dict:
    return {"uuid": uuid, **more}


def found(connection, typed: str, kind: str = "customers", limit: int = 100, **narrow: str) -> list[str]:
    return [entry.uuid for entry in directory.search(connection, kind, typed, limit, **narrow)]


def first(connection, recent: list[str] | None = None, **narrow: str) -> list[str]:
    return [entry.uuid for entry in directory.first(connection, "customers", recent or [], 100, **narrow)]


def by_index(connection, *words: str, kind: str = "customers") -> set[str]:
    within = Within(connection_id=connection.pk, resource=kind)
    ids = [row[0] for row in matching(within, list(words), 1_000)]
    return set(Entry.objects.filter(pk__in=ids).values_list("uuid", flat=True))


@pytest.fixture
def many(main):
    """A directory with three hundred customers, among which a test adds its own."""
    directory.remember(main, CUSTOMERS, people.customers(300))
    return main


def test_any_part_of_any_field_finds_it(many):
    record = customer(
        "cus_7f3a9c52-1111-4b1e-9d5f-aa00bb11cc22",
        name="Zoë Quux-Ölander",
        company="Wyvern & Söhne",
        email="zoe+billing@quux.example",
        external_id="EXT/7%_9\\'\"",
        external_ids=["EXT/7%_9\\'\"", "stripe-cus_Old77"],
        data_source_uuid=SOURCE,
    )
    directory.remember(many, CUSTOMERS, [record])
    words = {word for value in list(record.values())[:5] for word in fold(value).split()} | {"stripe-cus_old77"}
    for word in words:
        for length in range(3, len(word) + 1):
            for start in range(len(word) - length + 1):
                assert record["uuid"] in by_index(many, word[start : start + length]), word[start : start + length]
        assert found(many, word.upper()).count(record["uuid"]) == 1


@pytest.mark.parametrize("typed", ["龘靐", "龘", "靐", "ъ", "ъё", "§", "§9", "9§"])
def test_one_character_or_two_are_enough(typed, many):
    directory.remember(many, CUSTOMERS, [customer("cus_1", name="龘靐"), customer("cus_2", name="a ъё", email="§9§")])
    held = {entry.uuid for entry in Entry.objects.all() if fold(typed) in entry.text}
    assert held
    assert by_index(many, fold(typed)) == held
    assert set(found(many, typed)) == held


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Müller", "muller"),
        ("Muller", "MÜLLER"),
        ("ŁUKASZ ÅSTRÖM", "łukasz astrom"),
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("ΑΘΗΝΑΣ", "αθηνας"),
        ("Иванова", "ИВАНОВА"),
        ("김민준", "김민준"),
        ("Zoe\u0308", "zoë"),
        ("ﬁnance", "finance"),
        ("Zero\u200bwidth", "zerowidth"),
        ("two\u00a0\n words", "two words"),
        ("Ａｃｍｅ", "acme"),
    ],
)
def test_case_and_accents_do_not_matter(name, typed, many):
    directory.remember(many, CUSTOMERS, [customer("cus_1", name=name)])
    assert found(many, typed)[0] == "cus_1"


@pytest.mark.parametrize(
    "typed",
    ['"', "*", "OR", "a OR b", "NEAR(a b)", "NOT a", "%", "_", "\\", "'", "''", ":*", "&", "|", "!", "a:b", "^a", "{pieces}:a", "--", ";", "\0", "a\0b", "\x1f", "\ue000", "\U0010ffff", "\u0301", "(", "'\\", "<->", "🦄", "x" * 255],
)  # fmt: skip
def test_whatever_is_typed_is_only_text(typed, many):
    directory.remember(many, CUSTOMERS, [customer("cus_1", name=f"before {typed} after")])
    held = {entry.uuid for entry in Entry.objects.all() if all(word in entry.text for word in fold(typed).split())}
    assert set(found(many, typed, limit=1_000)) <= held
    if fold(typed):
        assert "cus_1" in by_index(many, *fold(typed).split())
    else:
        assert found(many, typed) == []


def test_all_words_must_stand_somewhere(many):
    directory.remember(many, CUSTOMERS, [customer("cus_1", name="Quux Ada", email="x@wyvern.example")])
    assert found(many, "wyv ADA") == found(many, "a q wyvern") == found(many, "  quux\t a ") == ["cus_1"]
    assert found(many, "wyvern quuxx") == []


def test_the_best_come_first(main):
    directory.remember(
        main, CUSTOMERS, (customer(f"cus_x{number}", name=f"A has 77 inside {number}") for number in range(300))
    )
    directory.remember(
        main, CUSTOMERS, (customer(f"cus_y{number}", name=f"77 at the start {number:02}") for number in range(30))
    )
    directory.remember(
        main, CUSTOMERS, [customer("cus_id", name="Z", external_id="77"), customer("cus_name", name="77")]
    )
    first = found(main, "77", limit=20)
    assert first[:2] == ["cus_name", "cus_id"]
    assert first[2:] == [f"cus_y{number}" for number in range(18)]
    directory.remember(main, CUSTOMERS, [customer("cus_mail", name="Z", email="A@b.example")])
    assert found(main, "a@B.example")[0] == "cus_mail"
    assert found(main, "CUS_X7")[0] == "cus_x7"


def test_a_kind_a_source_and_an_owner_are_kept_to(main):
    directory.remember(main, PLANS, [{"uuid": "pl_1", "name": "Gold", "data_source_uuid": SOURCE}])
    directory.remember(
        main,
        CUSTOMERS,
        [customer(f"cus_{number}", name="Gold", data_source_uuid=people.SOURCES[number % 2]) for number in range(200)],
    )
    directory.remember(
        main,
        SUBSCRIPTIONS,
        [
            {
                "uuid": f"sub_{number}",
                "external_id": "gold",
                "customer_uuid": f"cus_{number % 2}",
                "data_source_uuid": people.SOURCES[number % 4],
            }
            for number in range(20)
        ],
    )
    assert found(main, "gold", "plans") == found(main, "go", "plans", data_source_uuid=SOURCE) == ["pl_1"]
    assert found(main, "gold", "plans", data_source_uuid=OTHER_SOURCE) == []
    for typed in ("gold", "g", "ld"):
        in_source = set(found(main, typed, data_source_uuid=OTHER_SOURCE))
        assert in_source == {f"cus_{number}" for number in range(1, 200, 2)}
        owned = set(found(main, typed, "subscriptions", owner_uuid="cus_1"))
        assert owned == {f"sub_{number}" for number in range(1, 20, 2)}
        both = found(main, typed, "subscriptions", owner_uuid="cus_1", data_source_uuid=OTHER_SOURCE)
        assert set(both) == {"sub_1", "sub_5", "sub_9", "sub_13", "sub_17"}


def test_a_merged_record_is_in_each_of_its_sources(main):
    one, two, three = people.SOURCES[:3]
    sources = {"data_source_uuid": one, "data_source_uuids": [one, two, one]}
    directory.remember(main, CUSTOMERS, [customer("cus_merged", name="Gold 2", **sources)])
    others = [customer(f"cus_{number}", name=f"Gold {number}", data_source_uuid=two) for number in (1, 3)]
    directory.remember(main, CUSTOMERS, others)
    for typed in ("gold", "g", "ol go"):
        assert found(main, typed, data_source_uuid=two) == ["cus_1", "cus_merged", "cus_3"]
        assert found(main, typed, data_source_uuid=one) == ["cus_merged"]
        assert found(main, typed, data_source_uuid=three) == []
    assert found(main, "silver", data_source_uuid=two) == []
    assert first(main, data_source_uuid=two) == ["cus_1", "cus_merged", "cus_3"]
    assert first(main, ["cus_3", "cus_merged"], data_source_uuid=two) == ["cus_3", "cus_merged", "cus_1"]
    assert first(main, data_source_uuid=one) == ["cus_merged"]
    assert directory.source_of(main, "cus_merged") == ""
    assert directory.source_of(main, "cus_1") == two
    # It was unmerged.
    directory.remember(main, CUSTOMERS, [customer("cus_merged", name="Gold 2", data_source_uuid=one)])
    assert first(main, data_source_uuid=two) == ["cus_1", "cus_3"]


def test_two_characters_of_a_uuid_count_beside_another_word(many):
    uuid = "cus_7f3a9c52-1111-4b1e-9d5f-aa00bb11cc22"
    directory.remember(many, CUSTOMERS, [customer(uuid, name="Wyvern")])
    for start in range(len(uuid) - 1):
        assert found(many, f"wyv {uuid[start : start + 2]}") == [uuid]
        assert found(many, f"{uuid[start]} wyv") == [uuid]


def test_several_kinds_at_once(main):
    directory.remember(main, PLANS, [{"uuid": "pl_1", "name": "Gold"}])
    directory.remember(main, CUSTOMERS, [customer(f"cus_{number}", name="Gold digger") for number in range(9)])
    directory.remember(main, INVOICES, [{"uuid": "inv_1", "external_id": "GOLD-1"}])
    hits = directory.search_kinds(main, BY_KEY, "gold", 5)
    assert {kind: len(entries) for kind, entries in hits.items()} == {"customers": 5, "plans": 1, "invoices": 1}
    assert directory.search_kinds(main, BY_KEY, "nothing", 5) == {}


def test_the_index_follows_each_change(many):
    directory.remember(many, CUSTOMERS, [customer("cus_1", name="Wyvern")])
    directory.remember(many, CUSTOMERS, [customer("cus_1", name="Griffin", data_source_uuid=SOURCE)])
    assert (by_index(many, "wyvern"), by_index(many, "griffin")) == (set(), {"cus_1"})
    Entry.objects.filter(uuid="cus_1").update(resource="plans")
    assert by_index(many, "griffin") == set()
    assert by_index(many, "griffin", kind="plans") == {"cus_1"}
    entry = Entry.objects.get(uuid="cus_1")
    entry.name = "Phoenix"
    entry.save()
    assert by_index(many, "phoenix", kind="plans") == {"cus_1"}
    entry.delete()
    assert by_index(many, "phoenix", kind="plans") == set()


def test_a_deleted_record_is_gone_at_once_with_what_was_its_own(many):
    uuid = "cus_wyvern"
    directory.remember(many, SOURCES, [{"uuid": SOURCE, "name": "Wyvern"}])
    directory.remember(many, CUSTOMERS, [customer(uuid, name="Wyvern", data_source_uuid=OTHER_SOURCE)])
    directory.remember(many, SUBSCRIPTIONS, [{"uuid": "sub_1", "external_id": "wyvern-1", "customer_uuid": uuid}])
    directory.remember(many, PLANS, [{"uuid": "pl_1", "name": "Wyvern", "data_source_uuid": SOURCE}])
    directory.forget(many, "customers", uuid)
    assert set(directory.search_kinds(many, BY_KEY, "wyvern", 5)) == {"data_sources", "plans"}
    directory.forget(many, "data_sources", SOURCE)
    assert directory.search_kinds(many, BY_KEY, "wyvern", 5) == {}
    assert by_index(many, "wyvern") == by_index(many, "wyvern", kind="plans") == set()


def test_a_record_that_is_known_as_it_is_is_not_written(many, django_assert_num_queries):
    records = list(people.customers(300))
    before = list(Entry.objects.order_by("pk").values())
    # How the directory stands, and the entries.
    with django_assert_num_queries(2) as asked:
        directory.remember(many, CUSTOMERS, records)
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)
    assert list(Entry.objects.order_by("pk").values()) == before


def test_while_an_account_is_read_the_moment_moves_and_nothing_else(many, django_assert_max_num_queries):
    records = list(people.customers(300))
    Sync.objects.create(connection=many, state=State.STOPPED)
    before = dict(Entry.objects.values_list("uuid", "seen_at"))
    if database.vendor == "sqlite":
        with database.cursor() as cursor:
            cursor.execute("SELECT block FROM resources_entry_index_data WHERE id = 10")
            structure = cursor.fetchone()
    with django_assert_max_num_queries(6):
        directory.remember(many, CUSTOMERS, records)
    assert all(seen_at > before[uuid] for uuid, seen_at in Entry.objects.values_list("uuid", "seen_at"))
    if database.vendor == "sqlite":
        with database.cursor() as cursor:
            cursor.execute("SELECT block FROM resources_entry_index_data WHERE id = 10")
            assert cursor.fetchone() == structure


def test_the_index_can_be_made_anew(many):
    directory.remember(many, CUSTOMERS, [customer("cus_1", name="Wyvern")])
    database.check_constraints()
    with database.cursor() as cursor:
        # The editor of a migration cannot be had within the transaction of a test.
        install(None, SimpleNamespace(connection=database, execute=lambda sql, params: cursor.execute(sql, params)))
    assert by_index(many, "wyvern") == {"cus_1"}
    directory.forget(many, "customers", "cus_1")
    assert by_index(many, "wyvern") == set()


def test_deleting_a_connection_leaves_nothing_in_the_index(many):
    directory.remember(many, CUSTOMERS, [customer("cus_1", name="Wyvern")])
    key = many.pk
    many.delete()
    assert matching(Within(connection_id=key, resource="customers"), ["wyvern"], 10) == []
    if database.vendor == "sqlite":
        with database.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM resources_entry_index WHERE resources_entry_index MATCH '\"wyv\"'")
            assert cursor.fetchone() == (0,)


def test_kinds_have_places_of_their_own_in_the_index():
    assert len({sqlite.place(1, kind, 1) for kind in BY_KEY}) == len(BY_KEY)
    assert sqlite.place(32_767, "customers", 1 << 39) < 1 << 63


ALPHABET = st.text(st.sampled_from("ab cdsu1äÄß7-_.@%'\"\\王伟\0\n"), max_size=8)
RECORDS = st.lists(st.fixed_dictionaries({"name": ALPHABET, "email": ALPHABET, "external_id": ALPHABET}), max_size=8)
NUMBERS = count()


# What PostgreSQL is asked goes to another process, and takes several times as long.
@settings(
    max_examples=150 if database.vendor == "sqlite" else 60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mine=RECORDS, theirs=RECORDS, typed=ALPHABET)
def test_the_index_finds_what_a_scan_finds_and_nothing_of_another_connection(main, mine, theirs, typed):
    number = next(NUMBERS)
    me, them = make_connection(f"Mine {number}"), make_connection(f"Theirs {number}")
    for connection, records in ((me, mine), (them, theirs)):
        directory.remember(connection, CUSTOMERS, [{"uuid": f"cus_{n}", **record} for n, record in enumerate(records)])
    words = fold(typed).split()
    for connection in (me, them):
        entries = [entry for entry in Entry.objects.filter(connection=connection) if words]
        held = {entry.uuid for entry in entries if all(word in entry.text for word in words)}
        got = set(found(connection, typed))
        if any(len(word) > 1 for word in words):
            assert got == held
        else:
            # One character that stands in every other UUID is looked for among the first by name, also where a UUID
            # stands for the name.
            named = [entry for entry in entries if entry.name != entry.uuid]
            assert {entry.uuid for entry in named if all(word in fold(entry.name) for word in words)} <= got <= held
        assert {entry.connection_id for entry in directory.search(connection, "customers", typed, 100)} <= {
            connection.pk
        }


@given(st.text(max_size=50))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


def test_the_search_does_a_bounded_amount_of_work(main, django_assert_max_num_queries, monkeypatch):
    monkeypatch.undo()
    directory.remember(main, CUSTOMERS, people.customers(1_500))
    for query in people.queries(list(people.customers(1_500)), 60, random.Random(1)):
        with django_assert_max_num_queries(5):
            directory.search(main, "customers", query["q"], 21)


@pytest.mark.parametrize(
    ("narrow", "used"),
    [
        ({}, "entry_by_name"),
        ({"data_source_uuid": SOURCE}, "entry_by_source"),
        ({"owner_uuid": "cus_1"}, "entry_by_owner"),
        ({"owner_uuid": "cus_1", "data_source_uuid": SOURCE}, "entry_by_owner"),
    ],
)
def test_what_comes_first_by_name_is_not_sorted(narrow, used, main):
    within = Within(connection_id=main.pk, resource="customers", **narrow)
    entries = within.entries()
    stretches = [{"name_key__gte": "a"}, {"name_key__lt": "a"}, {"name_key__gte": "0", "name_key__lt": ":"}]
    for asked in (entries, *(entries.filter(**stretch) for stretch in stretches)):
        plan = searching.by_name(asked)[:10].explain()
        # PostgreSQL chooses by what the table holds, SQLite by the question alone.
        assert database.vendor == "postgresql" or (used in plan and "TEMP B-TREE" not in plan)
    if database.vendor == "sqlite":
        with CaptureQueriesContext(database) as asked, database.cursor() as cursor:
            first_by_name({"customers": within}, 10)
            cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
            plan = str(cursor.fetchall())
        assert used in plan
        assert "TEMP B-TREE" not in plan


MARKED = [
    "<script>alert(1)</script>",
    '"><img src=x>',
    "=1+1",
    "@x",
    "{{ 7 }}",
    "(old) Zebra",
    "_hidden",
    "\u202e",
    "¡Hola!",
]
PLAIN = ["Zebra", "acme", "Álvaro", "3M", "שלום", "東京"]


def test_names_come_before_marks(main):
    """What a picker opens with, and hits that are as good as each other."""
    names = [*MARKED, *PLAIN]
    directory.remember(main, CUSTOMERS, [{"uuid": f"cus_{number}", "name": name} for number, name in enumerate(names)])
    opened = [entry.name for entry in directory.first(main, "customers", [], 21)]
    assert opened[:4] == ["acme", "Álvaro", "Zebra", "{{ 7 }}"]
    assert set(opened) == set(names)
    marked = ["\u202e", '"><img src=x>', "(old) Zebra", "<script>alert(1)</script>", "=1+1", "@x", "_hidden"]
    assert opened[-8:] == ["3M", *marked]
    for limit in range(len(names)):
        assert [entry.name for entry in directory.first(main, "customers", [], limit)] == opened[:limit]
    directory.remember(main, CUSTOMERS, [{"uuid": f"cus_n{number}", "name": str(number)} for number in range(100, 140)])
    assert [entry.name for entry in directory.first(main, "customers", [], 11)][-4:] == ["100", "101", "102", "103"]
    # Those that were chosen lately come first whatever they are called.
    latest = directory.first(main, "customers", ["cus_0", "cus_9"], 4)
    assert [entry.name for entry in latest] == [MARKED[0], "Zebra", "acme", "Álvaro"]
    assert [entry.name for entry in directory.search(main, "customers", "x", 21)] == ['"><img src=x>', "@x"]
    assert [entry.name for entry in directory.search(main, "customers", "zebra", 21)] == ["Zebra", "(old) Zebra"]


def test_a_full_page_of_names_takes_one_look_at_the_index(main, django_assert_num_queries):
    directory.remember(main, CUSTOMERS, people.customers(100))
    with django_assert_num_queries(1):
        assert len(directory.first(main, "customers", [], 21)) == 21


def test_what_belongs_to_a_record_is_found_by_its_owner(main):
    plan = Entry.objects.filter(owned_by("cus_1"), connection=main).explain()
    assert database.vendor == "postgresql" or "entry_by_owner" in plan


def test_what_is_known_is_looked_up_one_by_one_in_a_table_that_has_grown_since_it_was_analysed(main):
    records = list(people.customers(2_000))
    directory.remember(main, CUSTOMERS, records[:100])
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("ANALYZE resources_entry")
        directory.remember(main, CUSTOMERS, records)
        with CaptureQueriesContext(database) as asked:
            known = list(stored(main, "customers", [record["uuid"] for record in records[:200]]))
        cursor.execute(f"{EXPLAIN[database.vendor]} {asked.captured_queries[0]['sql']}")
        plan = str(cursor.fetchall())
    assert len(known) == 200
    assert "uuid=?" in plan or "one_entry_a_record" in plan, plan


@pytest.mark.parametrize("typed", ["smi", "on", "王", "a or"])
def test_no_search_waits_for_further_processes_to_start(main, typed: str):
    """PostgreSQL starts them for what it takes for much work."""
    directory.remember(main, CUSTOMERS, people.customers(1_000))
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0")
            cursor.execute("SET LOCAL min_parallel_table_scan_size = 0; ANALYZE resources_entry")
        with CaptureQueriesContext(database) as asked:
            directory.search(main, "customers", typed, 5)
        for query in asked.captured_queries:
            cursor.execute(f"{EXPLAIN[database.vendor]} {query['sql']}")
            assert "Gather" not in str(cursor.fetchall())


def test_what_waits_for_its_place_in_the_index_is_found_before_and_after(many):
    directory.remember(many, CUSTOMERS, [customer("cus_1", name="Wyvern")])
    assert by_index(many, "wyvern") == {"cus_1"}
    settle()
    assert by_index(many, "wyvern") == {"cus_1"}
    for statement in BY_VENDOR[database.vendor].SETTLE:
        with database.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.fetchone() == (0,)
