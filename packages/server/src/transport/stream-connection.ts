import type { Socket } from "node:net";
import type { StreamConnection } from "@palaver/plugin-api";
import { plainAddress } from "./transport.ts";

/** A socket as a plugin gets it: nothing piles up, since both directions wait for each other. */
export function createStreamConnection(socket: Socket): StreamConnection {
  return {
    address: plainAddress(socket.remoteAddress ?? ""),
    input: readSocket(socket),
    async write(bytes) {
      if (!socket.writable || socket.write(bytes)) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          socket.off("drain", done).off("close", done);
          resolve();
        };
        socket.on("drain", done).on("close", done);
      });
    },
    close: () => socket.destroy(),
  };
}

async function* readSocket(socket: Socket): AsyncGenerator<Uint8Array> {
  try {
    // What was written last still has to leave when the reader stops.
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch {
    // A connection that breaks off has ended.
  }
}
