"""Storage of static files in production, under names that contain a hash of their content."""

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
"""Comments: those in `/* */`, and in scripts those on lines of their own. They are for readers of the source; browsers
do not need them."""
INDENT = re.compile(r"^\s+", re.MULTILINE)
"""Indents and blank lines, which are not needed either. No string of ours spans several lines."""
AROUND = re.compile(r"\s*([{};])\s*")
"""Whitespace around these signs in the style sheet, which is not needed. No string of ours contains one of them."""
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')


class StaticFiles(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, which also rewrites imports in our script modules to the hashed names.

    Otherwise app.js would only change its name with its own content, and import modules of any age that the browser has
    cached under their plain names: after an update, one page could mix two versions. Django's
    support_js_module_import_aggregation would do the same for files of packages, some of which import missing files.

    Comments and indents are removed: a fifth of our scripts' size on a first visit. The style sheet is one file, with
    each import inlined as its layer: a first visit makes one request, and need not read the file before requesting the
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
        # Beside the folder and not in it, where it would be served and list all files.
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
    """Set a strict policy: a static file needs nothing from anywhere, and saying that takes fewer bytes than our pages'
    policy."""
    headers["Content-Security-Policy"] = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def read(paths: dict[str, Any], name: str) -> str:
    """Return the text of a file before it was collected."""
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
