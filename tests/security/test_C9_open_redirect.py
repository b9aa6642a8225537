"""C9: nothing that somebody put into an address leads away from this site."""

from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.test import Client

from tests.resources.test_restoring import UUID

PASSWORD = "correct horse battery staple"
INPUTS = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "http://evil.example/",
    "HTTPS://evil.example",
    "https://testserver@evil.example",
    "https://testserver.evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "%2f%2fevil.example",
    "/%2f/evil.example",
    "/\t/evil.example",
    "/\r\nLocation: https://evil.example",
    " //evil.example",
    "http:///evil.example",
    "ftp://evil.example",
]


def stays(location: str) -> None:
    # As browsers read it: backslashes are slashes, tabs and line breaks are dropped.
    read = "".join(sign for sign in location if sign not in "\t\r\n").replace("\\", "/").strip()
    parts = urlsplit(urljoin("http://testserver/accounts/login/", read))
    assert (parts.scheme, parts.netloc) == ("http", "testserver"), location
    assert "\r" not in location
    assert "\n" not in location


@pytest.mark.django_db
@pytest.mark.parametrize("there", INPUTS)
def test_C9_signing_in_leads_to_a_page_of_ours(there: str, client: Client, django_user_model):
    django_user_model.objects.create_superuser("grace", password=PASSWORD)
    answer = client.post("/accounts/login/", {"username": "grace", "password": PASSWORD, "next": there})
    assert answer.status_code == 302
    stays(answer["Location"])


@pytest.mark.parametrize("there", INPUTS)
def test_C9_somebody_signed_in_is_not_led_away_either(there: str, signed_in: Client, box, sandbox):
    for answer in (
        signed_in.get("/accounts/login/", {"next": there}),
        signed_in.post("/accounts/logout/", {"next": there}),
    ):
        assert answer.status_code == 302
        stays(answer["Location"])


@pytest.mark.parametrize("there", INPUTS)
def test_C9_htmx_is_led_to_our_sign_in_and_back_here(there: str, client: Client, box):
    current = there.replace("\r\n", "")
    headers = {"HX-Request": "true", "HX-Current-URL": current, "Referer": current}
    answer = client.get("/c/box/", headers=headers)
    assert answer.status_code == 401
    stays(answer["HX-Redirect"])
    assert "evil" not in urlsplit(answer["HX-Redirect"]).path
    assert "next=//" not in answer["HX-Redirect"]


@pytest.mark.parametrize("there", INPUTS)
def test_C9_no_page_redirects_by_a_value_of_its_address(there: str, signed_in: Client, box, sandbox):
    for address in ("/c/box/customers/list/", "/c/box/customers/update/", "/"):
        answer = signed_in.get(
            address, {"next": there, "at": there, "url": there, "uuid": there}, headers={"Referer": "x"}
        )
        if answer.status_code == 302:
            stays(answer["Location"])


@pytest.mark.parametrize("there", INPUTS)
def test_C9_what_is_sent_leads_to_a_page_of_ours(there: str, signed_in: Client, box, sandbox):
    everywhere = {"next": there, "at": there, "url": there}
    for address, form in (
        ("/c/box/customers/update/", {"load": "1", "uuid": UUID}),
        ("/c/box/directory/read/", {}),
        ("/connections/box/test/", {}),
    ):
        answer = signed_in.post(
            f"{address}?{urlencode(everywhere)}", {**form, **everywhere}, headers={"Referer": there}
        )
        assert answer.status_code == 302
        stays(answer["Location"])
        assert "evil" not in answer["Location"]


@pytest.mark.parametrize("there", INPUTS)
def test_C9_an_address_in_place_of_a_record_is_refused(there: str, signed_in: Client, box, sandbox):
    answer = signed_in.post("/c/box/customers/update/", {"load": "1", "uuid": there})
    assert answer.status_code == 422
    assert "Location" not in answer
