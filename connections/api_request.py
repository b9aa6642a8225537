"""API calls and their answers as values, which can be shown, stored and compared without a network."""

import json as json_module
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode

from django.utils.translation import gettext as _

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
PREFIX = "/v1/"
PATH = re.compile(r"/v1(/([A-Za-z0-9_.~!$&'()*+,;=:@-]|%[0-9A-F]{2})+)+", re.ASCII)
HEADER_NAMES = frozenset(
    {
        "accept",
        "accept-language",
        "content-type",
        "x-request-id",
        "if-none-match",
        "if-match",
        "if-modified-since",
    }
)
# The requests library takes a no-break space (\xa0) at either end for a blank, and refuses those.
HEADER_VALUE = re.compile(
    r"(?:[\x21-\x7e\xa1-\xff](?:[\x20-\x7e\xa0-\xff]{0,8190}[\x21-\x7e\xa1-\xff])?)?",
)


class CannotBeSent(ValueError):
    """The request contains something that must not be sent; the text says what, in words for a page."""


@dataclass(frozen=True, kw_only=True)
class ApiRequest:
    """One API call. `path` is the whole path, already quoted. Raises CannotBeSent for what must never be sent."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise CannotBeSent(_("The method must be one of GET, HEAD, POST, PUT, PATCH and DELETE."))
        if not PATH.fullmatch(self.path):
            raise CannotBeSent(_("The path must begin with /v1/, have no empty parts and be URL-encoded."))
        for segment in self.path.split("/")[1:]:
            _refuse_hostile(unquote(segment))
        names = [name.lower() for name, _ in self.headers]
        if not HEADER_NAMES.issuperset(names) or len(names) != len(set(names)):
            raise CannotBeSent(_("A header is not allowed here, or is given twice."))
        if not all(HEADER_VALUE.fullmatch(value) for _, value in self.headers):
            raise CannotBeSent(_("A header's value must be one line of printable Latin-1, at most 8 KB."))
        if not self.target.isascii():
            raise CannotBeSent(_("The path must begin with /v1/, have no empty parts and be URL-encoded."))

    @classmethod
    def build(
        cls,
        method: str,
        template: str,
        *,
        path_values: Mapping[str, str] | None = None,
        query: Iterable[tuple[str, str]] = (),
        json: Any = None,
    ) -> "ApiRequest":
        """Return a request for a path such as `customers/{uuid}` under /v1/. Raises CannotBeSent.

        `json` of None means no body.
        """
        quoted = {}
        for name, value in (path_values or {}).items():
            _refuse_hostile(value)
            quoted[name] = quote(value, safe="")
        body = None
        if json is not None:
            text = json_module.dumps(json, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            body = text.encode()
        try:
            path = PREFIX + template.format_map(quoted)
        except KeyError as error:
            raise CannotBeSent(_("The path needs a value for {name}.").format(name=error)) from None
        return cls(method=method, path=path, query=tuple(query), body=body)

    @property
    def is_read(self) -> bool:
        return self.method in ("GET", "HEAD")

    @property
    def target(self) -> str:
        """The path and query as sent."""
        return self.path + ("?" + urlencode(self.query, quote_via=quote, safe="") if self.query else "")


def _refuse_hostile(value: str) -> None:
    """Raise CannotBeSent if a server on the way could take this part of a path as a step to elsewhere."""
    # Some servers unquote twice, so all forms that the value may take on the way are checked.
    for _time in range(3):
        # Some take what follows a semicolon as a parameter, so `..;` is `..` to them.
        if value.partition(";")[0] in ("", ".", "..") or any(
            sign in "/\\" or sign < " " or sign == "\x7f" for sign in value
        ):
            raise CannotBeSent(
                _("A part of the path is empty, is a dot segment, or contains a slash or a control character.")
            )
        value = unquote(value)


@dataclass(frozen=True)
class ApiAnswer:
    """A 2xx answer. `data` is None for an empty body; header names are in lower case."""

    status: int
    data: Any
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    request_id: str
    elapsed_ms: int
