"""The prompt packs: what they hold, how they are read and checked, and which prompt comes next.

`choose` and `next_line` are pure rules over packs and history; only `read_packs` and `shelf` read files.
"""

from bot.constraints.kinds import KINDS
from bot.prompts.choosing import Chosen, Leaning, choose, next_line
from bot.prompts.packs import LENSES, Introduction, Line, Packs, Probe, Prompt
from bot.prompts.reading import OWN_PACKS, read_packs

__all__ = [
    "KINDS",
    "LENSES",
    "OWN_PACKS",
    "Chosen",
    "Introduction",
    "Leaning",
    "Line",
    "Packs",
    "Probe",
    "Prompt",
    "choose",
    "next_line",
    "read_packs",
]
