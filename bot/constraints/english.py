"""Whether a text is English enough to be judged; built for replies of three words as well as three hundred.

The benefit of the doubt goes to English: a text is turned away only where it shows another language.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

MOST_FOREIGN_LETTERS: Final = 0.4
"""Share of letters outside the Latin script from which on a text is not English: a name or two may be."""

_FOREIGN_SCRIPT: Final = re.compile(r"[\u0370-\u1cff\u1f00-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff]")


@dataclass(frozen=True, slots=True)
class Languages:
    """Function words of English, and those of other languages that English does not share."""

    english: frozenset[str]
    foreign: frozenset[str]

    def is_english(self, names: Collection[str], text: str) -> bool:
        """Say whether a text of these words (lower case, tags allowed) reads as English; unsure means yes."""
        if not text.isascii() and _other_script(text):
            return False
        if self.foreign.isdisjoint(names):
            return True
        words = {name.partition("/")[0] for name in names}
        foreign = sum(word in self.foreign for word in words)
        english = sum(word in self.english for word in words)
        return english >= foreign or (foreign == 1 and len(words) > 1)


def _other_script(text: str) -> bool:
    foreign = len(_FOREIGN_SCRIPT.findall(text))
    return foreign > MOST_FOREIGN_LETTERS * sum(map(str.isalpha, text))
