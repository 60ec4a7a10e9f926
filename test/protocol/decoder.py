"""palaver's wire, read and written after docs/protocol.md alone: no line of it was taken from the TypeScript."""

import hashlib
import hmac

from primitives import aead_open, aead_seal, x25519, x25519_public

MAX_VARINT = 2**53 - 1
ERRORS = (
    "NO_ERROR PROTOCOL VERSION AUTH FORBIDDEN RATE TOO_LARGE FLOW EXPIRED PLUGIN TIMEOUT SHUTDOWN IDLE BUSY".split()
)


class WireError(Exception):
    """Something malformed; the one argument is the error's name."""


def need(condition, error="PROTOCOL"):
    if not condition:
        raise WireError(error)


class Reader:
    """Takes fields from the front of some bytes."""

    def __init__(self, data: bytes):
        self.data = data

    def take(self, size: int) -> bytes:
        need(size <= len(self.data))
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def rest(self) -> bytes:
        return self.take(len(self.data))

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def varint(self) -> int:
        need(self.data)
        size = 1 << (self.data[0] >> 6)
        value = self.number(size) & (1 << 8 * size - 2) - 1
        need(value <= MAX_VARINT)
        return value


def varint(value: int) -> bytes:
    for code, size in enumerate((1, 2, 4, 8)):
        if value < 1 << 8 * size - 2:
            return (value | code << 8 * size - 2).to_bytes(size, "big")
    raise ValueError(value)


# Dialects, text, TCP


def dialect(datagram: bytes) -> str:
    return "frame" if len(datagram) >= 2 and datagram[0] == 0xF9 and 0x01 <= datagram[1] <= 0x1F else "text"


def decode_text(datagram: bytes) -> dict:
    text = datagram.split(b"\0", 1)[0].rstrip(b"\t\n\v\f\r ")
    if not text:
        return {"refused": "empty"}
    if len(text) > 1000:
        return {"refused": "too long"}
    try:
        decoded = text.removeprefix(b"\xef\xbb\xbf").decode("utf-8").strip()
    except UnicodeDecodeError:
        return {"refused": "encoding"}
    return {"text": decoded} if decoded else {"refused": "empty"}


def tcp_records(stream: bytes) -> list:
    """All records of a connection that has ended."""
    records = []
    while stream:
        length = int.from_bytes(stream[:2], "big") if len(stream) > 1 else 1
        has_frames = any(record["dialect"] == "frame" for record in records)
        is_large = has_frames and 1200 < length <= 65000
        is_large = is_large and stream[2:3] == b"\xf9" and 1 <= int.from_bytes(stream[3:4], "big") <= 0x1F
        if is_large or (stream[0] <= 4 and 1 <= length <= 1200 and stream[2:3] in (b"", b"\xf9")):
            if len(stream) < 2 + length:
                break
            records.append({"dialect": "frame", "bytes": stream[2 : 2 + length].hex()})
            stream = stream[2 + length :]
        elif stream[0] == 0:
            stream = stream[1:]
        else:
            line, _, stream = stream.partition(b"\n")
            records.append({"dialect": "text", "bytes": line[:1001].hex()})
    return records


# Packets


def versions_of(reader: Reader, count: int) -> list:
    need(1 <= count <= 8)
    return [reader.number(2) for _ in range(count)]


def read_hello_fields(reader: Reader) -> dict:
    count = reader.number(1)
    need(reader.number(1) == 0)
    return {"nonce": reader.take(32).hex(), "versions": versions_of(reader, count)}


def read_retry_fields(reader: Reader) -> dict:
    return {
        "version": reader.number(2),
        "epoch": reader.number(1),
        "timeS": reader.number(4),
        "cookie": reader.take(16).hex(),
        "serverKey": reader.take(32).hex(),
        "versions": versions_of(reader, reader.number(1)),
    }


def read_hello(packet: bytes) -> dict:
    need(len(packet) == 256 and packet[:2] == b"\xf9\x01")
    reader = Reader(packet[2:])
    fields = read_hello_fields(reader)
    need(not any(reader.rest()))
    return fields


def read_retry(packet: bytes) -> dict:
    need(packet[:2] == b"\xf9\x02")
    reader = Reader(packet[2:])
    fields = {"nonceHead": reader.take(16).hex(), "fields": read_retry_fields(reader)}
    need(not reader.data)
    return fields


def read_init(packet: bytes) -> dict:
    need(len(packet) == 1200 and packet[:2] == b"\xf9\x03")
    reader = Reader(packet[2:])
    fields = {
        "hello": read_hello_fields(reader),
        "retry": read_retry_fields(reader),
        "clientCid": reader.take(8).hex(),
        "prologue": packet[: len(packet) - len(reader.data)].hex(),
    }
    message = reader.take(reader.number(2))
    need(len(message) >= 96)
    need(not any(reader.rest()))
    return {**fields, "message1": message.hex()}


def read_accept(packet: bytes) -> dict:
    need(58 <= len(packet) <= 400 and packet[:2] == b"\xf9\x04")
    return {"clientCid": packet[2:10].hex(), "message2": packet[10:].hex()}


def read_data_header(packet: bytes):
    if not 33 <= len(packet) <= 1200 or packet[0] != 0xF9 or packet[1] not in (0x10, 0x11):
        return None
    return {
        "phase": packet[1] - 0x10,
        "packetNumber": int.from_bytes(packet[10:16], "big"),
        "destinationCid": packet[2:10].hex(),
    }


def read_limits(reader: Reader) -> dict:
    names = ("sessionCreditBytes", "streamCreditBytes", "maxStreams", "idleTimeoutMs")
    limits = {name: reader.varint() for name in names}
    need(limits["streamCreditBytes"] <= limits["sessionCreditBytes"])
    largest = reader.varint() if reader.data else 1200
    limits["maxDatagramBytes"] = min(65000, max(1200, largest))
    return limits


# Cookie


def cookie(secret: bytes, address: bytes, nonce: bytes, versions: list, time_ms: int) -> dict:
    rotation, time_s = time_ms // 60_000, time_ms // 1000 % 2**32
    key = hmac.digest(secret, f"palaver cookie {rotation}".encode(), "sha256")
    data = bytes([len(address)]) + address + nonce + time_s.to_bytes(4, "big")
    data += b"".join(version.to_bytes(2, "big") for version in versions)
    return {"epoch": rotation % 256, "timeS": time_s, "cookie": hmac.digest(key, data, "sha256")[:16].hex()}


def cookie_holds(baked: dict, secret: bytes, address: bytes, nonce: bytes, versions: list, now_ms: int) -> bool:
    age_s = now_ms // 1000 - baked["timeS"]
    rotations = [now_ms // 60_000 - back for back in (0, 1)]
    if not 0 <= age_s <= 120 or baked["epoch"] not in [rotation % 256 for rotation in rotations]:
        return False
    return cookie(secret, address, nonce, versions, baked["timeS"] * 1000)["cookie"] == baked["cookie"]


# Noise and keys


def nonce_of(number: int) -> bytes:
    return bytes(4) + number.to_bytes(8, "little")


def rekey(key: bytes) -> bytes:
    return aead_seal(key, nonce_of(2**64 - 1), b"", bytes(32))[:32]


class Noise:
    """The symmetric state of Noise_IK_25519_ChaChaPoly_BLAKE2b."""

    def __init__(self, prologue: bytes, server_public: bytes):
        self.h = self.ck = b"Noise_IK_25519_ChaChaPoly_BLAKE2b".ljust(64, b"\0")
        self.mix_hash(prologue)
        self.mix_hash(server_public)

    def mix_hash(self, data: bytes) -> None:
        self.h = hashlib.blake2b(self.h + data).digest()

    def hkdf(self, data: bytes) -> tuple:
        temporary = hmac.digest(self.ck, data, "blake2b")
        first = hmac.digest(temporary, b"\1", "blake2b")
        return first, hmac.digest(temporary, first + b"\2", "blake2b")

    def mix_key(self, secret: bytes) -> None:
        need(any(secret), "AUTH")
        self.ck, key = self.hkdf(secret)
        self.key, self.n = key[:32], 0

    def encrypt(self, plaintext: bytes) -> bytes:
        sealed = aead_seal(self.key, nonce_of(self.n), self.h, plaintext)
        self.n += 1
        self.mix_hash(sealed)
        return sealed

    def decrypt(self, sealed: bytes) -> bytes:
        plaintext = aead_open(self.key, nonce_of(self.n), self.h, sealed)
        need(plaintext is not None, "AUTH")
        self.n += 1
        self.mix_hash(sealed)
        return plaintext

    def split(self) -> tuple:
        return tuple(key[:32] for key in self.hkdf(b""))


def initiate(static: bytes, server_public: bytes, prologue: bytes, ephemeral: bytes, payload: bytes) -> tuple:
    """Message 1, and the state in which message 2 is read."""
    noise = Noise(prologue, server_public)
    public = x25519_public(ephemeral)
    noise.mix_hash(public)
    noise.mix_key(x25519(ephemeral, server_public))
    sealed_static = noise.encrypt(x25519_public(static))
    noise.mix_key(x25519(static, server_public))
    return public + sealed_static + noise.encrypt(payload), noise


def respond(static: bytes, prologue: bytes, message1: bytes, ephemeral: bytes, payload: bytes) -> tuple:
    """The client's static key and payload, message 2, and the state after it."""
    noise = Noise(prologue, x25519_public(static))
    client_ephemeral, sealed_static, sealed_payload = message1[:32], message1[32:80], message1[80:]
    noise.mix_hash(client_ephemeral)
    noise.mix_key(x25519(static, client_ephemeral))
    client_static = noise.decrypt(sealed_static)
    noise.mix_key(x25519(static, client_static))
    client_payload = noise.decrypt(sealed_payload)
    public = x25519_public(ephemeral)
    noise.mix_hash(public)
    noise.mix_key(x25519(ephemeral, client_ephemeral))
    noise.mix_key(x25519(ephemeral, client_static))
    return client_static, client_payload, public + noise.encrypt(payload), noise


class DataOpener:
    """The receiving end of one direction: replay window and key phases."""

    def __init__(self, key: bytes):
        self.key, self.previous = key, None
        self.phase, self.phase_start = 0, 0
        self.window = ReplayWindow()

    def open(self, packet: bytes):
        header = read_data_header(packet)
        if header is None or not self.window.is_new(header["packetNumber"]):
            return None
        number, is_current = header["packetNumber"], header["phase"] == self.phase
        is_old = not is_current and number < self.phase_start
        key = self.key if is_current else self.previous if is_old else rekey(self.key)
        payload = key and aead_open(key, nonce_of(number), packet[:16], packet[16:])
        if payload is None:
            return None
        if not is_current and not is_old:
            self.previous, self.key, self.phase, self.phase_start = self.key, key, header["phase"], number
        self.window.mark(number)
        return payload


class ReplayWindow:
    """Every number once, and none that is 2048 or more below the highest."""

    def __init__(self):
        self.highest, self.seen = -1, set()

    def is_new(self, number: int) -> bool:
        return number > self.highest - 2048 and number not in self.seen

    def mark(self, number: int) -> None:
        self.seen.add(number)
        self.highest = max(self.highest, number)


# Frames


def read_frame(reader: Reader) -> dict:
    kind = reader.number(1)
    if kind == 0x00:
        return {"type": "pad"}
    if kind == 0x01:
        return {"type": "ping"}
    if kind == 0x02:
        return read_ack(reader)
    if kind in (0x03, 0x04):
        stream, offset = reader.varint(), reader.varint()
        data = reader.take(reader.varint()).hex()
        return {"type": "stream", "id": stream, "offset": offset, "bytes": data, "isLast": kind == 0x04}
    if kind == 0x05:
        return {"type": "reset", "id": reader.varint(), "code": reader.varint(), "finalSize": reader.varint()}
    if kind == 0x06:
        return {"type": "maxData", "maximum": reader.varint()}
    if kind == 0x07:
        return {"type": "maxStream", "id": reader.varint(), "maximum": reader.varint()}
    if kind == 0x08:
        return {"type": "dgram", "bytes": reader.take(reader.varint()).hex()}
    if kind in (0x09, 0x0A):
        return {"type": "pathChallenge" if kind == 0x09 else "pathResponse", "token": reader.take(8).hex()}
    need(kind == 0x0B)
    code, length = reader.varint(), reader.varint()
    need(length <= 64)
    return {"type": "close", "code": code, "text": reader.take(length).decode("utf-8", "replace")}


def read_ack(reader: Reader) -> dict:
    last, delay, more = reader.varint(), reader.varint(), reader.varint()
    need(more <= 31)
    ranges = []
    for index in range(more + 1):
        if index:
            last = ranges[-1][0] - 2 - reader.varint()
        first = last - reader.varint()
        need(first >= 0)
        ranges.append([first, last])
    return {"type": "ack", "delayMs": delay * 0.125, "ranges": ranges}


def read_frames(payload: bytes) -> list:
    reader, frames = Reader(payload), []
    while reader.data:
        frames.append(read_frame(reader))
    return frames


def write_frame(frame: dict) -> bytes:
    kind = frame["type"]
    if kind in ("ping", "pad"):
        return b"\1" if kind == "ping" else b"\0"
    if kind == "ack":
        ranges = frame["ranges"]
        numbers = [ranges[0][1], round(frame["delayMs"] / 0.125), len(ranges) - 1, ranges[0][1] - ranges[0][0]]
        for before, (first, last) in zip(ranges, ranges[1:]):
            numbers += [before[0] - 2 - last, last - first]
        return b"\2" + b"".join(map(varint, numbers))
    if kind in ("pathChallenge", "pathResponse"):
        return (b"\x09" if kind == "pathChallenge" else b"\x0a") + bytes.fromhex(frame["token"])
    if kind == "close":
        text = frame["text"].encode()
        return b"\x0b" + varint(frame["code"]) + varint(len(text)) + text
    layout = {
        "stream": (4 if frame.get("isLast") else 3, ("id", "offset")),
        "reset": (5, ("id", "code", "finalSize")),
        "maxData": (6, ("maximum",)),
        "maxStream": (7, ("id", "maximum")),
        "dgram": (8, ()),
    }
    number, fields = layout[kind]
    data = bytes.fromhex(frame["bytes"]) if "bytes" in frame else None
    head = bytes([number]) + b"".join(varint(frame[field]) for field in fields)
    return head if data is None else head + varint(len(data)) + data
