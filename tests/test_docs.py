"""The documentation leads to what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_to_one(page: Path):
    found = [target for target, _ in LINK.findall(page.read_text()) if "://" not in target]
    assert not [target for target in found if not (page.parent / target).exists()]


def test_every_picture_is_shown_and_made_by_the_script():
    # Read and not imported: it sets Django up for itself.
    scenes = re.findall(r"^def scene_(\w+)", (ROOT / "scripts" / "screenshots.py").read_text(), re.MULTILINE)
    made = {scene.replace("_", "-") for scene in scenes}
    kept = {path.stem for path in (ROOT / "docs" / "pictures").glob("*.png")}
    shown = set(re.findall(r"pictures/([\w-]+)\.png", "".join(page.read_text() for page in PAGES)))
    assert kept == made
    assert shown <= kept
