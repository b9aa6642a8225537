"""The links in the documentation lead to something that exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.pictures import SCENES

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_to_one(page: Path):
    found = [target for target, _ in LINK.findall(page.read_text()) if "://" not in target]
    assert not [target for target in found if not (page.parent / target).exists()]


def test_every_picture_is_shown_and_made_by_the_script():
    made = {scene.__name__.removeprefix("scene_").replace("_", "-") for scene in SCENES}
    kept = {path.stem for path in (ROOT / "docs" / "pictures").glob("*.png")}
    shown = set(re.findall(r"pictures/([\w-]+)\.png", "".join(page.read_text() for page in PAGES)))
    assert kept == made
    assert shown <= kept


def test_what_takes_pictures_sets_nothing_up_where_it_is_imported():
    """Each process of the product that it starts imports it, before it reads the settings that it is given."""
    out = "import scripts.screenshots, sys; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", out], cwd=ROOT, check=False).returncode == 0  # noqa: S603
