"""Finds every page of the URL configuration, who has to request it, and with which arguments.

A page is recognized by its response, not by a list: a GET that returns a whole HTML document. So fragments, files and
URLs for machines or for POST only are left out automatically, and a new page is included automatically. A page whose
arguments are not known here is an error, see `Everywhere.places`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from playwright.sync_api import Browser

from activity.models import Outcome
from resources.operations import ListOperation
from resources.picker_fields import PickerField
from sandbox.server import SandboxServer
from tests.browser.prepare import PASSWORD, USERNAME
from tests.browser.test_passkeys import add, device_for
from tests.pages import parse
from tests.people import code_of
from tests.provider import Provider
from tests.sandbox.conftest import Caller
from tests.security.routes import Route

MAIN = "/c/main/"
OWNER, GUEST, CAREFUL, HALFWAY, SENT, INTERRUPTED = "owner", "guest", "careful", "halfway", "sent", "interrupted"
NO_PAGES = {"home", "mfa_login_webauthn", "mfa_download_recovery_codes"}
"""The few routes from which nobody here gets a response to a GET: they redirect to another page, or return a file only
once."""
PLACEHOLDER = re.compile(r"<(?:\w+:)?\w+>")
DOCUMENT = re.compile(r"\s*<!doctype html>", re.IGNORECASE)


class Unknown(AssertionError):
    """It is not known here how to get the page of a route."""


@dataclass(frozen=True)
class Place:
    who: str
    address: str
    size: int
    """Bytes of the document on the wire."""

    @property
    def with_few_rows(self) -> str:
        """The address with few rows, for checks of each row."""
        return self.address + ("&" if "?" in self.address else "?") + "limit=3"


class Visitor(requests.Session):
    """An HTTP client, signed in with `name` if that is given."""

    def __init__(self, site: str, name: str = "") -> None:
        super().__init__()
        self.trust_env = False
        self.site = site
        if name:
            self.submit("/accounts/login/", {"username": name, "password": PASSWORD})

    def ask(self, address: str) -> requests.Response:
        return self.get(urljoin(self.site, address), allow_redirects=False, timeout=30)

    @property
    def for_a_browser(self) -> list[dict[str, str]]:
        return [{"name": cookie.name, "value": cookie.value, "url": self.site} for cookie in self.cookies]

    def submit(self, address: str, form: dict[str, Any]) -> requests.Response:
        """Submit a form, which must be accepted, and return the response."""
        if "csrf" not in self.cookies:
            self.ask("/accounts/login/")
        headers = {"X-CSRFToken": self.cookies["csrf"], "Origin": self.site}
        answer = self.post(urljoin(self.site, address), form, headers=headers, allow_redirects=False, timeout=30)
        assert answer.ok, f"{address}: {answer.status_code}"
        return answer


class Everywhere:
    """Every page of one site. It creates what the pages show: a record of each kind, a write of each outcome, a saved view
    of each list, an invitation, and people in each state of signing in."""

    def __init__(self, site: str, sandbox: SandboxServer, provider: Provider, browser: Browser, word: str) -> None:
        self.word = word
        self.found: dict[str, list[Place]] = {}
        owner, guest = Visitor(site, USERNAME), Visitor(site)
        self.visitors = {OWNER: owner, GUEST: guest}
        with Caller(sandbox) as call:
            self.records = records(call, word)
        # The values for a placeholder, by the address before it.
        self.known: dict[str, list[str]] = {
            "/c/": ["main"],
            "/connections/": ["main"],
            f"{MAIN}pickers/": [key.replace("_", "-") for key in self.records],
            f"{MAIN}activity/": writes(owner, sandbox, self.records, word),
            "/people/": ["1"],
            # The link with the token redirects to an address without it.
            "/people/join/": [guest.ask(invitation(owner)).headers["Location"].split("/")[-2]],
        }
        self.known |= {f"{MAIN}{key.replace('_', '-')}/": [uuid] for key, uuid in self.records.items()}
        self.add_people(provider, browser)

    def add_people(self, provider: Provider, browser: Browser) -> None:
        """Add somebody with second factors, and the same person before they are asked for them; somebody without a
        password, signed in by the provider; and somebody with a form that was kept when they signed in again."""
        owner = self.visitors[OWNER]
        name = f"{self.word}-careful"
        join(owner, name)
        # Passkeys need a host name.
        careful = self.visitors[CAREFUL] = Visitor(owner.site.replace("127.0.0.1", "localhost"), name)
        secret = parse(careful.ask("/accounts/second-factor/app/").text).one("code", class_="identifier").text
        careful.submit("/accounts/second-factor/app/", {"code": code_of(secret)})
        self.known["/accounts/passkeys/"] = [with_passkey(careful, browser)]
        self.visitors[HALFWAY] = Visitor(owner.site, name)
        self.visitors[SENT] = sent_by(provider, owner, f"{self.word}-sent")
        interrupted = self.visitors[INTERRUPTED] = Visitor(owner.site, USERNAME)
        # A form from a page before the current sign-in.
        there = urljoin(owner.site, f"{MAIN}data-sources/create/")
        interrupted.post(there, {"name": self.word}, headers={"Origin": owner.site}, timeout=30)

    def places(self, route: Route) -> list[Place]:
        """Return the pages of a route; empty if it has none. Raises Unknown."""
        if route.pattern not in self.found:
            self.found[route.pattern] = self.find(route)
        return self.found[route.pattern]

    def find(self, route: Route) -> list[Place]:
        if PLACEHOLDER.search(route.pattern.removeprefix("/c/<slug:slug>/")):
            self.save_view(route)
        answers = [self.answer(address) for address in self.filled(route, route.pattern)]
        refused = [answer for answer in answers if isinstance(answer, str)]
        if len(refused) == len(answers) and route.name not in NO_PAGES:
            raise Unknown(
                f"{route.pattern} ({route.name}) gives nothing to anybody: {'; '.join(refused)}. Add somebody who gets it, "
                "or what it shows, in tests/browser/every_page.py."
            )
        return [answer for answer in answers if isinstance(answer, Place)]

    def filled(self, route: Route, pattern: str) -> Iterator[str]:
        """The addresses of a route, with each placeholder filled by all that is known for it."""
        gap = PLACEHOLDER.search(pattern)
        if not gap:
            yield pattern + self.query(route)
            return
        before, after = pattern[: gap.start()], pattern[gap.end() :]
        if before not in self.known:
            raise Unknown(
                f"{route.pattern}: nothing is known that {gap[0]} may stand for. Say it in tests/browser/every_page.py, "
                f"in Everywhere.known under {before!r}, so that the tests of every page see this one."
            )
        for value in self.known[before]:
            yield from self.filled(route, before + value + after)

    def query(self, route: Route) -> str:
        """Return the query string with the record that the page of an operation is opened for, if it has one."""
        operation = route.given.get("operation")
        fields = operation.form_class.base_fields if operation else {}
        pickers = {name: field.resource for name, field in fields.items() if isinstance(field, PickerField)}
        wanted = {name: self.records.get(pickers[name]) for name in pickers if name in operation.form_class.path_fields}
        values = {name: uuid for name, uuid in wanted.items() if uuid}
        return f"?{urlencode(values)}" if values else ""

    def save_view(self, route: Route) -> None:
        """Save a view of the list that the route belongs to, if it has views and none is known."""
        operation = route.given.get("operation")
        views = f"{MAIN}{operation.address}views/" if isinstance(operation, ListOperation) else ""
        if views and views not in self.known:
            owner = self.visitors[OWNER]
            answer = owner.submit(f"{views}create/", {"name": f"{self.word} {'long' * 10}"})
            self.known[views] = [answer.headers["Location"].partition("view=")[2]]

    def answer(self, address: str) -> Place | str | None:
        """Return the place of the first visitor who gets the page, None if it is no page, or a text that says how
        everybody was refused."""
        refused = []
        for who, visitor in self.visitors.items():
            answer = visitor.ask(address)
            if answer.status_code == 405:
                return None
            if answer.status_code < 300:
                is_page = "text/html" in answer.headers["Content-Type"] and DOCUMENT.match(answer.text)
                return Place(who, address, int(answer.headers["Content-Length"])) if is_page else None
            refused.append(f"{who}: {answer.status_code} {answer.headers.get('Location', '')}")
        return f"{address}: {', '.join(refused)}"


def join(owner: Visitor, name: str) -> None:
    guest = Visitor(owner.site)
    form = guest.ask(invitation(owner)).headers["Location"]
    guest.submit(form, {"username": name, "password1": PASSWORD, "password2": PASSWORD})


def invitation(owner: Visitor, email: str = "") -> str:
    """Create an invitation and return the path of its link."""
    page = parse(owner.submit("/people/", {"email": email, "role": "1"}).text)
    return urlsplit(page.one("code", class_="identifier").text).path


def with_passkey(careful: Visitor, browser: Browser) -> str:
    """Add a passkey for this person and return its ID."""
    with browser.new_context(base_url=careful.site) as context:
        context.add_cookies(careful.for_a_browser)
        page = context.new_page()
        device_for(page)
        add(page)
    page = parse(careful.ask("/accounts/passkeys/").text)
    return next(
        link.get("href").split("/")[-2]
        for link in page.all("a")
        if "/passkeys/" in link.get("href") and link.get("href").split("/")[-2].isdigit()
    )


def sent_by(provider: Provider, owner: Visitor, name: str) -> Visitor:
    """Return a visitor who was invited and has signed in by single sign-on."""
    email = f"{name}@example.com"
    provider.says({"sub": name, "email": email, "email_verified": True, "preferred_username": name})
    invitation(owner, email)
    visitor = Visitor(owner.site)
    assert visitor.get(urljoin(owner.site, "/accounts/oidc/sso/login/"), timeout=30).ok
    return visitor


def records(call: Caller, word: str) -> dict[str, str]:
    """Create a record of each kind that has pages, with long and odd values, and return their UUIDs."""
    source = call.make("/v1/data_sources", {"name": f"{word} {'Datenquelle' * 12}"})["uuid"]
    customer = {
        "data_source_uuid": source,
        "external_id": f"{word}-{'x' * 200}",
        "name": f"🦄 שלום {word} {'W' * 120} {'Long name ' * 12}",
        "company": "Donaudampfschifffahrtsgesellschaft" * 5,
        "email": f"{'long' * 40}@{word}.example",
        "website_url": f"https://www.{word}.example/{'path/' * 40}",
        "attributes": {
            "tags": ["vip", "t" * 180, "größer"],
            "custom": [{"type": "String", "key": "k" * 90, "value": "v" * 200}],
        },
    }
    customer_uuid = call.make("/v1/customers", customer)["uuid"]
    plan = {"data_source_uuid": source, "name": f"{word} {'Plan' * 40}", "interval_count": 1, "interval_unit": "month"}
    plan_uuid = call.make("/v1/plans", plan)["uuid"]
    group = call.make("/v1/plan_groups", {"name": f"{word} {'Group' * 30}", "plans": [plan_uuid]})["uuid"]
    subscribed = {
        "type": "subscription",
        "subscription_external_id": f"{word}-{'s' * 80}",
        "plan_uuid": plan_uuid,
        "service_period_start": "2026-01-31",
        "service_period_end": "2026-02-28",
        "amount_in_cents": 123456789,
    }
    once = {"type": "one_time", "amount_in_cents": 5000, "description": "Setup" * 40}
    invoice = {
        "external_id": f"{word}-{'i' * 100}",
        "date": "2026-01-31",
        "currency": "EUR",
        "line_items": [subscribed, once],
        "transactions": [{"date": "2026-01-31", "type": "payment", "result": "successful"}],
    }
    made = call.make(f"/v1/import/customers/{customer_uuid}/invoices", {"invoices": [invoice]})
    return {
        "customers": customer_uuid,
        "data_sources": source,
        "plans": plan_uuid,
        "plan_groups": group,
        "invoices": made["invoices"][0]["uuid"],
        "subscriptions": made["invoices"][0]["line_items"][0]["subscription_uuid"],
    }


def writes(owner: Visitor, sandbox: SandboxServer, known: dict[str, str], word: str) -> list[str]:
    """Create a write of each outcome, and one that waits for a second person, and return their keys."""

    def prepared(address: str, form: dict[str, Any]) -> str:
        return owner.submit(MAIN + address, form).headers["Location"].split("/")[-2]

    def new_source(number: int) -> str:
        return prepared("data-sources/create/", {"name": f"{word} {number} {'long' * 40}"})

    def sent(key: str) -> str:
        owner.submit(f"{MAIN}activity/{key}/send/", {})
        return key

    deletion = prepared("data-sources/delete/", {"uuid": known["data_sources"]})
    found = {Outcome.PREPARED: deletion, Outcome.ACCEPTED: sent(new_source(200))}
    for outcome, status in ((Outcome.REFUSED, 422), (Outcome.UNKNOWN, 502)):
        key = new_source(status)
        sandbox.faults.add(method="POST", status=status)
        found[outcome] = sent(key)
    found[Outcome.DISCARDED] = new_source(0)
    owner.submit(f"{MAIN}activity/{found[Outcome.DISCARDED]}/discard/", {})
    # SENDING lasts only as long as a call.
    assert set(found) == set(Outcome) - {Outcome.SENDING}, "a write of each outcome has to be made here"
    brakes = "/connections/main/safety/"
    owner.submit(brakes, {"second_person": "on"})
    waiting = prepared("data-sources/delete/", {"uuid": known["data_sources"]})
    reason = {"reason": "why " * 60, "typed_name": known["data_sources"]}
    owner.submit(f"{MAIN}activity/{waiting}/ask/", reason)
    owner.submit(brakes, {})
    return [*found.values(), waiting]
