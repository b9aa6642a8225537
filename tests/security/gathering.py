"""Many cases in one test: their common setup is done once, and the failure lists every case that failed."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import transaction

from connections.client import close_sessions

Case = Callable[..., AbstractContextManager[None]]


@contextmanager
def cases() -> Iterator[Case]:
    """Yield `case`, whose block may fail without ending the test; at the end the test fails and lists all failures.

    with cases() as case:
        for method in METHODS:
            with case(method):
                assert ...
    """
    failures: list[str] = []

    @contextmanager
    def case(*name: object) -> Iterator[None]:
        """Roll back what the block stored and close its sockets, so that the next case has the same start."""
        # A savepoint without an atomic block: sending a write requires that its own block is the outermost.
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
