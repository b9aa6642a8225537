"""What holds of every page, whatever it shows: nothing that axe knows is wrong in any look, nothing scrolls sideways,
nothing jumps, nothing moves that must not, and the keyboard gets everywhere and shows where it is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

NARROWEST = 320
"""Pixels: what is left of 1280 at 400 %."""
MOST_SHIFT = 0.05
IN_PAGE = (Path(__file__).parent / "in_page.js").read_text()
# Off by default, for it is new in WCAG 2.2.
TARGETS = "target-size"
BY_SCHEME = ["color-contrast"]
BY_WIDTH = [TARGETS, "scrollable-region-focusable"]
"""Names, roles, order and the like are the same in every look, so all rules are asked in one of them. Colours hang on
the scheme, places and sizes on the width; what a narrow page shows instead of the menu is looked at in full by
test_accessibility.py. Colours are asked at the other end of the widths, for another part of the page may be behind a text
there."""
LOOKS: list[tuple[str, int, dict[str, Any]]] = [
    ("light", 1440, {"rules": {TARGETS: {"enabled": True}}}),
    ("light", 768, {"runOnly": BY_WIDTH}),
    ("dark", 390, {"runOnly": BY_SCHEME + BY_WIDTH}),
]
BY_SCHEMES: dict[str, dict[str, Any]] = {"light": LOOKS[0][2], "dark": {"runOnly": BY_SCHEME}}
"""What is asked at one width in each scheme."""
FRAME = ["header.top", "#menu", ".foot"]
"""What stands around the contents of each page, and is half of what axe has to look at."""
# What it would load anew for each run: style sheets, for a rule about turned screens that nothing here hangs on.
QUICK = {"resultTypes": ["violations"], "preload": False}


def prepare(page: Page) -> None:
    """Have each document come with what is asked here. Cheaper than to hand it over anew each time."""
    page.add_init_script(AXE_SCRIPT)
    page.add_init_script(IN_PAGE)


def violations(page: Page, options: dict[str, Any] = LOOKS[0][2], but: Sequence[str] = ()) -> list[str]:
    """What axe finds in the page as it looks now, `but` for these parts of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    run = "([exclude, options]) => axe.run({ exclude }, options).then(results => results.violations)"
    found = page.evaluate(run, [[[part] for part in but], QUICK | options])
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary']}" for each in found]


def set_look(page: Page, scheme: str, width: int, height: int = 900) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]


def wrong_in_looks(page: Page, but: Sequence[str] = ()) -> list[str]:
    """Violations in any look, and what makes the page scroll sideways where it is narrowest, in which it is left."""
    found = []
    # Axe passes over whatever is folded, even where the page is wide and shows it.
    page.evaluate("for (const filters of document.querySelectorAll('.filters')) filters.open = true")
    for scheme, width, options in LOOKS:
        set_look(page, scheme, width)
        # Not half below the header, where what was pressed last may have left it.
        page.evaluate("scrollTo(0, 0)")
        found += [f"{scheme} {width}: {violation}" for violation in violations(page, options, but)]
    set_look(page, "dark", NARROWEST)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found + ([f"{wide} wide at {NARROWEST}"] if wide > NARROWEST else [])


def is_fine(page: Page, where: str, but: Sequence[str] = ()) -> None:
    found = wrong_in_looks(page, but)
    assert not found, f"{where}: " + "\n".join(found)
