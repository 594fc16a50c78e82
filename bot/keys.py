"""Keys and the hashes made with them: who said something is known only as long as a key is kept.

A `person` is a hash of a Slack user id under a random key of the channel; a `week_person` under a random
key of the channel's week. Both keys stand in the database only wrapped by `OPSHAT_SECRET` (AES-256-GCM,
NIST SP 800-38D, with a random 96-bit nonce), so that a stolen database alone names nobody.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import Problem

_KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4


class KeyRing:
    """Wraps and unwraps keys and tokens with the operator's secret.

    Args:
        secrets_in_use: one secret or several with commas between, blanks around each aside; the first wraps, all
            unwrap, so that a secret is rotated by writing the new one before the old.

    """

    def __init__(self, secrets_in_use: str) -> None:
        derived = [_derive(secret.strip()) for secret in secrets_in_use.split(",")]
        self._ids = [hashlib.sha256(key).digest()[:_ID_BYTES] for key in derived]
        self._ciphers = {key_id: AESGCM(key) for key_id, key in zip(self._ids, derived, strict=True)}

    def wrap(self, plain: bytes, about: str) -> bytes:
        """Encrypt `plain`, bound to `about` (what it belongs to): key id, nonce and ciphertext in one."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._ids[0] + nonce + self._ciphers[self._ids[0]].encrypt(nonce, plain, about.encode())

    def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """Decrypt what `wrap` made for the same `about`.

        Raises:
            Problem: it was wrapped with another secret, or belongs to something else.

        """
        cipher, rest = self.cipher_of(wrapped), wrapped[_ID_BYTES:]
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], about.encode())
        except InvalidTag:
            raise Problem(f"The stored key of {about} was changed from outside; restore it from a backup.") from None

    def cipher_of(self, wrapped: bytes) -> AESGCM:
        """Return the cipher of the secret that wrapped something.

        Raises:
            Problem: that secret is none of ours.

        """
        cipher = self._ciphers.get(wrapped[:_ID_BYTES])
        if cipher is None:
            raise Problem(
                "The database was written with another OPSHAT_SECRET; set that one again, "
                "or write it after the new one with a comma between."
            )
        return cipher

    def renew(self, wrapped: bytes, about: str) -> bytes | None:
        """Wrap anew what an older secret wrapped; None where the first secret did.

        Raises:
            Problem: as `unwrap`.

        """
        if wrapped[:_ID_BYTES] == self._ids[0]:
            return None
        return self.wrap(self.unwrap(wrapped, about), about)

    def new_key(self, about: str) -> bytes:
        """Make a random key of 32 bytes, already wrapped."""
        return self.wrap(secrets.token_bytes(_KEY_BYTES), about)

    def person(self, wrapped: bytes, about: str, user: str) -> str:
        """Hash a Slack user id under a wrapped key: HMAC-SHA256, 32 hexadecimal characters."""
        return hmac.new(self.unwrap(wrapped, about), user.encode(), "sha256").hexdigest()[:32]


def _derive(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"opshat keys").derive(secret.encode())
