import { createRecordSplitter, isData, type StreamRecord } from "@palaver/protocol";
import type { Standing } from "./memory/shedding.ts";
import { patience, type Occupant } from "./peers/crowding.ts";
import type { TextConnection } from "./peers/text-connection.ts";
import type { TextPeers } from "./peers/text-peers.ts";
import type { Carriers } from "./sessions/carriers.ts";
import type { Connection, ConnectionHandler } from "./transport/tcp.ts";
import type { Transport } from "./transport/transport.ts";
import type { Turns } from "./transport/turns.ts";

export interface ConnectionParts {
  readonly textPeers: TextPeers;
  receiveFrame(frame: Uint8Array, address: string): void;
  readonly carriers: Carriers;
  readonly turns: Turns;
  /** Connections of no text peer: those that said nothing yet, and those that carry frames. */
  readonly strangers: Set<Occupant>;
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
  { textPeers, receiveFrame, carriers, turns, strangers, refusal }: ConnectionParts,
): ConnectionHandler {
  const splitter = createRecordSplitter();
  const chunks: Uint8Array[] = [];
  /** Waits until it may be taken; a connection that asks faster than it is answered waits with it. */
  let record: StreamRecord | undefined;
  let isBusy = false;
  let hasEnded = false;
  let isFinished = false;
  const refuse = (reason: string) => {
    strangers.delete(stranger);
    connection.send(Buffer.from(`* ${reason}\n`));
    connection.endSoon();
  };
  const stranger = {
    standing: "unconfirmed" as Standing,
    patienceMs: patience.silent as number,
    heardAtMs: performance.now(),
    shed: refuse,
  };
  strangers.add(stranger);
  const carried = {
    remote: connection.remote,
    /** Anybody can send frames; a session's packets go only to where its client was heard. */
    sendFrame(frame: Uint8Array) {
      if (isData(frame)) {
        stranger.standing = "idle";
        stranger.patienceMs = patience.quiet;
        stranger.heardAtMs = performance.now();
      }
      connection.sendFrame(frame);
    },
  };
  let text: TextConnection | undefined;
  let address: string | undefined;

  const proceed = () => turns.add(step);
  const textOf = () => (text ??= textPeers.connect(connection, transport, proceed));
  /** What is left of a line is a line, and then the answers are waited for. */
  const finish = (): boolean => {
    if (!isFinished) {
      isFinished = true;
      splitter.end();
      return true;
    }
    if (text) text.ended();
    else connection.end();
    return false;
  };
  const step = (): boolean => {
    if (!connection.mayRead) return false;
    record ??= splitter.next();
    if (!record) {
      const chunk = chunks.shift();
      if (chunk) {
        splitter.push(chunk);
        return true;
      }
      isBusy = false;
      connection.resume();
      return hasEnded && finish();
    }
    if (record.dialect === "frame") {
      stranger.patienceMs = Math.max(stranger.patienceMs, patience.greeting);
      address ??= carriers.add(carried);
      receiveFrame(record.bytes, address);
    } else {
      strangers.delete(stranger);
      const refused = text ? undefined : refusal();
      if (refused !== undefined) {
        refuse(refused);
        return false;
      }
      if (!textOf().mayAsk()) return false;
      textOf().receive(record.bytes);
    }
    record = undefined;
    return true;
  };
  return {
    receive(bytes) {
      // The first chunk does not stop the reading: what comes behind it may be that the other side is gone.
      if (isBusy) connection.pause();
      isBusy = true;
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
      strangers.delete(stranger);
      if (address !== undefined) carriers.remove(address);
      text?.closed();
    },
  };
}
