"""The eleven kinds of constraint, in the codebook's order: where several fit, the first one counts."""

from typing import Final

KINDS: Final[tuple[str, ...]] = (
    "customer-distance",
    "buffering",
    "conformance",
    "dependence",
    "central-ownership",
    "immaturity",
    "impossibility",
    "permission",
    "scarcity",
    "precedent",
    "obligation",
)
"""Every finding has one of these; themes and digests show them in this order."""

RANK: Final[dict[str, int]] = {kind: place for place, kind in enumerate(KINDS)}
"""The place of each kind in the codebook's order, for choosing among several that fit."""
