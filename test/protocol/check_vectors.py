"""Checks every test vector against the decoder: `python3 check_vectors.py [FOLDER]`.

Prints one line a file: how much was checked, or the first difference; exits with 1 when there is one.
"""

import json
import sys
from pathlib import Path

import decoder
import messages
from decoder import WireError
from primitives import aead_open, aead_seal, x25519, x25519_public

OWN = Path(__file__).resolve().parents[2] / "packages/protocol/test-vectors"
VECTORS = Path(sys.argv[1]) if len(sys.argv) > 1 else OWN
unhex = bytes.fromhex
checks = 0


class Difference(Exception):
    pass


def same(what: str, got, wanted) -> None:
    global checks
    checks += 1
    if got != wanted:
        raise Difference(f"{what}: this decoder says {got}, but the vector says {wanted}")


def refused(what: str, error: str, read, *arguments) -> None:
    try:
        got = read(*arguments)
    except WireError as caught:
        got = caught.args[0]
    same(what, got, error)


def check_classify(file):
    for case in file["cases"]:
        same(case["name"], decoder.dialect(unhex(case["datagram"])), case["dialect"])


def check_text(file):
    for case in file["datagrams"]:
        wanted = {key: case[key] for key in ("text", "refused") if key in case}
        same(case["name"], decoder.decode_text(unhex(case["datagram"])), wanted)
    for case in file["connections"]:
        same(case["name"], decoder.tcp_records(unhex("".join(case["chunks"]))), case["records"])


def check_varints(file):
    for case in file["cases"]:
        same("written varint", decoder.varint(case["value"]).hex(), case["bytes"])
    for case in file["cases"] + file["readOnly"]:
        same("read varint", decoder.Reader(unhex(case["bytes"])).varint(), case["value"])
    for case in file["malformed"]:
        refused(case["name"], case["error"], decoder.Reader(unhex(case["bytes"])).varint)


def check_packets(file):
    read = {
        "hello": decoder.read_hello,
        "retry": decoder.read_retry,
        "init": decoder.read_init,
        "accept": decoder.read_accept,
    }
    for kind, parse in read.items():
        for case in file[kind]:
            same(f"{kind}: {case['name']}", parse(unhex(case["packet"])), case["fields"])
    for case in file["data"]:
        same(case["name"], decoder.read_data_header(unhex(case["packet"])), case.get("header"))
    for case in file["malformed"]:
        refused(f"{case['type']}: {case['name']}", case["error"], read[case["type"]], unhex(case["packet"]))


def check_frames(file):
    for case in file["cases"] + file["readOnly"]:
        same(case["name"], decoder.read_frames(unhex(case["payload"])), case["frames"])
    for case in file["cases"]:
        same(f"written {case['name']}", b"".join(map(decoder.write_frame, case["frames"])).hex(), case["payload"])
    for case in file["malformed"]:
        refused(case["name"], case["error"], decoder.read_frames, unhex(case["payload"]))


def check_cookies(file):
    inputs = file["inputs"]
    secret, nonce = unhex(inputs["cookieSecret"]), unhex(inputs["nonce"])
    for case in file["cookies"]:
        arguments = unhex(case["addressBytes"]), unhex(case["nonce"]), case["versions"], case["timeMs"]
        wanted = {key: case[key] for key in ("epoch", "timeS", "cookie")}
        same(f"cookie: {case['name']}", decoder.cookie(secret, *arguments), wanted)
    address = bytes([198, 51, 100, 7]) + (40000).to_bytes(2, "big")
    baked = decoder.cookie(secret, address, nonce, inputs["versions"], inputs["timeMs"])
    retry = decoder.read_retry(unhex(file["packets"]["retry"]))["fields"]
    same("cookie of the RETRY", baked, {key: retry[key] for key in baked})
    for case in file["cookieLifetime"]:
        now = inputs["timeMs"] + case["ageMs"]
        holds = decoder.cookie_holds(baked, secret, address, nonce, inputs["versions"], now)
        same(f"cookie after {case['ageMs']} ms", holds, case["isHonoured"])


def check_handshake(file):
    check_cookies(file)
    noise, inputs = file["noise"], file["inputs"]
    client, server = unhex(inputs["clientPrivate"]), unhex(inputs["serverPrivate"])
    ephemerals = unhex(inputs["clientEphemeralPrivate"]), unhex(inputs["serverEphemeralPrivate"])
    same("client key", x25519_public(client).hex(), inputs["clientPublic"])
    same("server key", x25519_public(server).hex(), inputs["serverPublic"])
    pairs = {"es": (ephemerals[0], server), "ss": (client, server), "ee": ephemerals, "se": (client, ephemerals[1])}
    for name, (one, other) in pairs.items():
        same(name, x25519(one, x25519_public(other)).hex(), noise["dh"][name])

    init = decoder.read_init(unhex(file["packets"]["init"]))
    accept = decoder.read_accept(unhex(file["packets"]["accept"]))
    hello = decoder.read_hello(unhex(file["packets"]["hello"]))
    same("HELLO in INIT", init["hello"], hello)
    same("RETRY in INIT", init["retry"], decoder.read_retry(unhex(file["packets"]["retry"]))["fields"])
    same("prologue", init["prologue"], noise["prologue"])
    same("CID in ACCEPT", accept["clientCid"], init["clientCid"])

    prologue, payload1, payload2 = (unhex(noise[name]) for name in ("prologue", "payload1", "payload2"))
    message1, _ = decoder.initiate(client, unhex(inputs["serverPublic"]), prologue, ephemerals[0], payload1)
    same("message 1", message1.hex(), init["message1"])
    answer = decoder.respond(server, prologue, message1, ephemerals[1], payload2)
    same("the client's key and payload", [part.hex() for part in answer[:2]], [inputs["clientPublic"], noise["payload1"]])
    same("message 2", answer[2].hex(), accept["message2"])
    same("handshake hash", answer[3].h.hex(), noise["handshakeHash"])
    wanted = [noise["clientToServerKey"], noise["serverToClientKey"]]
    same("keys", [key.hex() for key in answer[3].split()], wanted)

    reader = decoder.Reader(payload2)
    same("server CID", reader.take(8).hex(), inputs["serverCid"])
    same("server limits", decoder.read_limits(reader), inputs["serverLimits"])
    same("client limits", decoder.read_limits(decoder.Reader(payload1)), inputs["clientLimits"])


def check_data(file):
    noise = json.loads((VECTORS / "handshake.json").read_text())["noise"]
    for direction, name in (("fromClient", "clientToServerKey"), ("fromServer", "serverToClientKey")):
        key = unhex(noise[name])
        opener = decoder.DataOpener(key)
        if direction == "fromClient":
            for case in file["forgeries"]:
                same(case["name"], opener.open(unhex(case["packet"])), None)
        stream = {}
        for case in file[direction]:
            current = key
            for _ in range(case["generation"]):
                current = decoder.rekey(current)
            same(f"key of {case['name']}", current.hex(), case["key"])
            packet = unhex(case["packet"])
            header = packet[:16]
            sealed = aead_seal(current, decoder.nonce_of(case["packetNumber"]), header, unhex(case["payload"]))
            same(f"sealed {case['name']}", (header + sealed).hex(), case["packet"])
            payload = opener.open(packet)
            same(case["name"], payload and payload.hex(), case["payload"])
            same(f"{case['name']}, again", opener.open(packet), None)
            for frame in decoder.read_frames(payload):
                if frame["type"] == "stream" and frame["id"] == 0:
                    stream[frame["offset"]] = frame["bytes"]
        if stream:
            same("control stream", "".join(stream[offset] for offset in sorted(stream)), file["controlStream"])


def check_replay_window(file):
    for sequence in file["sequences"]:
        window = decoder.ReplayWindow()
        for first, last, accepted in sequence["runs"]:
            step = 1 if first <= last else -1
            for number in range(first, last + step, step):
                same(f"{sequence['name']}: {number}", window.is_new(number), accepted)
                if accepted:
                    window.mark(number)


def check_messages(file):
    def read(case):
        record = messages.split_records(unhex(case["record"]))
        return [messages.READERS[case["stream"]](*one) for one in record]

    for case in file["cases"] + file["readOnly"]:
        same(f"record {case['record'][:40]}", read(case), [case["message"]])
    for case in file["ignored"]:
        same(case["name"], read(case), [None])
    for case in file["malformed"]:
        refused(case["name"], case["error"], read, case)


def check_noise(file):
    static, ephemeral = unhex(file["initStatic"]), unhex(file["initEphemeral"])
    respond_static, prologue = unhex(file["respStatic"]), unhex(file["prologue"])
    payloads = [unhex(message["payload"]) for message in file["messages"]]
    message1, _ = decoder.initiate(static, unhex(file["respStaticPublic"]), prologue, ephemeral, payloads[0])
    respond_ephemeral = unhex(file["respEphemeral"])
    _, _, message2, noise = decoder.respond(respond_static, prologue, message1, respond_ephemeral, payloads[1])
    keys = noise.split()
    made = [message1, message2]
    for index, payload in enumerate(payloads[2:]):
        sealed = aead_seal(keys[index % 2], decoder.nonce_of(index // 2), b"", payload)
        same("opened again", aead_open(keys[index % 2], decoder.nonce_of(index // 2), b"", sealed), payload)
        made.append(sealed)
    same("published messages", [one.hex() for one in made], [message["ciphertext"] for message in file["messages"]])
    same("published handshake hash", noise.h.hex(), file["handshakeHash"])

    # The same chain of keys from the outputs of Diffie-Hellman alone.
    chain = decoder.Noise(prologue, unhex(file["respStaticPublic"]))
    for name in ("es", "ss", "ee", "se"):
        chain.mix_key(unhex(file["dh"][name]))
    wanted = [file["keys"]["initiatorToResponder"], file["keys"]["responderToInitiator"]]
    same("keys", [key.hex() for key in chain.split()], wanted)


FILES = {
    "classify": check_classify,
    "data": check_data,
    "frames": check_frames,
    "handshake": check_handshake,
    "messages": check_messages,
    "noise": check_noise,
    "packets": check_packets,
    "replay-window": check_replay_window,
    "text": check_text,
    "varints": check_varints,
}


def main() -> int:
    global checks
    found = sorted(path.stem for path in VECTORS.glob("*.json"))
    if found != sorted(FILES):
        sys.exit(f"the files are {found}, not {sorted(FILES)}")
    different = 0
    for name in found:
        checks = 0
        try:
            FILES[name](json.loads((VECTORS / f"{name}.json").read_text()))
            print(f"{name}: {checks} checks")
        except Difference as difference:
            different = 1
            print(f"{name}: DIFFERS in {difference}")
    return different


if __name__ == "__main__":
    sys.exit(main())
