import pytest

from resources.json_paths import dig, put

RECORD = {"a": {"b": [{"c": 1}, 2]}, "x.y": 3, "deep": {"x.y": 4}, "": 5}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b.0.c", 1),
        ("a.b.1", 2),
        ("x.y", 3),
        ("deep.x.y", 4),
        ("", 5),
        ("a.b.2", None),
        ("a.b.-1", None),
        ("a.b.²", None),
        ("a.b." + "9" * 5000, None),
        ("a.b.c", None),
        ("a.b.0.c.d", None),
        ("missing.b", None),
        ("a..b", None),
        (".", None),
    ],
)
def test_a_path_leads_to_its_value_or_to_nothing(path: str, value: object):
    assert dig(RECORD, path) == value


@pytest.mark.parametrize("record", [None, 5, "text", [], {}])
def test_there_is_nothing_in_what_is_no_object(record: object):
    assert dig(record, "a.b") is None


def test_putting_makes_the_objects_on_the_way():
    body: dict[str, object] = {"attributes": {"tags": ["a"]}}
    put(body, "attributes.custom", [1])
    put(body, "a.b.c", 2)
    assert body == {"attributes": {"tags": ["a"], "custom": [1]}, "a": {"b": {"c": 2}}}
