"""The product with production settings behind a proxy: gunicorn with HTTPS=True and TRUSTED_PROXIES=1, everything logged.

The headers that the proxy would add are added by the client here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import requests
from requests import Response

from tests.browser.prepare import PASSWORD, USERNAME
from tests.browser.site import Site
from tests.pages import Browser
from tests.servers import RecordingServer

HOST = "admin.example"
CLIENT = "203.0.113.7"
PROXIED = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": CLIENT}


def production_site(directory: Path, upstream: RecordingServer) -> Site:
    settings = {
        "DJANGO_SETTINGS_MODULE": "tests.security.settings",
        "HTTPS": "True",
        "TRUSTED_PROXIES": "1",
        "ALLOWED_HOSTS": HOST,
        "CHARTMOGUL_API_URL": upstream.origin,
    }
    return Site(directory, upstream.origin, settings=settings)


@dataclass
class Answer:
    """A response with the attributes that tests.pages.Browser uses."""

    status_code: int
    content: bytes
    redirect_chain: list[tuple[str, int]]


class Visitor:
    """A client for tests.pages.Browser that contacts the site without a proxy and keeps every response in `seen`.

    It manages its cookies itself: it uses plain http, over which requests would not send `Secure` cookies.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.seen: list[requests.Response] = []
        self.cookies = SimpleCookie()
        self.session = requests.Session()
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.session.headers.update(PROXIED | {"Referer": f"https://{HOST}/"})

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, data: Any = None) -> Response:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        answer = self.session.request(
            method,
            self.site.address + path,
            headers={"Cookie": cookie, **(headers or {})},
            data=data,
            timeout=30,
            allow_redirects=False,
        )
        self.seen.append(answer)
        for line in answer.raw.headers.getlist("Set-Cookie"):
            self.cookies.load(line)
        return answer

    def get(self, path: str, *, follow: bool = False) -> Answer:
        return self._shown(self.ask("GET", path), follow)

    def post(self, path: str, data: str = "", *, content_type: str = "", follow: bool = False) -> Answer:
        return self._shown(self.ask("POST", path, headers={"Content-Type": content_type}, data=data), follow)

    def _shown(self, answer: Response, follow: bool) -> Answer:
        chain = []
        while follow and answer.is_redirect:
            chain.append((answer.headers["Location"], answer.status_code))
            answer = self.ask("GET", answer.headers["Location"])
        return Answer(answer.status_code, answer.content, chain)

    def sign_in(self) -> Browser:
        page = Browser(self).open("/accounts/login/")  # type: ignore[arg-type]
        page.fill("Username", USERNAME).fill("Password", PASSWORD).press("Sign in")
        assert page.status == 200, page.alert
        assert page.url.startswith("/connections/"), page.url
        return page
