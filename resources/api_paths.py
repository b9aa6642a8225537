"""The URL of a free call, by a strict grammar: one that passes can only be below /v1/ on the connection's own host."""

import re
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from connections import localized
from connections.api_request import PREFIX

SEGMENT = re.compile(r"[A-Za-z0-9_.~-]+", re.ASCII)
RESOURCE_WORD = re.compile(r"[a-z_]+", re.ASCII)
MOST_SEGMENTS = 12
MOST_CHARACTERS = 2_000


class BadUrl(ValueError):
    """Not a path below /v1/; str() is an explanation for the person who typed it."""


def parse(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the path and the unquoted query of a typed URL. Raises BadUrl."""
    if not text.isprintable():
        raise BadUrl(_("The URL contains a line break, a tab or another invisible character."))
    path, __, query = text.partition("?")
    fault = fault_of(path) or (_("A # has no meaning here.") if "#" in query else "")
    if fault:
        better = suggestion(path)
        raise BadUrl(_("{fault} Did you mean {address}?").format(fault=fault, address=better) if better else fault)
    return path, parse_qsl(query, keep_blank_values=True)


def fault_of(path: str) -> str:
    """Return a sentence saying why this is not a path below /v1/, or "" if it is one."""
    segments = path.split("/")[1:]
    if path != path.strip():
        return _("The URL begins or ends with a space.")
    if "//" in path or any(sign in path for sign in "\\@:"):
        return _(
            "Enter only a path: the host is always the connection's own, because the key must not be sent anywhere "
            "else."
        )
    if not path.startswith(PREFIX):
        return _("The URL must begin with {prefix}.").format(prefix=PREFIX)
    if "" in segments:
        return _("The path ends with a slash.")
    if "." in segments or ".." in segments:
        return _("Parts of the path cannot be . or .. here.")
    if not all(SEGMENT.fullmatch(segment) for segment in segments):
        return _("Parts of the path can contain only letters, digits and the characters _ . ~ - here.")
    if len(segments) > MOST_SEGMENTS or len(path) > MOST_CHARACTERS:
        said = _("A path has at most {parts} parts and {characters} characters.")
        return said.format(parts=MOST_SEGMENTS, characters=localized.count(MOST_CHARACTERS))
    return ""


def suggestion(path: str) -> str:
    """Return the path that was most likely meant, for one copied with its host or typed without /v1/; else ""."""
    without_host = re.sub(r"(?:https?:)?//[^/]+", "", path.strip(), count=1)
    bare = without_host.strip("/")
    wanted = f"/{bare}" if bare.startswith("v1/") else PREFIX + bare
    first = bare.removeprefix("v1/").partition("/")[0]
    return wanted if RESOURCE_WORD.fullmatch(first) and not fault_of(wanted) else ""
