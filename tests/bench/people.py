"""Realistic customers and invoices: names in many languages, shared domains, IDs of several systems."""

import random
import uuid
from collections.abc import Iterator
from typing import Any

FIRST = [
    "Ada",
    "Grace",
    "Alan",
    "Linus",
    "Margaret",
    "Barbara",
    "Edsger",
    "Donald",
    "Ken",
    "Dennis",
    "Bjarne",
    "Guido",
    "Yukihiro",
    "Katherine",
    "Dorothy",
    "Mary",
    "Hedy",
    "Radia",
    "Frances",
    "Jean",
    "Søren",
    "Åsa",
    "José",
    "Zoë",
    "François",
    "Łukasz",
    "Çağla",
    "Ivan",
    "Olga",
    "Nikos",
    "Anna",
    "Pierre",
    "Chloë",
    "Lars",
    "Ingrid",
    "Pablo",
    "Lucía",
    "Giulia",
    "Marco",
    "Jürgen",
    "Anke",
    "Tomáš",
    "Jana",
    "Piotr",
    "Agnieszka",
    "Mehmet",
    "Ayşe",
    "Rahul",
    "Priya",
    "Mei",
    "Kenji",
    "Yuki",
    "Ольга",
    "Дмитрий",
]
LAST = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Hamilton",
    "Liskov",
    "Dijkstra",
    "Thompson",
    "Ritchie",
    "Johnson",
    "Vaughan",
    "Keller",
    "Perlman",
    "Allen",
    "Bartik",
    "Smith",
    "Jones",
    "Brown",
    "Taylor",
    "Wilson",
    "Davies",
    "Evans",
    "Roberts",
    "Walker",
    "Wright",
    "García",
    "Martínez",
    "López",
    "Nguyen",
    "Kim",
    "Schmidt",
    "Weber",
    "Müller",
    "Wagner",
    "Becker",
    "Novák",
    "Kowalski",
    "Nowak",
    "Ivanov",
    "Petrov",
    "Yılmaz",
    "Demir",
    "Sharma",
    "Patel",
    "Silva",
    "Santos",
    "Rossi",
    "Dubois",
    "Иванова",
]
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "ca",
    "co",
    "cu",
    "da",
    "de",
    "di",
    "do",
    "fa",
    "fi",
    "fo",
    "ga",
    "go",
    "ha",
    "he",
    "ka",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "ni",
    "no",
    "pa",
    "pe",
    "pi",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "si",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "ve",
    "vi",
    "vo",
    "xa",
    "xi",
    "za",
    "ze",
    "zo",
    "tra",
    "gri",
    "plo",
    "ster",
    "mon",
    "ver",
    "lex",
    "nor",
    "tech",
    "soft",
]
FORMS = [
    "GmbH",
    "Ltd",
    "Inc",
    "LLC",
    "AG",
    "SA",
    "BV",
    "Oy",
    "AB",
    "Labs",
    "Systems",
    "Software",
    "Media",
    "Studio",
    "Group",
    "Partners",
    "Holdings",
    "Analytics",
]
FAMILY, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文华建国志红玉兰德忠仁义",
)
ENDINGS = ["com", "com", "com", "com", "net", "io", "de", "co.uk", "fr", "org"]
SOURCES = [f"ds_{uuid.UUID(int=number)}" for number in range(1, 7)]
SHARES = [500_000, 300_000, 150_000, 49_000, 990, 10]
"""The distribution of customers over the sources: from half of them to ten in a million."""


def person(choose: random.Random) -> str:
    if choose.random() < 0.05:
        return choose.choice(FAMILY) + "".join(choose.choice(GIVEN) for _ in range(choose.choice((1, 1, 2))))
    return f"{choose.choice(FIRST)} {choose.choice(LAST)}"


def company(choose: random.Random) -> str:
    name = "".join(choose.choice(SYLLABLES) for _ in range(choose.randint(2, 4)))
    return f"{name.title()} {choose.choice(FORMS)}"


def customers(count: int, *, start: int = 0) -> Iterator[dict[str, Any]]:
    """Yield customers as ChartMogul lists them; the same ones for the same `start` in every run."""
    choose = random.Random(start)
    for number in range(start, start + count):
        who, firm = person(choose), company(choose)
        own = f"{firm.split()[0].lower()}.{choose.choice(ENDINGS)}"
        domain = own if choose.random() < 0.6 else choose.choice(("gmail.com", "outlook.com", "example.com"))
        system = choose.choice(("cus_{:x}", "{}", "acct-{:x}", "ORG/{}"))
        yield {
            "uuid": f"cus_{uuid.UUID(int=choose.getrandbits(128))}",
            "name": who if choose.random() < 0.5 else firm,
            "company": firm,
            "email": f"{who.split()[0].lower()}.{number}@{domain}",
            "external_id": system.format(number if system == "{}" else choose.getrandbits(40)),
            "data_source_uuid": choose.choices(SOURCES, SHARES)[0],
            "status": choose.choice(("Active", "Active", "Cancelled", "New_Lead")),
        }


def invoices(count: int, *, start: int = 0) -> Iterator[dict[str, Any]]:
    choose = random.Random(start)
    for number in range(start, start + count):
        yield {
            "uuid": f"inv_{uuid.UUID(int=choose.getrandbits(128))}",
            "external_id": f"INV-{2020 + number % 6}-{number}",
        }


def queries(known: list[dict[str, Any]], count: int, choose: random.Random) -> Iterator[dict[str, str]]:
    """Yield queries as people type them into a picker, of all kinds in turn: parts of records, words that most records
    have, words that none has, one and two characters, and operators of databases."""
    ways = (
        lambda record: record["name"],
        lambda record: record["name"].upper(),
        lambda record: record["email"],
        lambda record: record["external_id"],
        lambda record: record["uuid"],
        lambda record: part(record["uuid"], 6, choose),
        lambda record: part(record["name"], 2, choose),
        lambda record: part(record["name"], 1, choose),
        lambda record: part(record["company"], 4, choose),
        lambda record: part(record["email"], 5, choose),
        lambda record: part(record["external_id"], 4, choose),
        lambda record: f"{record['company'].split()[0]} {record['email'].split('@')[0]}",
        lambda record: f"{part(record['name'], 3, choose)} com",
        lambda record: part(record["name"], 2, choose) + " " + part(record["email"], 2, choose),
        lambda record: choose.choice(
            ("com", "a", "e", "@", ".com", "gmail.com", "cus", "com gmail", "o e", "inc", "-")
        ),
        lambda record: choose.choice(
            ("muller", "Müller", "ŁUKASZ", "jose garcia", "иванова", "王", "王伟", "李", "伟芳")
        ),
        lambda record: choose.choice(("qzxqzx", "zz", "xq", "龘", "com qzx", "gmail.comx", "ada zuse", "anagram.com")),
        lambda record: choose.choice(
            ('"', "*", "OR", "NEAR(", "%", "_", "\\", "a OR b", "'", '"com"', "com*", "-a", "(")
        ),
        lambda record: "",
    )
    for number in range(count):
        typed = ways[number % len(ways)](choose.choice(known))
        yield {"q": typed} | ({"data_source_uuid": choose.choice(SOURCES)} if choose.random() < 0.25 else {})


def part(value: str, length: int, choose: random.Random) -> str:
    start = choose.randrange(max(1, len(value) - length + 1))
    return value[start : start + length]
