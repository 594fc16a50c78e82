"""Ids and tokens in the shapes that Slack gives them; the same seed gives the same ids."""

import random
import string

_LETTERS = string.ascii_uppercase + string.digits
_SMALL = string.ascii_letters + string.digits


class Ids:
    """Makes ids one after another.

    Args:
        seed: for repeatable ids; None draws a seed.

    """

    def __init__(self, seed: int | None = None) -> None:
        self.random = random.Random(seed)  # noqa: S311 - these open nothing outside this process

    def new(self, prefix: str, length: int = 10) -> str:
        """Return an id such as "C07ABCDEFGH": the prefix and `length` capitals and digits."""
        return prefix + "0" + self._draw(_LETTERS, length - 1)

    def short(self, length: int = 5) -> str:
        """Return what Slack puts where a block or an element brought no id of its own."""
        return self._draw(_SMALL, length)

    def token(self, prefix: str) -> str:
        """Return a token such as "xoxb-1234-5678-AbCd"; it opens this stand-in only."""
        numbers = (self._draw(string.digits, 12) for _ in range(2))
        return "-".join((prefix, *numbers, self._draw(_SMALL, 24)))

    def secret(self) -> str:
        """Return 32 hex digits, as signing secrets have."""
        return self._draw("0123456789abcdef", 32)

    def uuid(self) -> str:
        """Return an id in the shape of a UUID, as envelopes and client messages have."""
        return "-".join(self._draw("0123456789abcdef", length) for length in (8, 4, 4, 4, 12))

    def trigger(self) -> str:
        """Return a trigger id such as "1234.5678.0a1b"."""
        return f"{self._draw(string.digits, 12)}.{self._draw(string.digits, 12)}.{self.secret()}"

    def _draw(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choices(alphabet, k=length))
