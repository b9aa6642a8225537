"""What waits for a second person, for the list of connections: the app `connections` does not know about writes."""

from collections.abc import Iterable

from django import template
from django.contrib.auth.models import User

from connections.models import Connection
from resources import approval

register = template.Library()


@register.simple_tag
def waiting_for(user: User, connections: Iterable[Connection]) -> list[tuple[Connection, int]]:
    """Return the connections in which writes of others wait for this person, with the number of those."""
    connections = list(connections)
    found = approval.waiting(user, connections)
    counts = [(each, found[each.pk].for_you) for each in connections if each.pk in found]
    return [(each, count) for each, count in counts if count]
