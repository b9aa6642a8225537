"""Next and Previous for a list that has only forward cursors: the address carries the places passed, signed."""

from dataclasses import dataclass

from django.core import signing

from resources.services import Position

FIRST = Position()
KEPT = 20
"""Number of places in an address. Previous leads back that far, then to the first page; servers refuse addresses of
more than some 4,000 characters."""


class NoPlace(Exception):
    """The token is not a place of this list: it was made for another list or by hand, or is truncated."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The place of a page in a list: its position, the number of rows before it, and the places passed."""

    position: Position = FIRST
    rows_before: int = 0
    passed: tuple[tuple[str | None, int, int], ...] = ()

    @classmethod
    def read(cls, token: str | None, salt: str) -> "Place":
        """Return the place of a token, or the first place if it is None. Raises NoPlace."""
        if token is None:
            return cls()
        try:
            here, passed = signing.loads(token, salt=salt)
            return cls(
                position=Position(here[0], here[1]),
                rows_before=here[2],
                passed=tuple((cursor, skip, before) for cursor, skip, before in passed),
            )
        except (signing.BadSignature, ValueError, TypeError, IndexError) as error:
            raise NoPlace from error

    def token(self, salt: str) -> str:
        return signing.dumps([self._as_passed(), self.passed], salt=salt, compress=True)

    def _as_passed(self) -> tuple[str | None, int, int]:
        return self.position.cursor, self.position.skip, self.rows_before

    @property
    def is_first(self) -> bool:
        return self.position == FIRST

    def after(self, shown: int, following: Position) -> "Place":
        passed = (*self.passed, self._as_passed())[-KEPT:]
        return Place(position=following, rows_before=self.rows_before + shown, passed=passed)

    def before(self) -> "Place":
        """Return the place before this one, or the first page if none is remembered."""
        if not self.passed:
            return Place()
        *earlier, (cursor, skip, rows_before) = self.passed
        return Place(position=Position(cursor, skip), rows_before=rows_before, passed=tuple(earlier))
