"""The ear of a digest from an export: the bot's own detector and themes."""

from collections.abc import Sequence

from bot.constraints.find import Detector, load_detector
from bot.constraints.themes import Themes, gather, load_themes
from bot.digests.unasked import Statement


class LanguageEar:
    """Hears and groups as the bot does with replies."""

    def __init__(self, detector: Detector, themes: Themes) -> None:
        self._detector = detector
        self._themes = themes

    def hear(self, text: str) -> Sequence[Statement] | None:
        """Return the limits that a text states; None where it is not in English."""
        reading = self._detector.read(text)
        if not reading.english:
            return None
        return [Statement(text[found.start : found.end], found.kind) for found in reading.findings]

    def gather(self, statements: Sequence[Statement]) -> Sequence[str]:
        """Return the theme of each statement, joined in this order."""
        parts = (self._themes.parts(one.span, one.kind) for one in statements)
        return list(gather(self._themes, parts))

    def label(self, members: Sequence[Statement]) -> str:
        """Return a theme's name, built from the parts of its statements and none of their words."""
        return self._themes.label([self._themes.parts(one.span, one.kind) for one in members])


def load_ear() -> LanguageEar:
    """Load the detector and the themes."""
    return LanguageEar(load_detector(), load_themes())
