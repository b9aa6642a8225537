"""Where static files lie in production: under names that carry the hash of what is in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/app.css"
MODULE = re.compile(r"js/[\w-]+\.js")
COMMENT = re.compile(r"^ *//[^\n]*|/\*.*?\*/", re.MULTILINE | re.DOTALL)
"""In a script, one that has lines of its own. Comments are for those who read the files here; browsers load none."""
INDENT = re.compile(r"^\s+", re.MULTILINE)
"""So are what lines are set in by and lines with nothing on them. No text of ours goes over several lines."""
AROUND = re.compile(r"\s*([{};])\s*")
"""In the style sheet, what may stand close to what is beside it. No text of ours holds one of them."""
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')


class StaticFiles(CompressedManifestStaticFilesStorage):
    """WhiteNoise's own, which also leads the imports inside of our script modules to the hashed names.

    Otherwise app.js would change its name only with its own text, and import modules of whatever age the browser
    still has under their plain names: after an update, parts of two versions could meet in one page. Django's
    support_js_module_import_aggregation does the same for the files of packages too, some of which import what is
    not there.

    Comments and indents are left out: a fifth of what a first visit loads of our scripts. The style sheet is one file,
    with each import as the layer that it names: a first visit asks once, and has not to read it before it asks for the
    others.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (
                    r"""(?P<matched>(?P<statement>\b(?:import|export)\b[^;"']*)["'](?P<url>\./[^"']+)["'])""",
                    '%(statement)s"%(url)s"',
                ),
            ),
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Beside the files and not among them, where it would be served as a list of them.
        root = Path(settings.STATIC_ROOT)
        self.manifest_name = f"{root.name}.json"
        super().__init__(*args, manifest_storage=FileSystemStorage(root.parent), **kwargs)

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        texts = {name: read(paths, name) for name in paths if MODULE.fullmatch(name)}
        if SHEET in paths:
            texts[SHEET] = IMPORT.sub(
                lambda found: f"@layer {found[2]} {{\n{read(paths, 'css/' + found[1])}}}", read(paths, SHEET)
            )
        changed = InMemoryStorage()
        for name, text in texts.items():
            lean = INDENT.sub("", COMMENT.sub("", text))
            changed.save(name, ContentFile(AROUND.sub(r"\1", lean) if name == SHEET else lean))
        yield from super().post_process(paths | {name: (changed, name) for name in texts}, dry_run, **options)


def add_headers(headers: Headers, path: str, url: str) -> None:
    """A file by itself needs nothing of anywhere, which takes fewer bytes to say than what our pages need."""
    headers["Content-Security-Policy"] = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def read(paths: dict[str, Any], name: str) -> str:
    """The text of a file as it was before it was collected."""
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
