"""Checks for every page: axe finds no violations in any look, nothing scrolls sideways, the layout does not shift,
nothing moves that must not, and everything can be reached by keyboard with a visible focus."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

NARROWEST = 320
"""Pixels: a width of 1280 at a zoom of 400 %."""
MOST_SHIFT = 0.05
IN_PAGE = (Path(__file__).parent / "in_page.js").read_text()
# Off by default in axe, because it is new in WCAG 2.2.
TARGETS = "target-size"
BY_SCHEME = ["color-contrast"]
BY_WIDTH = [TARGETS, "scrollable-region-focusable"]
"""Names, roles, order and the like are the same in every look, so all rules are run in only one of them. Colours depend
on the scheme, positions and sizes on the width; what a narrow page shows instead of the menu is checked completely by
test_accessibility.py. The dark colours are checked at a different width, because there another part of the page may be
behind a text."""
LOOKS: list[tuple[str, int, dict[str, Any]]] = [
    ("light", 1440, {"rules": {TARGETS: {"enabled": True}}}),
    ("light", 768, {"runOnly": BY_WIDTH}),
    ("dark", 390, {"runOnly": BY_SCHEME + BY_WIDTH}),
]
BY_SCHEMES: dict[str, dict[str, Any]] = {"light": LOOKS[0][2], "dark": {"runOnly": BY_SCHEME}}
"""The options of axe for a check of one width in each scheme."""
FRAME = ["header.top", "#menu", ".foot"]
"""The frame around the content of each page, which is half of what axe has to check."""
# Without preload: axe would load the style sheets for each run, for a rule about screen orientation that is not needed.
QUICK = {"resultTypes": ["violations"], "preload": False}


def prepare(page: Page) -> None:
    """Add the scripts of the checks to each document; cheaper than sending them for each check."""
    page.add_init_script(AXE_SCRIPT)
    page.add_init_script(IN_PAGE)


def violations(page: Page, options: dict[str, Any] = LOOKS[0][2], but: Sequence[str] = ()) -> list[str]:
    """Return what axe finds in the current state of the page, excluding the parts `but` (CSS selectors)."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    run = "([exclude, options]) => axe.run({ exclude }, options).then(results => results.violations)"
    found = page.evaluate(run, [[[part] for part in but], QUICK | options])
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary']}" for each in found]


def set_look(page: Page, scheme: str, width: int, height: int = 900) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]


def wrong_in_looks(page: Page, but: Sequence[str] = ()) -> list[str]:
    """Return violations in all looks, and whether the page scrolls sideways at the narrowest width, at which it stays."""
    found = []
    # Axe skips the content of closed <details>, even if a wide page shows it.
    page.evaluate("for (const filters of document.querySelectorAll('.filters')) filters.open = true")
    for scheme, width, options in LOOKS:
        set_look(page, scheme, width)
        # The last click may have left the page scrolled, partly below the header.
        page.evaluate("scrollTo(0, 0)")
        found += [f"{scheme} {width}: {violation}" for violation in violations(page, options, but)]
    set_look(page, "dark", NARROWEST)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found + ([f"{wide} wide at {NARROWEST}"] if wide > NARROWEST else [])


def is_fine(page: Page, where: str, but: Sequence[str] = ()) -> None:
    found = wrong_in_looks(page, but)
    assert not found, f"{where}: " + "\n".join(found)
