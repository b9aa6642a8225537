"""What a form may know about the connection that it is filled in for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

from django.utils.translation import gettext_lazy

from resources.major_units import CENTS

NOT_FOUND = gettext_lazy("Nothing found for “{text}”. Choose one from the list or paste its UUID.")


@dataclass(frozen=True)
class Choice:
    """One record as pickers show it."""

    uuid: str
    name: str
    detail: str = ""
    """External ID, e-mail, company, source, status: what distinguishes records with the same name."""
    data_source_uuids: tuple[str, ...] = ()
    """Its data sources, if records of its kind have one and it is known: several after a merge."""
    system: str = ""
    owner: str = ""
    """The UUID of the record that this one belongs to, if any."""
    currency: str = ""
    """The currency of its amounts, if it has any."""


@dataclass(frozen=True, kw_only=True)
class FormContext:
    """What a form may know about the connection that it is filled in for. Forms never call the API themselves."""

    slug: str
    time_zone: tzinfo = UTC
    amounts_in: str = CENTS
    """The unit that amounts are typed in: cents, as they are sent, or major units."""
    currency: str = ""
    """The currency of the form's amounts, if one was chosen."""
    account_currency: str = ""
    """The account's currency, if it is known."""
    systems: Callable[[], tuple[str, ...]] = tuple
    """Billing systems of the account's own data sources."""
    refuses_call: Callable[[str], str] = lambda method: ""
    """(HTTP method) -> why the person may not call the API with it; "" if they may."""
    describe: Callable[[str, str], Choice | None] = lambda resource_key, uuid: None
    """(resource, uuid) -> what is known about that record."""
    names: Callable[[str, Iterable[str]], Mapping[str, str]] = lambda resource_key, uuids: {}
    """(resource, uuids) -> {UUID: name} of the known ones, looked up together, however many."""
    expect: Callable[[str, Iterable[str]], None] = lambda resource_key, uuids: None
    """(resource, uuids): announces records that will be described, so that they can be looked up together."""
    resolve: Callable[[str, str], str | None] = lambda resource_key, text: None
    """(resource, text) -> the UUID of the one record with exactly this name or external ID, if it is known."""
    are_several: Callable[[str, str], bool] = lambda resource_key, text: False
    """(resource, text) -> whether more than one record has exactly this name or external ID, as far as is known."""
    other_kind: Callable[[str, str], str] = lambda resource_key, uuid: ""
    """(resource, uuid) -> the kind of record that a UUID certainly belongs to, if it is another one."""
    not_found: Callable[[str], str] = lambda resource_key: str(NOT_FOUND)
    """resource -> Resource.not_found."""
    alike: Callable[[str, str], list[str]] = lambda resource_key, text: []
    """(resource, text) -> names of the first few records whose indexed text contains `text`."""
