"""What a report of an error says: the page with DEBUG, and the mail that Django can send to ADMINS."""

from collections.abc import ItemsView
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class NamesOnly(SafeExceptionReporterFilter):
    """Names and types, and no values, with DEBUG as without.

    Django hides what is called a key or a password, and what a decorator names. But an API key passes through many
    local variables, of libraries too, and is typed into forms: it is in no report only where there are no values.
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
        # Addresses of databases hold passwords, under names that do not say so.
        return {}
