"""Slack's signature over a request's time and its raw body: HMAC-SHA256 (RFC 2104). Pure."""

import hmac

SECONDS = 300
"""How old a signed request may be (Slack's own recommendation)."""
_LONGEST_TIMESTAMP = 12  # digits of a Unix time in seconds, with room


def is_fresh(timestamp: bytes, now: float) -> bool:
    """Say whether a request's own time is within five minutes of ours; known before its body is read."""
    well_formed = timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP
    return well_formed and abs(now - int(timestamp)) <= SECONDS


class Signatures:
    """Checks signatures made with one secret.

    What an HMAC hashes of its key is the same for every request. It is hashed once here: setting it up anew takes
    longer than the hashing of a body.
    """

    def __init__(self, secret: bytes) -> None:
        self._begun = hmac.new(secret, digestmod="sha256")

    def fits(self, timestamp: bytes, body: bytes, signature: bytes) -> bool:
        """Say whether Slack signed this body; compares in constant time."""
        code = self._begun.copy()
        code.update(b"v0:" + timestamp + b":" + body)
        return hmac.compare_digest(b"v0=" + code.hexdigest().encode(), signature)
