"""The week ends: counted, told, and beforehand told from an export."""
