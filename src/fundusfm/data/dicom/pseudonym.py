"""Replacements for identifiers that follow from the old one and a secret: equal stays equal, and nothing leads back."""

import hashlib
import hmac


def pseudonym(identifier: str, salt: bytes) -> str:
    """Returns 16 hexadecimal digits for a patient id; empty for an empty one, which says nothing."""
    return _mac(f"patient {identifier}", salt).hex()[:16] if identifier else ""


def pseudo_uid(uid: str, salt: bytes) -> str:
    """Returns a UID under the root that PS3.5 (B.2) reserves for those made from a UUID."""
    return f"2.25.{int.from_bytes(_mac(f'uid {uid}', salt)[:16], 'big')}"


def _mac(text: str, salt: bytes) -> bytes:
    return hmac.new(salt, text.encode(), hashlib.sha256).digest()
