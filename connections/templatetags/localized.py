"""Template filters for numbers and times in the language of the page; available in every template."""

from datetime import date, datetime

from django import template
from django.conf import settings

from connections import localized
from connections.words import lasting

register = template.Library()


@register.filter
def count(value: int) -> str:
    """`1,234`."""
    return localized.count(value)


@register.filter(expects_localtime=True)
def moment(value: datetime) -> str:
    """`2026-11-26 13:30`."""
    return localized.current().moment(value) if value else ""


@register.filter(expects_localtime=True)
def zoned(value: datetime) -> str:
    """`2026-11-26 13:30 CET`, for places where nothing else names the zone: the connection's, see
    connections/access.py."""
    return f"{localized.current().moment(value)} {value.tzname()}" if value else ""


@register.filter(expects_localtime=True)
def second(value: datetime) -> str:
    """`2026-11-26 13:30:05`."""
    return localized.current().second(value) if value else ""


@register.filter(expects_localtime=True)
def day(value: date) -> str:
    """`2026-11-26`."""
    return localized.current().day(value) if value else ""


@register.simple_tag
def time_in_settings(name: str) -> str:
    """A time limit of the settings in words: `30 minutes`."""
    return lasting(getattr(settings, name))
