"""Many cases in one test: what they all need is set up once, and a failure names every case that failed."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import transaction

from connections.client import close_sessions

Case = Callable[..., AbstractContextManager[None]]


@contextmanager
def cases() -> Iterator[Case]:
    """Gives `case`, whose block may fail without ending the test; the test fails at the end, with all of them.

    with cases() as case:
        for method in METHODS:
            with case(method):
                assert ...
    """
    failures: list[str] = []

    @contextmanager
    def case(*name: object) -> Iterator[None]:
        """What the block stored is taken back and its sockets are closed: the next one starts as it did."""
        # No block of its own: sending a write insists on being the outermost.
        before = transaction.savepoint()
        try:
            yield
        except Exception:
            failures.append(f"{' '.join(map(ascii, name))}\n{traceback.format_exc(limit=-3)}")
        finally:
            transaction.savepoint_rollback(before)
            close_sessions()

    yield case
    assert not failures, f"{len(failures)} cases failed:\n\n" + "\n".join(failures)
