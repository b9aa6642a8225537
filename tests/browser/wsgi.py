"""The product's application with its addresses read already, so that a worker that is started anew answers at once."""

from django.urls import get_resolver

from chartmogul_admin.wsgi import application

__all__ = ["application"]

assert get_resolver().url_patterns
