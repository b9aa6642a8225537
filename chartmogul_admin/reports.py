"""Filters error reports: the DEBUG page, and the mail that Django can send to ADMINS."""

from collections.abc import ItemsView
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class NamesOnly(SafeExceptionReporterFilter):
    """Keeps names and types but no values, with or without DEBUG.

    Django hides variables that are called key or password, or that a decorator names. But an API key passes through
    many local variables, also in libraries, and is typed into forms: only a report without values is sure not to
    contain it.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, str]:
        return {name: f"({type(value).__name__})" for name, value in tb_frame.f_locals.items()}.items()

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        return dict.fromkeys(request.POST, self.cleansed_substitute) if request is not None else {}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, str]:
        return dict.fromkeys(request.COOKIES, self.cleansed_substitute)

    def get_safe_settings(self) -> dict[str, Any]:
        # Database URLs contain passwords, under names that do not show it.
        return {}
