"""tests/pages.py reads a page like Python's own HTML parser, whichever of its two parsers it uses."""

import json
from pathlib import Path

import pytest
from django.test import Client

from tests.pages import Element, Reader, parse, read_plainly
from tests.security.crawling import first_records
from tests.security.routes import every_route

PAYLOADS = json.loads((Path(__file__).parent / "data" / "xss_payloads.json").read_text())


def tree(element: Element) -> list[object]:
    children = [child if isinstance(child, str) else tree(child) for child in element.children]
    return [element.tag, list(element.attributes.items()), children]


def test_pages_of_ours_are_read_plainly_and_as_the_parser_reads_them(signed_in: Client, box, sandbox):
    addresses = [route.path for route in every_route(slug="box") if "logout" not in route.path]
    addresses += [f"/c/box/{kind.replace('_', '-')}/{uuid}/" for kind, uuid in first_records(sandbox).items()]
    pages = 0
    for address in addresses:
        answer = signed_in.get(address)
        if "html" in answer.get("Content-Type", "") and answer.content:
            html = answer.content.decode()
            plain = read_plainly(html)
            assert plain, address
            assert tree(plain) == tree(Reader(html).root), address
            pages += 1
    assert pages > 60


PLACES = (
    "<p>{}</p>",
    '<a title="{}">x</a>',
    "<a title='{}'>x</a>",
    "<a title={}>x</a>",
    "<textarea>\n{}</textarea>",
    "<title>{}",
)
ODD = [
    *(place.format(payload) for payload in PAYLOADS for place in PLACES),
    "",
    "a < b > c & d &amp; &lt; &#x27; &nosuch; &copy",
    "<!-- <b>no</b> --><b>yes</b>",
    "<B CLASS=x ID='Y'>x</B>",
    "<b a a='1' A=\"2\" b=>x",
    "<b a='1'b='2'>x</b>",
    "<br/><input / ><svg><path d='m'/>x</svg>",
    "<p>a</b></i>b</p></div>c",
    "<script>'<b>'</script><style>b > i {}</style><script src=x></script>",
    "<pre>\n\nx</pre><pre>\n<b>x</b></pre>",
    "  <!DOCTYPE html>\n<html><![CDATA[x]]><?php x ?></html>",
    "<p>x</p",
    "</ p><//><1><>",
    "<template><b>x</b></template>",
]


@pytest.mark.parametrize("html", ODD, ids=ascii)
def test_so_is_whatever_else_may_stand_there(html: str):
    assert tree(parse(html)) == tree(Reader(html).root)
