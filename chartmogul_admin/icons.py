"""The icons of templates: `{% lucide "plug" size=18 aria_hidden="true" %}`, as the package lucide draws them, but each
drawn once, for every page has a dozen and to draw one takes as long as a query."""

from functools import lru_cache

from django.template import Library
from lucide.templatetags.lucide import lucide

register = Library()
# Templates name a few sizes and attributes, and nothing that anybody typed.
register.simple_tag(lru_cache(maxsize=500)(lucide), name="lucide")
