import { createRecordSplitter, type StreamRecord } from "@palaver/protocol";
import type { Occupant } from "./peers/crowding.ts";
import type { TextConnection } from "./peers/text-connection.ts";
import type { TextPeers } from "./peers/text-peers.ts";
import type { Carriers } from "./sessions/carriers.ts";
import type { Connection, ConnectionHandler } from "./transport/tcp.ts";
import type { Transport } from "./transport/transport.ts";
import type { Turns } from "./transport/turns.ts";

// What is cut into records at once, beside the rest of a frame that has begun: the records of a whole chunk of short lines
// would take fifty times its memory.
const minSliceBytes = 1024;

export interface ConnectionParts {
  readonly textPeers: TextPeers;
  receiveFrame(frame: Uint8Array, address: string): void;
  readonly carriers: Carriers;
  readonly turns: Turns;
  /** Connections on which nothing was said yet. */
  readonly silent: Set<Occupant>;
  /** Why nobody new may come in now. */
  refusal(): string | undefined;
}

/**
 * Both dialects on one TCP connection: lines go to a text peer, frames to the sessions. A connection that asks faster
 * than it is answered is not read meanwhile: one chunk or two of what it sent wait here (64 KiB each), the rest with
 * the kernel and the sender.
 */
export function handleConnection(
  connection: Connection,
  transport: Transport,
  { textPeers, receiveFrame, carriers, turns, silent, refusal }: ConnectionParts,
): ConnectionHandler {
  const splitter = createRecordSplitter();
  const chunks: Uint8Array[] = [];
  let cutBytes = 0;
  let records: readonly StreamRecord[] = [];
  let taken = 0;
  let hasEnded = false;
  const refuse = (reason: string) => {
    connection.send(Buffer.from(`* ${reason}\n`));
    connection.endSoon();
  };
  const stranger: Occupant = {
    standing: "unconfirmed",
    hasSpoken: false,
    heardAtMs: performance.now(),
    shed: refuse,
  };
  silent.add(stranger);
  let text: TextConnection | undefined;
  let address: string | undefined;

  const proceed = () => turns.add(step);
  const cutNext = (): boolean => {
    const [chunk] = chunks;
    if (!chunk) return false;
    const sliceBytes = Math.max(minSliceBytes, splitter.missingBytes);
    records = splitter.push(chunk.subarray(cutBytes, cutBytes + sliceBytes));
    taken = 0;
    cutBytes += sliceBytes;
    if (cutBytes < chunk.length) return true;
    chunks.shift();
    cutBytes = 0;
    return true;
  };
  const textOf = () => (text ??= textPeers.connect(connection, transport, proceed));
  /** What is left of a line is a line, and then the answers are waited for. */
  const finish = (): boolean => {
    records = splitter.end();
    taken = 0;
    if (records.length > 0) return true;
    if (text) text.ended();
    else connection.end();
    return false;
  };
  const step = (): boolean => {
    if (!connection.mayRead) return false;
    const record = records[taken];
    if (!record) {
      if (cutNext()) return true;
      connection.resume();
      return hasEnded && finish();
    }
    silent.delete(stranger);
    if (record.dialect === "frame") {
      address ??= carriers.add(connection);
      receiveFrame(record.bytes, address);
    } else {
      const refused = text ? undefined : refusal();
      if (refused !== undefined) {
        refuse(refused);
        return false;
      }
      if (!textOf().mayAsk()) return false;
      textOf().receive(record.bytes);
    }
    taken++;
    return true;
  };
  return {
    receive(bytes) {
      // The first chunk does not stop the reading: what comes behind it may be that the other side is gone.
      if (chunks.length > 0 || taken < records.length) connection.pause();
      chunks.push(bytes);
      proceed();
    },
    drained: proceed,
    ended() {
      hasEnded = true;
      proceed();
    },
    closed() {
      turns.delete(step);
      silent.delete(stranger);
      if (address !== undefined) carriers.remove(address);
      text?.closed();
    },
  };
}
