"""Records on streams, read after docs/protocol.md ("Messages")."""

import json

from decoder import ERRORS, Reader, need

KINDS = ("say", "action", "notice")
ACTIONS = ("unknown", "reply", "edit", "delete", "react", "unreact")


def utf8(data: bytes, limit: int) -> str:
    need(len(data) <= limit, "TOO_LARGE")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        need(False)


def text(limit):
    def check(value):
        need(isinstance(value, str))
        need(len(value.encode()) <= limit, "TOO_LARGE")
        return value

    return check


def number(value):
    need(isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53)
    return value


def one_of(*words):
    def check(value):
        need(value in words)
        return value

    return check


def many(field, limit):
    def check(value):
        need(isinstance(value, list))
        need(len(value) <= limit, "TOO_LARGE")
        return [field(one) for one in value]

    return check


def fields(**checks):
    """An object; a name that ends in `_` may be missing, and so may its `null`."""

    def check(value):
        need(isinstance(value, dict))
        result = {}
        for name, field in checks.items():
            given = value.get(name.rstrip("_"))
            if given is not None or not name.endswith("_"):
                result[name.rstrip("_")] = field(given)
        return result

    return check


STATE = one_of("online", "away", "offline")
ERROR = one_of(*ERRORS)
COMMAND = fields(name=text(64), usage=text(256), summary=text(256))
MEMBER = fields(nick=text(64), state=STATE)
CONTROL = {
    0x01: ("hello", fields(version=number, client=text(64), nick_=text(64))),
    0x02: (
        "welcome",
        fields(version=number, hub=text(64), nick=text(64), roles=many(text(32), 32), commands=many(COMMAND, 256)),
    ),
    0x03: ("join", fields(room=text(64), since_=number)),
    0x04: ("joined", fields(room=text(64), stream=number, seq=number, members=many(MEMBER, 1000))),
    0x05: ("part", fields(room=text(64))),
    0x06: ("nick", fields(nick=text(64))),
    0x07: ("presence", fields(user=text(64), state=STATE, room_=text(64), nick_=text(64))),
    0x08: ("notice", fields(text=text(1024), room_=text(64))),
    0x09: ("error", fields(code=ERROR, message=text(1024), about_=text(32), room_=text(64))),
}
ABOUT = fields(
    seq=number,
    replyTo_=number,
    to_=text(64),
    mentions_=many(text(64), 16),
    editedAtMs_=number,
    deletedAtMs_=number,
)
END = fields(status_=number, code_=ERROR, message_=text(1024))


def parse_json(body: bytes):
    try:
        return json.loads(utf8(body, 65536))
    except ValueError:
        need(False)


def split_records(stream: bytes) -> list:
    """All whole records of a stream, as pairs of type and body."""
    reader, records = Reader(stream), []
    while reader.data:
        need(reader.data[0] >> 6 != 3, "TOO_LARGE")
        length = reader.varint()
        need(length <= 65536, "TOO_LARGE")
        need(length > 0)
        if length > len(reader.data):
            break
        record = reader.take(length)
        records.append((record[0], record[1:]))
    return records


def read_control(kind: int, body: bytes):
    if kind not in CONTROL:
        return None
    name, check = CONTROL[kind]
    return {"type": name, **check(parse_json(body))}


def read_request(kind: int, body: bytes):
    if kind == 0x20:
        reader = Reader(body)
        identity, length = reader.take(16).hex(), reader.number(1)
        need(length <= 64, "TOO_LARGE")
        command = utf8(reader.take(length), 64)
        words = utf8(reader.rest(), 8192).split("\0")
        need(words.pop() == "")
        return {"type": "request", "id": identity, "command": command, "argv": words}
    if kind in (0x21, 0x22, 0x26):
        need(len(body) <= 16384, "TOO_LARGE")
        return {"type": {0x21: "out", 0x22: "err", 0x26: "in"}[kind], "bytes": body.hex()}
    if kind == 0x23:
        return {"type": "text", "text": utf8(body, 4096)}
    if kind == 0x24:
        return {"type": "data", "data": parse_json(body)}
    if kind == 0x25:
        return {"type": "end", **END(parse_json(body))}
    return None


def read_room(kind: int, body: bytes):
    reader = Reader(body)
    if kind == 0x40:
        return {"type": "enter", "room": utf8(reader.rest(), 64)}
    if kind == 0x41:
        identity = reader.take(16).hex()
        return {"type": "say", "id": identity, "kind": kind_of(reader.varint()), "text": utf8(reader.rest(), 4096)}
    if kind == 0x42:
        return {"type": "stored", "id": reader.take(16).hex(), "seq": reader.varint()}
    if kind == 0x43:
        seq, at, said, length = (reader.varint() for _ in range(4))
        need(length <= 64, "TOO_LARGE")
        name = utf8(reader.take(length), 64)
        words = utf8(reader.rest(), 4096)
        return {"type": "message", "seq": seq, "atMs": at, "kind": kind_of(said), "from": name, "text": words}
    if kind == 0x44:
        return {"type": "refused", "id": reader.take(16).hex(), "text": utf8(reader.rest(), 4096)}
    if kind == 0x45:
        identity, action, target = reader.take(16).hex(), action_of(reader.varint()), reader.varint()
        return {"type": "act", "id": identity, "action": action, "target": target, "text": utf8(reader.rest(), 4096)}
    if kind == 0x46:
        seq, at, done, target, length = (reader.varint() for _ in range(5))
        need(length <= 64, "TOO_LARGE")
        name = utf8(reader.take(length), 64)
        words = utf8(reader.rest(), 4096)
        change = {"seq": seq, "atMs": at, "action": action_of(done), "target": target, "from": name, "text": words}
        return {"type": "change", **change}
    if kind == 0x47:
        return {"type": "about", **ABOUT(parse_json(body))}
    if kind == 0x48:
        return {"type": "typing", "from": utf8(body, 64)}
    return None


def action_of(value: int) -> str:
    return ACTIONS[value] if value < len(ACTIONS) else "unknown"


def kind_of(value: int) -> str:
    return KINDS[value] if value < len(KINDS) else "say"


READERS = {"control": read_control, "request": read_request, "room": read_room}
