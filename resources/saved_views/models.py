"""Saved views: filters, limit and columns of a list under a name."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Connection

NAME_TAKEN = _("You already have a view with this name for this list.")


class SavedView(models.Model):
    """A way to look at one list of one connection: private to its owner, or shared with all who use the connection."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    operation = models.CharField(max_length=100)
    """The key of the list: `customers.list`."""
    name = models.CharField(max_length=60)
    shared = models.BooleanField(default=False)
    filters = models.JSONField(default=dict, blank=True)
    """Form field -> text typed. Fields that the form no longer has, and values that it refuses by now, are ignored."""
    columns = models.JSONField(default=list, blank=True)
    """Names as in resources/columns.py; empty: those that the list declares."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "created_at")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "owner", "operation", "name"),
                name="one_view_a_name",
                violation_error_message=NAME_TAKEN,
            ),
        )

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view with which a list opens for one person if its address has no query."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    operation = models.CharField(max_length=100)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="defaults")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "connection", "operation"), name="one_default_view_a_list"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.view}"
