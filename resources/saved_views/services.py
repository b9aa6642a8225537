"""Who may see which saved views, and how a view completes the query of a list."""

import uuid

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import QueryDict

from connections.models import Connection
from resources.operations import ListOperation
from resources.saved_views.models import DefaultView, SavedView


def visible(connection: Connection, operation: ListOperation, user: User) -> QuerySet[SavedView]:
    """Return a person's own views of a list, and those that are shared."""
    views = SavedView.objects.filter(connection=connection, operation=operation.key)
    return views.filter(Q(owner=user) | Q(shared=True)).select_related("owner")


def find(connection: Connection, operation: ListOperation, user: User, key: str) -> SavedView | None:
    """Return the view with this key, if this list of this connection has it and the person may see it; else None."""
    try:
        return visible(connection, operation, user).filter(pk=uuid.UUID(key)).first()
    except ValueError:
        return None


def default(connection: Connection, operation: ListOperation, user: User) -> SavedView | None:
    found = DefaultView.objects.filter(user=user, connection=connection, operation=operation.key).first()
    # A view that was shared may not be so any more.
    return visible(connection, operation, user).filter(pk=found.view_id).first() if found else None


def set_default(view: SavedView, user: User, *, wanted: bool) -> None:
    """Make this view the person's default for its list, or if not `wanted`, no longer."""
    mine = DefaultView.objects.filter(user=user, connection=view.connection, operation=view.operation)
    if wanted:
        DefaultView.objects.update_or_create(
            user=user, connection=view.connection, operation=view.operation, defaults={"view": view}
        )
    else:
        mine.filter(view=view).delete()


def filters_in(operation: ListOperation, given: QueryDict) -> dict[str, str]:
    """Return the filters and the limit in a query, as they were typed."""
    return {name: str(given[name]) for name in operation.form_class.base_fields if given.get(name)}


def laid_under(view: SavedView | None, asked: QueryDict) -> QueryDict:
    """Return the query, completed with the filters and columns of the view where the query has none."""
    given = asked.copy()
    filters = view.filters if view and isinstance(view.filters, dict) else {}
    for name, value in filters.items():
        if name not in given and isinstance(value, str):
            given[name] = value
    if view and "column" not in given and isinstance(view.columns, list):
        given.setlist("column", [name for name in view.columns if isinstance(name, str)])
    return given
