"""A browser without JavaScript on top of Django's test client: finds elements as people do, by label and by the text of
a button, and sends what a browser would send.

    browser = Browser(client).open("/c/main/customers/create/")
    browser.fill("Name", "Ada").press("Review")
    assert browser.h1 == "Review: Create a Customer"
"""

import re
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cached_property, lru_cache
from html import unescape
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import time_machine
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.utils import timezone

from resources import outcome_check

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CONTROLS = ("input", "select", "textarea")
SKIPS_A_LINE_END = ("pre", "textarea")
"""Elements in which a line break right after the tag is not part of the text."""


class Element:
    """A node of a page."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Element | None") -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    @property
    def raw_text(self) -> str:
        return "".join(child if isinstance(child, str) else child.raw_text for child in self.children)

    @property
    def text(self) -> str:
        return " ".join(self.raw_text.split())

    def walk(self) -> Iterator["Element"]:
        """Iterate over all descendants in document order, without <template> elements: they are not part of the page."""
        return iter(self._below)

    @cached_property
    def _below(self) -> list["Element"]:
        below = []
        for child in self.children:
            if isinstance(child, Element) and child.tag != "template":
                below += (child, *child._below)
        return below

    def all(self, *tags: str, **attributes: str) -> list["Element"]:
        return [
            element
            for element in self.walk()
            if (not tags or element.tag in tags)
            and all(element.get(name.rstrip("_").replace("_", "-")) == value for name, value in attributes.items())
        ]

    def one(self, *tags: str, **attributes: str) -> "Element":
        found = self.all(*tags, **attributes)
        assert len(found) == 1, f"{len(found)} of {tags} {attributes}"
        return found[0]

    def inside(self, tag: str) -> "Element | None":
        at = self.parent
        while at is not None and at.tag != tag:
            at = at.parent
        return at


def above(at: Element, tag: str) -> Element:
    """Return the element in which parsing continues after the end of `tag`."""
    closing: Element | None = at
    while closing is not None and closing.tag != tag:
        closing = closing.parent
    return closing.parent if closing is not None and closing.parent is not None else at


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = self.at = Element("", {}, None)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_endtag(self, tag: str) -> None:
        self.at = above(self.at, tag)

    def handle_data(self, data: str) -> None:
        if self.at.tag in SKIPS_A_LINE_END and not self.at.children:
            data = data.removeprefix("\n")
        self.at.children.append(data)


NAME = r"[a-zA-Z][a-zA-Z0-9:_-]*"
ATTRIBUTE = r"""\s+([a-zA-Z_@:][^\s"'<>/=]*)(?:=(?:"([^"]*)"|'([^']*)'))?"""
ATTRIBUTES = re.compile(rf"(?:{ATTRIBUTE})*\s*/?")
TOKEN = re.compile(
    rf"""([^<]+)|</({NAME})>|<({NAME})((?:[\s/][^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*)?)>|<!(?i:doctype html)>"""
)
"""A text, an end tag, a start tag with what may be attributes, or the doctype."""
TEXT_ALONE = {"script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"}
"""Elements whose content is text even if it looks like tags."""


@lru_cache(maxsize=4_096)
def attributes_of(written: str) -> tuple[dict[str, str], bool] | None:
    """Return the attributes of a start tag and whether it is self-closing, None if they are not written as ours are.
    Cached, because most tags are on every page."""
    if not ATTRIBUTES.fullmatch(written):
        return None
    found = re.findall(ATTRIBUTE, written)
    return {name.lower(): unescape(double or single) for name, double, single in found}, written.endswith("/")


def read_plainly(html: str) -> Element | None:
    """Parse a page like Reader, but faster. Return None unless every character of it is written as our pages are: nothing
    is guessed here."""
    at = root = Element("", {}, None)
    place = 0
    while place < len(html):
        token = TOKEN.match(html, place)
        if token is None:
            return None
        place = token.end()
        text, end, start, written = token.groups()
        if text:
            # Only the content of such elements has no character references.
            text = text if at.tag in TEXT_ALONE else unescape(text)
            if at.tag in SKIPS_A_LINE_END and not at.children:
                text = text.removeprefix("\n")
            at.children.append(text)
        elif at.tag in TEXT_ALONE and end != at.tag:
            return None
        elif start:
            attributes = attributes_of(written)
            if attributes is None:
                return None
            element = Element(start.lower(), dict(attributes[0]), at)
            at.children.append(element)
            if element.tag not in VOID and not attributes[1]:
                at = element
        elif end:
            at = above(at, end.lower())
    return root


def parse(html: str) -> Element:
    return read_plainly(html) or Reader(html).root


class Browser:
    """The open page, and what was typed into it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = "/"
        self.response: Any = None
        self.page = Element("", {}, None)
        self.typed: dict[int, str | None] = {}

    # -- going somewhere

    def open(self, url: str) -> Self:
        return self._show(self.client.get(urljoin(self.url, url), follow=True), urljoin(self.url, url))

    def _show(self, response: Any, url: str) -> Self:
        self.response = response
        chain = getattr(response, "redirect_chain", [])
        self.url = urljoin(url, chain[-1][0]) if chain else url
        self.page = parse(response.content.decode())
        self.typed = {}
        return self

    def follow(self, words: str) -> Self:
        """Follow the link with this text."""
        return self.open(self.link(words)["href"])

    def link(self, words: str) -> Element:
        # The menu has links to every module, so links in the page itself take precedence.
        inside = [link for main in self.page.all("main") for link in main.all("a") if link.text == words]
        found = inside or [link for link in self.page.all("a") if link.text == words]
        assert found, f"no link {words!r} among {[link.text for link in self.page.all('a')]}"
        return found[0]

    def press(self, words: str, *, within: Element | None = None) -> Self:
        """Press the button with this text and submit its form as a browser would."""
        button = self.button(words, within=within)
        form = self.page.one("form", id=button["form"]) if button.get("form") else button.inside("form")
        assert form is not None
        pairs = self.successful(form)
        if button.get("name"):
            pairs.append((button["name"], button.get("value")))
        action = urljoin(self.url, form.get("action") or self.url)
        data = QueryDict(mutable=True)
        for name, value in pairs:
            data.appendlist(name, value)
        if form.get("method", "get").lower() == "get":
            return self.open(f"{urlsplit(action).path}?{data.urlencode()}")
        response = self.client.post(
            action, data.urlencode(), content_type="application/x-www-form-urlencoded", follow=True
        )
        return self._show(response, action)

    def check(self, *, at_once: bool = False) -> Self:
        """Press the button that looks up the outcome of a write, by default at a time when the outcome would be visible."""
        with nullcontext() if at_once else time_machine.travel(timezone.now() + outcome_check.MAY_TAKE, tick=True):
            return self.press("Check: look it up")

    def confirm(self, reason: str = "As agreed with finance") -> Self:
        """Press Send, after filling in what the review requires before."""
        if any(label.text == "Type the name to confirm" for label in self.page.all("label")):
            box = self.field("Type the name to confirm")
            told = next(part for part in self.page.all("p") if part.get("id") == f"{box['id']}_helptext")
            self.fill("Type the name to confirm", told.text.rpartition("Exactly: ")[2]).fill("Reason", reason)
        return self.press("Send")

    def button(self, words: str, *, within: Element | None = None) -> Element:
        found = [
            button for button in (within or self.page).all("button") if button.text == words and "hidden" not in button
        ]
        assert found, f"no button {words!r} among {[button.text for button in self.page.all('button')]}"
        return found[0]

    # -- forms

    def field(self, label: str, *, within: Element | None = None) -> Element:
        """Return the control with the <label> `label`."""
        place = within or self.page
        names = [element for element in place.all("label") if element.text == label]
        if within is None and len(names) > 1:
            # Rows of a group may have the same labels: without `within`, ignore them.
            rows = {id(element) for row in place.all("fieldset", class_="row") for element in row.walk()}
            names = [element for element in names if id(element) not in rows]
        assert len(names) == 1, f"{len(names)} labels {label!r} among {[name.text for name in place.all('label')]}"
        controls = [element for element in self.page.all(*CONTROLS) if element.get("id") == names[0]["for"]]
        assert len(controls) == 1, f"{len(controls)} controls for the label {label!r}"
        return controls[0]

    def group(self, label: str) -> Element:
        """Return the fieldset that has a child element with the text `label`, such as its legend."""
        for fieldset in self.page.all("fieldset"):
            if any(child.text == label for child in fieldset.children if isinstance(child, Element)):
                return fieldset
        raise AssertionError(f"no fieldset {label!r}")

    def rows(self, label: str) -> list[Element]:
        return self.group(label).all("fieldset", class_="row")

    def fill(self, label: str, value: str, *, within: Element | None = None) -> Self:
        control = self.field(label, within=within)
        assert "disabled" not in control, f"{label} cannot be changed"
        if control.tag == "select":
            options = control.all("option")
            chosen = [option for option in options if value in (option.get("value"), option.text)]
            assert chosen, f"{value!r} is no choice of {label}: {[option.text for option in options]}"
            value = chosen[0].get("value", chosen[0].text)
        self.typed[id(control)] = value
        return self

    def tick(self, label: str, *, on: bool = True, within: Element | None = None) -> Self:
        control = self.field(label, within=within)
        self.typed[id(control)] = control.get("value", "on") if on else None
        return self

    def value(self, label: str, *, within: Element | None = None) -> str:
        """Return the current value of the control, empty if it has none."""
        return self.value_of(self.field(label, within=within)) or ""

    def value_of(self, control: Element) -> str | None:
        if id(control) in self.typed:
            return self.typed[id(control)]
        if control.tag == "textarea":
            # A browser submits each line break in a textarea as CR LF,
            return control.raw_text.replace("\r\n", "\n").replace("\n", "\r\n")
        if control.tag == "select":
            options = control.all("option")
            chosen = [option for option in options if "selected" in option] or options[:1]
            return chosen[0].get("value", chosen[0].text) if chosen else None
        if control.get("type") in ("checkbox", "radio"):
            return control.get("value", "on") if "checked" in control else None
        value = control.get("value")
        # and drops those in a single-line input.
        return value if control.get("type") == "hidden" else value.replace("\r", "").replace("\n", "")

    def successful(self, form: Element) -> list[tuple[str, str]]:
        pairs = []
        for control in form.all(*CONTROLS):
            if not control.get("name") or "disabled" in control:
                continue
            if control.tag == "select" and "multiple" in control:
                pairs += [
                    (control["name"], option["value"]) for option in control.all("option") if "selected" in option
                ]
                continue
            value = self.value_of(control)
            if value is not None:
                pairs.append((control["name"], value))
        return pairs

    # -- what it says

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def html(self) -> str:
        return self.response.content.decode()

    @property
    def text(self) -> str:
        return self.page.one("main").text

    @property
    def h1(self) -> str:
        return self.page.one("h1").text

    @property
    def alert(self) -> str:
        return " ".join(element.text for element in self.page.all(role="alert"))

    @property
    def notice(self) -> str:
        """The texts of notices that are not errors: successes and notes."""
        told = [element for element in self.page.all(class_="notice") if element.get("role") in ("status", "note")]
        return " ".join(element.text for element in told)

    @property
    def success(self) -> str:
        return self.page.one(role="status").text

    def problem(self, label: str, *, within: Element | None = None) -> str:
        """Return the text that describes an invalid field by aria-describedby, with its error."""
        control = self.field(label, within=within)
        described = control.get("aria-describedby").split()
        texts = [element.text for element in self.page.walk() if element.get("id") in described]
        assert control.get("aria-invalid") == "true", f"{label} is not marked as invalid"
        return " ".join(texts)

    def table(self, caption: str = "") -> list[dict[str, str]]:
        """Return the rows of the first table whose caption contains `caption`: heading -> text of the cell."""
        table = next(
            table for table in self.page.all("table") if caption in "".join(part.text for part in table.all("caption"))
        )
        headings = [cell.text for cell in table.one("thead").all("th")]
        return [
            dict(zip(headings, [cell.text for cell in row.all("th", "td")], strict=True))
            for row in table.one("tbody").all("tr")
        ]

    def facts(self) -> dict[str, str]:
        """Return the fields of a record by name, including the collapsed ones."""
        tables = self.page.all("table", class_="facts")
        return {row.one("th").text: row.one("td").text for table in tables for row in table.all("tr")}


def page_of(response: HttpResponse) -> Element:
    return parse(response.content.decode())
