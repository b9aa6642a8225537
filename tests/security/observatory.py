"""The score of Mozilla's HTTP Observatory, according to its published table of tests and modifiers (2024).

What only a scan from outside can find out (preload lists, certificates, other hosts) gives no bonus.
"""

from collections.abc import Iterable, Mapping
from http.cookies import Morsel
from urllib.parse import urlsplit

BASE = 100
BONUS_FROM = 90
HALF_A_YEAR = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


def score(
    headers: Mapping[str, str], cookies: Iterable[Morsel], scripts: Iterable[str], *, redirect: str
) -> tuple[int, dict[str, int]]:
    """Return the score of a page and its modifiers, from its headers (names in any case), the site's cookies, the URLs of
    its scripts and `redirect`, the target to which plain http redirects."""
    given = {name.lower(): value for name, value in headers.items()}
    policy = policy_of(given.get("content-security-policy", ""))
    modifiers = {
        "cookies": of_cookies(list(cookies)),
        "cors": -50 if given.get("access-control-allow-origin") == "*" else 0,
        "csp": of_policy(policy),
        "hsts": of_hsts(given.get("strict-transport-security", "")),
        "redirection": 0 if urlsplit(redirect).scheme == "https" else -20,
        "referrer": of_referrer(given.get("referrer-policy", "")),
        "scripts": 0 if all(not urlsplit(address).netloc for address in scripts) else -50,
        "nosniff": 0 if given.get("x-content-type-options", "").lower() == "nosniff" else -5,
        "framing": of_framing(policy, given.get("x-frame-options", "")),
        "corp": 0 if given.get("cross-origin-resource-policy") in ("same-origin", "same-site") else -20,
    }
    total = BASE + sum(value for value in modifiers.values() if value < 0)
    if total >= BONUS_FROM:
        total += sum(value for value in modifiers.values() if value > 0)
    return max(total, 0), modifiers


def policy_of(text: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for directive in text.split(";") if (words := directive.split())}


def of_policy(policy: Mapping[str, list[str]]) -> int:
    if not policy:
        return -25
    words = {word for sources in policy.values() for word in sources}
    if "'unsafe-inline'" in words or "data:" in policy.get("script-src", []):
        return -20
    if words & {"http:", "https:", "*"}:
        return -20
    if "'unsafe-eval'" in words:
        return -10
    if not {"default-src", "script-src"} & set(policy):
        return -20
    return 10 if policy.get("default-src") == ["'none'"] else 5


def of_cookies(cookies: list[Morsel]) -> int:
    if not cookies:
        return 0
    for cookie in cookies:
        if not cookie["secure"]:
            return -40
        if "session" in cookie.key and not cookie["httponly"]:
            return -30
        if "csrf" in cookie.key and not cookie["samesite"]:
            return -20
        if cookie["samesite"] and cookie["samesite"] not in ("Lax", "Strict"):
            return -20
    return 5 if all(cookie["samesite"] for cookie in cookies) else 0


def of_hsts(text: str) -> int:
    words = [word.strip() for word in text.split(";")]
    ages = [word.removeprefix("max-age=") for word in words if word.startswith("max-age=")]
    if not ages or not ages[0].isdigit():
        return -20
    return 0 if int(ages[0]) >= HALF_A_YEAR else -10


def of_referrer(text: str) -> int:
    if not text:
        return 0
    return 5 if text in PRIVATE else -5


def of_framing(policy: Mapping[str, list[str]], header: str) -> int:
    if policy.get("frame-ancestors") in (["'none'"], ["'self'"]):
        return 5
    return 0 if header.upper() in ("DENY", "SAMEORIGIN") else -20
