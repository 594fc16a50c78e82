"""Slack's signature over a request's time and its raw body: HMAC-SHA256 (RFC 2104). Pure."""

import hashlib
import hmac

SECONDS = 300
"""How old a signed request may be (Slack's own recommendation)."""
_LONGEST_TIMESTAMP = 12  # digits of a Unix time in seconds, with room
_BLOCK = 64  # bytes that SHA-256 takes at once


def is_fresh(timestamp: bytes, now: float) -> bool:
    """Say whether a request's own time is within five minutes of ours; known before its body is read."""
    well_formed = timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP
    return well_formed and abs(now - int(timestamp)) <= SECONDS


class Signatures:
    """Checks signatures made with one secret.

    What an HMAC hashes of its key is the same for every request. It is hashed once here: OpenSSL's own set-up takes
    longer than the hashing of a body.
    """

    def __init__(self, secret: bytes) -> None:
        key = (secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    def fits(self, timestamp: bytes, body: bytes, signature: bytes) -> bool:
        """Say whether Slack signed this body; compares in constant time."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(b"v0:" + timestamp + b":" + body)
        outer.update(inner.digest())
        return hmac.compare_digest(b"v0=" + outer.hexdigest().encode(), signature)
