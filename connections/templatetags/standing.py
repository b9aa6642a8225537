"""The line about ChartMogul, for templates/base.html."""

from django import template

from connections.models import Connection
from connections.standing import Standing, standing_of

register = template.Library()


@register.simple_tag
def standing(connection: Connection) -> Standing | None:
    return standing_of(connection)
