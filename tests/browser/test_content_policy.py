"""C3: no page needs more than the content security policy allows.

Whatever would break it stands in the console of the browser, and no test here may leave anything there (conftest.py):
so each flow of these tests holds it too. Here it is every address there is, as it looks in light and in dark.
"""

import re

import pytest

from tests.browser.conftest import Watch
from tests.security.routes import every_route

pytestmark = pytest.mark.xdist_group("browser")

KINDS = ("customers", "data_sources", "plans", "plan_groups", "invoices")


def test_C3_no_page_breaks_the_content_security_policy(open_browser, sandbox):
    addresses = {route.path for route in every_route() if "logout" not in route.path}
    for kind in KINDS:
        slug, uuid = kind.replace("_", "-"), next(iter(sandbox.api.store.all(kind)))["uuid"]
        addresses |= {
            f"/c/main/{slug}/{uuid}/",
            f"/c/main/{slug}/get/?uuid={uuid}",
            f"/c/main/{slug}/delete/?uuid={uuid}",
        }
    page = open_browser()
    shown = 0
    policies = set()
    for address in sorted(addresses):
        page.emulate_media(color_scheme="light")
        answer = page.goto(address)
        assert answer
        policies.add(answer.headers["content-security-policy"])
        # What is drawn in dark alone is asked for now.
        page.emulate_media(color_scheme="dark")
        page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        shown += "text/html" in answer.headers["content-type"]
    assert shown >= 60
    for policy in policies:
        assert re.search(r"(^|; )default-src 'none'(;|$)", policy)
        assert not re.search("unsafe|nonce|[*]|data:|https?:", policy)


@pytest.mark.parametrize(
    "script",
    [
        "document.body.setAttribute('style', 'color: red')",
        "document.body.insertAdjacentHTML('beforeend', '<p onclick=\"x()\">')",
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'x = 1'}))",
        "document.body.append(Object.assign(document.createElement('img'), {src: 'http://127.0.0.1:1/x.png'}))",
        "fetch('http://127.0.0.1:1/').catch(() => 0)",
        "setTimeout('x = 1')",
    ],
)
def test_C3_the_watch_would_see_it(browser, site, cookies, script: str):
    with browser.new_context(base_url=site, storage_state=cookies) as context:
        page = context.new_page()
        page.goto("/connections/")
        watch = Watch(context)
        with page.expect_console_message():
            page.evaluate(script)
        assert "Content Security Policy" in " ".join(watch.seen)
