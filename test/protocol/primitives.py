"""What Python's standard library lacks: X25519 (RFC 7748) and ChaCha20-Poly1305 (RFC 8439). Slow, and not constant-time."""

import struct

P = 2**255 - 19


def x25519(private: bytes, public: bytes) -> bytes:
    """The Montgomery ladder of RFC 7748, section 5."""
    scalar = bytearray(private)
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    k = int.from_bytes(scalar, "little")
    x1 = int.from_bytes(public, "little") & (2**255 - 1)
    x2, z2, x3, z3 = 1, 0, x1, 1
    swap = 0
    for bit in range(254, -1, -1):
        k_bit = k >> bit & 1
        if swap ^ k_bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = k_bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a % P, c * b % P
        aa, bb = a * a % P, b * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def x25519_public(private: bytes) -> bytes:
    return x25519(private, b"\x09" + bytes(31))


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & 0xFFFFFFFF


def _quarter_round(state: list, a: int, b: int, c: int, d: int) -> None:
    for first, second, third, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[first] = (state[first] + state[second]) & 0xFFFFFFFF
        state[third] = _rotate(state[third] ^ state[first], bits)


def _chacha20_block(key: bytes, counter: int, nonce: bytes) -> bytes:
    initial = list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key))
    initial += [counter, *struct.unpack("<3I", nonce)]
    state = list(initial)
    for _ in range(10):
        for column in range(4):
            _quarter_round(state, column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            _quarter_round(state, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return struct.pack("<16I", *((one + two) & 0xFFFFFFFF for one, two in zip(state, initial)))


def chacha20(key: bytes, counter: int, nonce: bytes, data: bytes) -> bytes:
    stream = b"".join(_chacha20_block(key, counter + i, nonce) for i in range((len(data) + 63) // 64))
    return bytes(one ^ two for one, two in zip(data, stream))


def _poly1305(key: bytes, data: bytes) -> bytes:
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at : at + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def _tag(key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
    padded = b"".join(part + bytes(-len(part) % 16) for part in (aad, ciphertext))
    lengths = struct.pack("<QQ", len(aad), len(ciphertext))
    return _poly1305(_chacha20_block(key, 0, nonce)[:32], padded + lengths)


def aead_seal(key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    ciphertext = chacha20(key, 1, nonce, plaintext)
    return ciphertext + _tag(key, nonce, aad, ciphertext)


def aead_open(key: bytes, nonce: bytes, aad: bytes, sealed: bytes):
    """The plaintext, or None when the tag does not fit."""
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if _tag(key, nonce, aad, ciphertext) != tag:
        return None
    return chacha20(key, 1, nonce, ciphertext)
