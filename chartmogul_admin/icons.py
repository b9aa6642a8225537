"""The template tag for icons, `{% lucide "plug" size=18 aria_hidden="true" %}`, of the package lucide, but cached:
every page has a dozen icons, and rendering one takes as long as a query."""

from functools import lru_cache

from django.template import Library
from lucide.templatetags.lucide import lucide

register = Library()
# The cache stays small: templates use a few sizes and attributes, and never user input.
register.simple_tag(lru_cache(maxsize=500)(lucide), name="lucide")
