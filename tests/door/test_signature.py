"""A request is Slack's when its signature fits: as Python's own HMAC says, for any secret and any body."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.door.signature import Signatures, is_fresh


@given(secret=st.binary(max_size=130), body=st.binary(max_size=200), stamp=st.integers(0, 2**33))
def test_what_was_signed_fits_and_nothing_else_does(secret: bytes, body: bytes, stamp: int) -> None:
    signatures, timestamp = Signatures(secret), str(stamp).encode()
    digest = hmac.new(secret, b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
    signature = f"v0={digest}".encode()
    for _ in range(2):  # the first has changed nothing for the second
        assert signatures.fits(timestamp, body, signature)
    assert not signatures.fits(timestamp, body + b" ", signature)
    assert not signatures.fits(timestamp + b"0", body, signature)
    assert not signatures.fits(timestamp, body, signature[:-1])
    assert not Signatures(secret + b"1").fits(timestamp, body, signature)


@pytest.mark.parametrize(
    ("timestamp", "fresh"),
    [(b"1000", True), (b"700", True), (b"699", False), (b"1301", False), (b"", False), (b"-1", False), (b"1e3", False)],
)
def test_a_request_is_fresh_for_five_minutes(timestamp: bytes, fresh: bool) -> None:  # noqa: FBT001 - a case's own
    assert is_fresh(timestamp, 1000.0) is fresh
