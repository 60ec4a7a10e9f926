import { createRecordSplitter, encodeFrameRecord, release } from "@palaver/protocol";
import { connect, type Socket } from "node:net";
import type { Carrier, CarrierEvents } from "./carrier.ts";

/** Frames that a stalled connection keeps; later ones are dropped and the session core sends them again. */
const MAX_WAITING_BYTES = 1 << 20;

/** Connects to `host`; rejects when that fails or `signal` aborts. */
export function connectTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host, port, noDelay: true });
  const abort = () => socket.destroy(new Error("given up"));
  signal.addEventListener("abort", abort, { once: true });
  socket.once("error", reject);
  socket.once("connect", () => {
    signal.removeEventListener("abort", abort);
    socket.off("error", reject);
    resolve(socket);
  });
  if (signal.aborted) abort();
  return promise;
}

/** Carries frames over a connection, each with its length before it. */
export function carryOverTcp(socket: Socket, events: CarrierEvents): Carrier {
  const splitter = createRecordSplitter();
  let isClosed = false;

  function gone(reason: string): void {
    if (isClosed) return;
    isClosed = true;
    socket.destroy();
    events.onGone(reason);
  }

  socket.on("data", (chunk: Buffer) => {
    splitter.push(chunk);
    for (let record = splitter.next(); record; record = splitter.next()) {
      if (record.dialect === "frame" && !isClosed) events.onFrame(record.bytes);
    }
  });
  socket.on("error", (error) => gone(error.message));
  socket.on("close", () => gone("the hub closed the TCP connection"));

  return {
    kind: "tcp",
    send(frame) {
      if (isClosed || socket.writableLength >= MAX_WAITING_BYTES) return;
      const record = encodeFrameRecord(frame);
      release(frame);
      socket.write(record, () => release(record));
    },
    close() {
      isClosed = true;
      // Lets out what was written; a connection that does not take it is cut by the system.
      socket.destroySoon();
    },
  };
}
