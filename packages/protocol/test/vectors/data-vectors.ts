import { rekey, seal } from "../../src/session/aead.ts";
import { FrameWriter } from "../../src/session/frame.ts";
import { MAX_PAYLOAD_BYTES } from "../../src/session/limits.ts";
import { encodeControl } from "../../src/messages/control.ts";
import { HANDSHAKE } from "./handshake-inputs.ts";
import { computeHandshake } from "./handshake-vectors.ts";
import { hex, utf8 } from "./vector-bytes.ts";

type Write = (writer: FrameWriter) => void;

interface Sending {
  readonly name: string;
  readonly packetNumber: number;
  /** How often the key was changed before. The phase bit is its lowest bit. */
  readonly generation: number;
  readonly write: Write;
}

const controlBytes = encodeControl({ type: "hello", version: 1, client: "vectors", nick: "anna" });

/** Writes some of the control stream, so that a receiver can show that it got them all in order. */
const control =
  (from: number, to: number): Write =>
  (writer) =>
    writer.stream(0, from, to - from, false).set(controlBytes.subarray(from, to));

const fromClient: readonly Sending[] = [
  {
    name: "PING alone: the smallest packet",
    packetNumber: 0,
    generation: 0,
    write: (writer) => writer.ping(),
  },
  { name: "the start of the control stream", packetNumber: 1, generation: 0, write: control(0, 10) },
  { name: "the first packet of the next key", packetNumber: 6, generation: 1, write: control(10, 20) },
  { name: "a late packet of the key before", packetNumber: 4, generation: 0, write: control(20, 30) },
  { name: "the third key: the phase bit is 0 again", packetNumber: 9, generation: 2, write: control(30, controlBytes.length) }, // prettier-ignore
  { name: "a late packet of the second key", packetNumber: 8, generation: 1, write: (writer) => writer.dgram(utf8("late")) }, // prettier-ignore
  { name: "a number beyond 32 bits", packetNumber: 2 ** 40 + 3, generation: 2, write: (writer) => writer.dgram(utf8("far")) }, // prettier-ignore
];

const fromServer: readonly Sending[] = [
  { name: "MAX_DATA", packetNumber: 0, generation: 0, write: (writer) => writer.maxData(2 ** 21) },
  { name: "a full packet, on a room stream of the server", packetNumber: 1, generation: 0, write: (writer) => writer.stream(5, 0, MAX_PAYLOAD_BYTES - 5, false).fill(0x2e) }, // prettier-ignore
  { name: "the first packet of the next key", packetNumber: 2, generation: 1, write: (writer) => writer.dgram(utf8("next")) }, // prettier-ignore
];

function sealed(key: Uint8Array, cid: Uint8Array, { packetNumber, generation, write }: Sending) {
  let current = key;
  for (let i = 0; i < generation; i++) current = rekey(current);
  const writer = new FrameWriter(new Uint8Array(MAX_PAYLOAD_BYTES));
  write(writer);
  const payload = writer.written();
  const header = Buffer.concat([Uint8Array.of(0xf9, 0x10 + (generation & 1)), cid, Buffer.alloc(6)]);
  header.writeUIntBE(packetNumber, 10, 6);
  return {
    key: hex(current),
    payload: hex(payload),
    packet: hex(Buffer.concat([header, seal(current, packetNumber, header, payload)])),
  };
}

const direction = (sendings: readonly Sending[], key: Uint8Array, cid: Uint8Array) =>
  sendings.map((sending) => {
    const { name, packetNumber, generation } = sending;
    return { name, packetNumber, generation, ...sealed(key, cid, sending) };
  });

/** The first packet with one bit flipped, in each of its parts. */
function forgeries(packet: string) {
  const parts: readonly (readonly [string, number])[] = [
    ["key phase", 1],
    ["connection id", 9],
    ["packet number", 15],
    ["ciphertext", 16],
    ["tag", 32],
  ];
  return parts.map(([name, at]) => {
    const bytes = Buffer.from(packet, "hex");
    bytes[at] = (bytes[at] as number) ^ 1;
    return { name: `a flipped bit in the ${name}`, packet: hex(bytes) };
  });
}

/** DATA packets under the keys of handshake.json, in the order in which the receiver gets them. */
export function dataVectors() {
  const { clientToServerKey, serverToClientKey } = computeHandshake().noise;
  const client = direction(fromClient, clientToServerKey, HANDSHAKE.serverCid);
  return {
    about:
      "DATA packets after handshake.json, in the order of their arrival (docs/protocol.md, DATA and Key phases). " +
      "`generation` counts the key changes before. No forgery opens under any key.",
    fromClient: client,
    fromServer: direction(fromServer, serverToClientKey, HANDSHAKE.clientCid),
    forgeries: forgeries(client[0]?.packet ?? ""),
    controlStream: hex(controlBytes),
  };
}
