"""Passkeys, with Chromium's virtual authenticator: adding, signing in, confirming, removing. Violations of the content
security policy would be in the console, which must stay empty (conftest.py)."""

import contextlib
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.prepare import PASSWORD

pytestmark = pytest.mark.xdist_group("browser")
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Device:
    """A device that answers for whoever holds it."""

    session: CDPSession
    id: str

    def credentials(self) -> list[dict[str, Any]]:
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def recognises_its_owner(self, does: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": does})


def device_for(page: Page) -> Device:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    return Device(session, session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"])


@pytest.fixture
def pat(open_browser: Callable[..., Page], site: str, unique: str) -> tuple[str, Page]:
    """The name of a person who has just joined by an invitation, and a page of theirs. Passkeys need a host name."""
    owner = open_browser()
    owner.goto("/people/")
    owner.get_by_role("button", name="Create an invitation").click()
    link = owner.locator("code.identifier").inner_text()
    page = open_browser(storage_state=None, base_url=site.replace("127.0.0.1", "localhost"))
    page.goto(link.replace("127.0.0.1", "localhost"))
    page.get_by_label("Username").fill(unique)
    for box in ("Password", "Repeat password"):
        page.get_by_label(box, exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    return unique, page


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    # Whoever goes on before the answer is there takes it back.
    expect(page.get_by_label("Password", exact=True)).to_be_hidden()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()


def add(page: Page, *, alone: bool = True) -> None:
    page.goto("/accounts/passkeys/add/")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Use for signing in without a password").set_checked(alone)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def events(site_folder: Path, name: str) -> list[tuple[str, str]]:
    """What the trail says of a person: kinds, and the type of second factor or way of confirming."""
    with contextlib.closing(sqlite3.connect(site_folder / "site.sqlite3", timeout=20)) as database:
        rows = database.execute("SELECT kind, facts FROM activity_event WHERE username = ? ORDER BY id", [name])
        return [(kind, next(iter(json.loads(facts).values()), "")) for kind, facts in rows]


def test_D10_a_passkey_signs_in_alone_and_confirms(pat: tuple[str, Page], site_folder: Path):
    name, page = pat
    device = device_for(page)
    sign_in(page, name)
    add(page)
    assert [key["isResidentCredential"] for key in device.credentials()] == [True]
    sign_out(page)
    page.goto("/accounts/login/?next=/accounts/passkeys/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Passkeys", level=1)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Laptop on its own"))).to_be_visible()

    before = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "session"]
    page.goto("/accounts/confirm/?next=/accounts/sessions/")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Sessions", level=1)).to_be_visible()
    assert [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "session"] != before

    page.goto("/accounts/passkeys/")
    page.get_by_role("link", name="Remove Laptop").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    assert events(site_folder, name) == [
        ("sign_in.accepted", ""),
        ("person.second_factor_added", "webauthn"),
        ("person.second_factor_added", "recovery_codes"),
        ("sign_out", ""),
        ("sign_in.accepted", ""),
        ("person.confirmed", "mfa"),
        ("person.second_factor_removed", "webauthn"),
        ("person.second_factor_removed", "recovery_codes"),
        ("sign_out", ""),
    ]


def test_D8_a_passkey_is_asked_for_after_the_password(pat: tuple[str, Page]):
    name, page = pat
    device = device_for(page)
    sign_in(page, name)
    add(page, alone=False)
    assert [key["isResidentCredential"] for key in device.credentials()] == [False]
    sign_out(page)
    sign_in(page, name)
    expect(page.get_by_role("heading", name="Second factor", level=1)).to_be_visible()
    page.goto("/connections/")
    expect(page.get_by_role("heading", name="Second factor", level=1)).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Connections", level=1)).to_be_visible()


def test_who_is_not_recognised_is_told_so_and_stays_out(pat: tuple[str, Page]):
    name, page = pat
    device = device_for(page)
    sign_in(page, name)
    add(page)
    sign_out(page)
    device.recognises_its_owner(False)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    page.goto("/connections/")
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()


def test_a_page_that_is_opened_by_a_number_says_what_to_do(open_browser: Callable[..., Page]):
    page = open_browser(storage_state=None)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("or as localhost")


def test_without_scripts_nothing_offers_a_passkey(open_browser: Callable[..., Page]):
    page = open_browser(storage_state=None, java_script_enabled=False)
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
