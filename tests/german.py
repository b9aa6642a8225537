"""German for tests, with their own translations: independent of the catalogue, which may be missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import override, trans_real


@contextmanager
def german(words: dict[str, str]) -> Iterator[None]:
    """Activate German inside the block; these translations take precedence over all others."""
    catalogue = trans_real.translation("de")._catalog
    catalogue._catalogs.insert(0, words)
    catalogue._plurals.insert(0, lambda number: int(number != 1))
    try:
        with override("de"):
            yield
    finally:
        del catalogue._catalogs[0], catalogue._plurals[0]
