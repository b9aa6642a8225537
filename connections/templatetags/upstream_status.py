"""The status line about ChartMogul, for templates/base.html."""

from django import template

from connections.models import Connection
from connections.upstream_status import UpstreamStatus, upstream_status_of

register = template.Library()


@register.simple_tag
def upstream_status(connection: Connection) -> UpstreamStatus | None:
    return upstream_status_of(connection)
