"""What a form may know of the connection that it is filled in for."""

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
    """External ID, e-mail, company, source, status: what tells two of the same name apart."""
    data_source_uuids: tuple[str, ...] = ()
    """The sources that it is in, where records of its kind have one and it is known: several after a merge."""
    system: str = ""
    owner: str = ""
    """The UUID of the record that this one belongs to, where it belongs to one."""
    currency: str = ""
    """That its amounts are in, where it has some."""


@dataclass(frozen=True, kw_only=True)
class FormContext:
    """What a form may know of the connection that it is filled in for. Forms never talk to the API themselves."""

    slug: str
    time_zone: tzinfo = UTC
    amounts_in: str = CENTS
    """What amounts are typed in: cents, as they are sent, or major units."""
    currency: str = ""
    """That the amounts of the form are in, as far as it was chosen."""
    account_currency: str = ""
    """That of the account, where it is known."""
    systems: Callable[[], tuple[str, ...]] = tuple
    """Systems that the account's own data sources carry."""
    may_call: Callable[[str], bool] = lambda method: True
    """Whether whoever fills it in may call the API by this method, in a form that has them choose one."""
    describe: Callable[[str, str], Choice | None] = lambda resource_key, uuid: None
    """(resource, uuid) -> what is known of that record."""
    names: Callable[[str, Iterable[str]], Mapping[str, str]] = lambda resource_key, uuids: {}
    """(resource, uuids) -> the names of those that are known, however many, in one go."""
    expect: Callable[[str, Iterable[str]], None] = lambda resource_key, uuids: None
    """(resource, uuids): these will be described, so they may be looked up together."""
    resolve: Callable[[str, str], str | None] = lambda resource_key, text: None
    """(resource, text) -> the UUID of the one record with exactly this name or external ID, if it is known."""
    are_several: Callable[[str, str], bool] = lambda resource_key, text: False
    """(resource, text) -> whether more than one record is known by exactly this name or external ID."""
    other_kind: Callable[[str, str], str] = lambda resource_key, uuid: ""
    """(resource, uuid) -> what a UUID is certainly of, where that is another kind of record."""
    not_found: Callable[[str], str] = lambda resource_key: str(NOT_FOUND)
    """resource -> Resource.not_found."""
    alike: Callable[[str, str], list[str]] = lambda resource_key, text: []
    """(resource, text) -> what the first few records are called of which this is a part of something that is known."""
