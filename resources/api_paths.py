"""The URL of a free call, by a strict grammar: what passes can only lead below /v1/ of the connection's own host."""

import re
from urllib.parse import parse_qsl

from connections import localized
from connections.api_request import PREFIX

SEGMENT = re.compile(r"[A-Za-z0-9_.~-]+", re.ASCII)
RESOURCE_WORD = re.compile(r"[a-z_]+", re.ASCII)
MOST_SEGMENTS = 12
MOST_CHARACTERS = 2_000


class BadUrl(ValueError):
    """Not a path below /v1/; str() says why in words for the person who typed it."""


def parse(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Path and query of a typed URL, the query unquoted. Raises BadUrl."""
    if not text.isprintable():
        raise BadUrl("The URL holds a line break, a tab or another sign that cannot be seen.")
    path, _, query = text.partition("?")
    fault = fault_of(path) or ("A # has no meaning here." if "#" in query else "")
    if fault:
        better = suggestion(path)
        raise BadUrl(f"{fault} Write {better}" if better else fault)
    return path, parse_qsl(query, keep_blank_values=True)


def fault_of(path: str) -> str:
    """Why this is no path below /v1/, in a sentence, or nothing."""
    segments = path.split("/")[1:]
    if path != path.strip():
        return "The URL begins or ends with a blank."
    if "//" in path or any(sign in path for sign in "\\@:"):
        return "Only a path goes here: the host is always the connection's own, for the key must go nowhere else."
    if not path.startswith(PREFIX):
        return f"The URL must begin with {PREFIX}"
    if "" in segments:
        return "The path ends with a slash."
    if "." in segments or ".." in segments:
        return "The parts of a path cannot be . or .. here."
    if not all(SEGMENT.fullmatch(segment) for segment in segments):
        return "The parts of a path are letters, digits and the signs _ . ~ - here."
    if len(segments) > MOST_SEGMENTS or len(path) > MOST_CHARACTERS:
        return f"A path has at most {MOST_SEGMENTS} parts and {localized.count(MOST_CHARACTERS)} characters."
    return ""


def suggestion(path: str) -> str:
    """The path that was most likely meant, for one copied with its host or typed without /v1/."""
    without_host = re.sub(r"(?:https?:)?//[^/]+", "", path.strip(), count=1)
    bare = without_host.strip("/")
    wanted = f"/{bare}" if bare.startswith("v1/") else PREFIX + bare
    first = bare.removeprefix("v1/").partition("/")[0]
    return wanted if RESOURCE_WORD.fullmatch(first) and not fault_of(wanted) else ""
