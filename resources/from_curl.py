"""Reading an API call from a curl command, such as those in ChartMogul's documentation."""

import argparse
import re
import shlex
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.api_request import HEADER_NAMES
from connections.forms import AlertForm
from resources.catalog.api_call import METHODS
from resources.rows import MOST_ROWS

DOCUMENTED_HOST = "api.chartmogul.com"
ADDED_ANYWAY = frozenset({"authorization", "content-length", "host"})
"""Headers that are added to every call, whatever the command says."""
BASH_QUOTE = re.compile(r"(?:^|\s)\$'")
SECRET = re.compile(
    r"""(?<!\S)(-u\s*['"]?|--(?:user|oauth2-bearer)[\s=]+['"]?)[^\s'"]+|(Authorization:\s*\w+\s+)[^\s'"]+"""
    r"""|(?<=//)()[^\s'"/@]+(?=@)""",
    re.IGNORECASE,
)
"""The key in a command."""


@dataclass(frozen=True, kw_only=True)
class CurlCall:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: str
    left_out: list[str]
    """Headers that cannot be set here."""


class NotUnderstood(ValueError):
    """Not a curl command, or one that does something that calls here cannot; str() is an explanation for a page."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise NotUnderstood(_("An option of this command could not be read."))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="curl", add_help=False, allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--url", action="append", default=[])
    parser.add_argument("-X", "--request")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("-d", "--data", "--data-ascii", "--data-raw", "--data-binary", "--json", action="append")
    parser.add_argument("--data-urlencode", action="append", default=[], dest="urlencoded")
    parser.add_argument("-G", "--get", action="store_true")
    parser.add_argument("-I", "--head", action="store_true")
    # Ignored: options for how curl works are not part of the call, and the key is always the connection's.
    for names in ("-u --user", "-A --user-agent", "-m --max-time", "--connect-timeout", "--retry", "-o --output"):
        parser.add_argument(*names.split(), dest="_")
    for names in ("-s --silent", "-S --show-error", "-L --location", "-i --include", "-v --verbose", "-f --fail"):
        parser.add_argument(*names.split(), action="store_true", dest="_")
    for names in ("-k --insecure", "-g --globoff", "--compressed", "--http1.1", "--http2"):
        parser.add_argument(*names.split(), action="store_true", dest="_")
    return parser


def parse(text: str, hosts: Collection[str]) -> CurlCall:
    """Return the call that a curl command makes to one of `hosts` or to the documented host. Raises NotUnderstood."""
    if BASH_QUOTE.search(text):
        raise NotUnderstood(_("A part is quoted with $'…', as bash does. Use plain quotes."))
    try:
        # A backslash at the end of a line continues it on the next one.
        words = shlex.split(text.replace("\\\r\n", " ").replace("\\\n", " "))
    except ValueError:
        raise NotUnderstood(_("A quote is opened and not closed.")) from None
    if not words or words[0] != "curl":
        raise NotUnderstood(_("A curl command begins with curl."))
    given, unknown = _parser().parse_known_args(words[1:])
    if unknown:
        # Without its value, which may be a secret.
        part = unknown[0].partition("=")[0]
        raise NotUnderstood(_("This part of the command has no meaning here: {part}").format(part=part))
    data = given.data or []
    if any(piece.startswith("@") for piece in data):
        raise NotUnderstood(_("The body is in a file of another machine. Paste what is in it into Body."))
    addresses = [*given.url, *given.words]
    if len(addresses) != 1:
        raise NotUnderstood(_("The command must have exactly one URL."))
    path, query = _target(addresses[0], {DOCUMENTED_HOST, *hosts})
    if given.get:
        query += [pair for piece in data for pair in parse_qsl(piece, keep_blank_values=True)]
        query += [(name, value) for name, _equals, value in (piece.partition("=") for piece in given.urlencoded)]
        data = []
    elif given.urlencoded:
        raise NotUnderstood(_("The body of this command is not JSON."))
    method = (given.request or ("HEAD" if given.head else "POST" if data else "GET")).upper()
    headers = [(name.strip(), value.strip()) for name, _colon, value in (line.partition(":") for line in given.header)]
    settable = [pair for pair in headers if pair[0].lower() in HEADER_NAMES]
    if max(len(query), len(settable)) > MOST_ROWS:
        raise NotUnderstood(_("The command has more than {most} headers or query parameters.").format(most=MOST_ROWS))
    return CurlCall(
        method=method,
        path=path,
        query=query,
        headers=settable,
        # As curl joins several -d options.
        body="&".join(data),
        left_out=[name for name, _value in headers if name.lower() not in HEADER_NAMES | ADDED_ANYWAY],
    )


class CurlForm(AlertForm):
    """A pasted command, from which the form of the call is filled in. `curl` cleans to a CurlCall."""

    curl = forms.CharField(
        label=gettext_lazy("Command"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "code", "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("As in ChartMogul's documentation. The key in it is not used, and nothing is run yet."),
    )

    def __init__(self, data: Any = None, *, origin: str, refuses_call: Callable[[str], str]) -> None:
        # A refused command is shown again, but without the key in it.
        super().__init__(data and {"curl": SECRET.sub(r"\1\2…", data.get("curl", ""))})
        self.origin, self.refuses_call = origin, refuses_call

    def clean_curl(self) -> CurlCall:
        try:
            found = parse(self.cleaned_data["curl"], {urlsplit(self.origin).netloc})
        except NotUnderstood as error:
            raise forms.ValidationError(str(error)) from None
        if found.method not in METHODS:
            said = _("You cannot make a call with the method {method} here.")
            raise forms.ValidationError(said.format(method=found.method))
        if reason := self.refuses_call(found.method):
            raise forms.ValidationError(reason)
        return found


def _target(address: str, hosts: Collection[str]) -> tuple[str, list[tuple[str, str]]]:
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
    except ValueError:
        raise NotUnderstood(_("The URL of the command could not be read.")) from None
    if parts.netloc.rpartition("@")[2] not in hosts:
        said = _("The command calls {host}. Calls go only to the connection's own host.")
        raise NotUnderstood(said.format(host=parts.netloc.rpartition("@")[2] or address))
    return parts.path, parse_qsl(parts.query, keep_blank_values=True)
