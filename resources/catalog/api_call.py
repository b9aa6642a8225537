"""Make an API Call: any call below /v1/, written out by hand. A GET runs at once, everything else is reviewed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from connections import localized
from connections.api_request import HEADER_NAMES, HEADER_VALUE, ApiRequest, CannotBeSent
from connections.models import Connection
from connections.roles import Role
from connections.words import Words
from resources import api_paths
from resources.forms import ApiForm, Change
from resources.json_field import JsonField
from resources.operations import Resource, WriteOperation
from resources.rows import RowForm, RowGroup

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LONGEST_VALUE = 8_192
LONGEST_ADDRESS = 3_500
"""Characters of an address that any server takes; a read that would need a longer one is answered without redirect."""
FILL = "fill"
"""Query parameter that fills the form in and sends nothing. Its value may be the key of the write to fill in."""
LONGEST_TARGET = 8_000
"""Characters of path and query together, which common servers take."""
REFUSED_HEADERS: Mapping[str, Words] = {
    "authorization": _("The connection's key is added to every call; you cannot use another one."),
    "proxy-authorization": _("The connection's key is added to every call; you cannot use another one."),
    "host": _("Calls go only to the connection's own host."),
    "cookie": _("Calls are made with the key, never with cookies."),
    "content-length": _("This is determined from the body."),
}


class HeaderForm(RowForm):
    key = forms.CharField(label=_("Key"), max_length=100, strip=False)
    value = forms.CharField(label=_("Value"), max_length=LONGEST_VALUE, strip=False)

    def clean_key(self) -> str:
        name: str = self.cleaned_data["key"]
        if name.lower() not in HEADER_NAMES:
            allowed = ", ".join(sorted(allowed.title() for allowed in HEADER_NAMES))
            reason = REFUSED_HEADERS.get(name.strip().lower(), gettext("This header cannot be set here."))
            said = gettext("{reason} The headers that can be set: {headers}.")
            raise forms.ValidationError(said.format(reason=reason, headers=allowed))
        return name

    def clean_value(self) -> str:
        value: str = self.cleaned_data["value"]
        if not HEADER_VALUE.fullmatch(value):
            raise forms.ValidationError(
                gettext("A header's value is one line of Latin letters and symbols, without spaces at either end.")
            )
        return value


class QueryForm(RowForm):
    key = forms.CharField(label=_("Key"), max_length=255, strip=False)
    value = forms.CharField(label=_("Value"), max_length=LONGEST_TARGET, required=False, strip=False)


class ApiCallForm(ApiForm):
    url = forms.CharField(
        label=_("URL"),
        strip=False,
        help_text=_("The API path, such as /v1/plans or /v1/customers?status=Active."),
        widget=forms.TextInput(
            attrs={
                "placeholder": "/v1/plans",
                "list": "known-paths",
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
            }
        ),
    )
    method = forms.ChoiceField(label=_("Method"), choices=[(name, name) for name in METHODS], initial="GET")
    body = JsonField(label=_("Body"), required=False, help_text=_("JSON, sent exactly as entered here."))

    groups = (
        RowGroup("headers", label=_("Headers"), row_form=HeaderForm, noun=_("header")),
        RowGroup("query", label=_("Query String"), row_form=QueryForm, noun=_("query parameter")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_query: list[tuple[str, str]] = []
        method = cast(forms.ChoiceField, self.fields["method"])
        # What was posted stays, with the reason if it is not allowed (any more).
        posted = self.data.get("method") if self.is_bound else None
        method.choices = [(name, name) for name in METHODS if name == posted or not self.context.refuses_call(name)]
        if self.context.refuses_call("DELETE"):
            method.help_text = gettext("Your role, or the connection being read-only, allows GET alone.")
        self.headers, self.query_string = self.row_sets

    def clean_url(self) -> str:
        try:
            path, self.url_query = api_paths.parse(self.cleaned_data["url"])
        except api_paths.BadUrl as error:
            raise forms.ValidationError(str(error)) from None
        return path

    def clean_method(self) -> str:
        method: str = self.cleaned_data["method"]
        if reason := self.context.refuses_call(method):
            raise forms.ValidationError(reason)
        return method

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("body") and cleaned.get("method") == "GET":
            self.add_error("body", gettext("A GET has no body. Clear it, or choose another method."))
        return cleaned

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        names: set[str] = set()
        for row in self.headers.filled():
            if (name := row.cleaned_data["key"].lower()) in names:
                row.add_error("key", gettext("This header is given twice."))
                return False
            names.add(name)
        try:
            request = self.request()
        except CannotBeSent as error:
            # The checks above let it through, but the request itself refuses it.
            self.add_error(None, str(error))
            return False
        if len(request.target) > LONGEST_TARGET:
            too_long = gettext("Path and query are longer than {most} characters.")
            self.add_error(None, too_long.format(most=localized.count(LONGEST_TARGET)))
            return False
        return True

    @property
    def is_read(self) -> bool:
        return bool(self.cleaned_data["method"] == "GET")

    def query(self) -> list[tuple[str, str]]:
        """Return the query parameters of the URL, then those of the rows."""
        return self.url_query + [(row["key"], row["value"]) for row in self.query_string.values()]

    def request(self) -> ApiRequest:
        return ApiRequest(
            method=self.cleaned_data["method"],
            path=self.cleaned_data["url"],
            query=tuple(self.query()),
            body=self.cleaned_data["body"].encode() or None,
            headers=tuple((row["key"], row["value"]) for row in self.headers.values()),
        )

    def address(self, query: Iterable[tuple[str, str]]) -> str:
        """Return the query string with which this page makes the same call with another query."""
        pairs = [("url", self.cleaned_data["url"]), ("method", self.cleaned_data["method"])]
        headers = [(row["key"], row["value"]) for row in self.headers.values()]
        for group, rows in (("headers", headers), ("query", query)):
            for number, (key, value) in enumerate(rows):
                pairs += [(f"{group}-{number}-key", key), (f"{group}-{number}-value", value)]
        return urlencode(pairs)

    def changes(self) -> list[Change]:
        """Return only what a deletion means: the request itself says everything else."""
        if self.cleaned_data["method"] != "DELETE":
            return []
        return [
            Change(
                label=gettext("Method"),
                after=gettext("DELETE is permanent, and also deletes everything that belongs to the record."),
            )
        ]


@dataclass(frozen=True, kw_only=True)
class ApiCallOperation(WriteOperation):
    """A call whose method, path and everything else come from its form. Its answer is not a record of a resource."""

    @property
    def role(self) -> Role:
        """Viewers may use it for reads."""
        return Role.VIEWER

    @property
    def role_to_send(self) -> Role:
        return Role.MANAGER

    def needs_approval(self, to_type: str) -> bool:
        return True

    def build(self, form: ApiForm) -> ApiRequest:
        return cast(ApiCallForm, form).request()

    def record_in(self, answer: object) -> None:
        return None

    def to_type(self, request: ApiRequest, name: str) -> str:
        """Return what has to be typed to confirm a deletion: the name of its record or, if that is not known, the path.
        An empty string for other calls."""
        return (name or request.path) if request.method == "DELETE" else ""


CALL = ApiCallOperation(
    key="api_call",
    title=_("Make an API Call"),
    # Only says that this may write: the method and the path that are sent come from the form.
    method="POST",
    path="",
    form_class=ApiCallForm,
    done=_("Call accepted"),
    intro=_("A GET runs immediately. Everything else is shown for review before it is sent. The key is added for you."),
)


def address(connection: Connection, call: Mapping[str, str]) -> str:
    """Return the address of this page with the fields of its form filled in from `call`; an empty string if the person
    may not make the call, or the address would be too long."""
    if not connection.may.reaches(CALL.role if call.get("method") == "GET" else CALL.role_to_send):
        return ""
    found = f"{reverse(CALL.url_name, args=[connection.slug])}?{urlencode(call)}"
    return found if len(found) <= LONGEST_ADDRESS else ""


def address_of(connection: Connection, request: ApiRequest) -> str:
    """Return the same for a read that a module makes. The read runs only when somebody presses the button, because it
    is an event of the trail."""
    return address(connection, {"url": request.target, "method": request.method, FILL: "1"})


def address_of_write(connection: Connection, key: UUID) -> str:
    """Return the same for a prepared write, named by its key so that nothing typed is part of an address."""
    return address(connection, {FILL: str(key)})


def of_request(request: ApiRequest) -> dict[str, Any]:
    """Return first values of the form for a request that was made before."""
    return {
        "url": request.target,
        "method": request.method,
        "body": (request.body or b"").decode(),
        "headers": as_rows(request.headers),
    }


def as_rows(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return first values of the rows of headers, or of the query string."""
    return [{"key": key, "value": value} for key, value in pairs]


RESOURCE = Resource(
    key="api_call",
    title=_("Other"),
    noun=_("response"),
    nouns=_("responses"),
    counted=ngettext_lazy("{shown} response", "{shown} responses", "count"),
    path="",
    list_path="",
    rows_key="",
    operations=(CALL,),
)
