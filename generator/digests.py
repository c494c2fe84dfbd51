"""Digests of files and of what they are rendered from: BLAKE2b with 20 bytes, in hexadecimal."""

from __future__ import annotations

import hashlib

from .tree import encode

_SIZE = 20


def parts_digest(*parts: bytes) -> str:
    """Return one digest over parts that differs for every different list of parts."""
    state = hashlib.blake2b(digest_size=_SIZE)
    for part in parts:
        state.update(f"{len(part)}:".encode() + part)
    return state.hexdigest()


def text_digest(text: str) -> str:
    """Return the digest of a file's text."""
    return data_digest(encode(text))


def data_digest(data: bytes) -> str:
    """Return the digest of a file's bytes."""
    return hashlib.blake2b(data, digest_size=_SIZE).hexdigest()
