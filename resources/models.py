"""The models of this app, which live beside the code that is about them."""

from resources.directory.models import Entry

__all__ = ["Entry"]
