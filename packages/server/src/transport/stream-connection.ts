import type { Socket } from "node:net";
import type { StreamConnection } from "@palaver/plugin-api";
import { plainAddress } from "./transport.ts";

/** A socket as a plugin gets it: nothing piles up, since both directions wait for each other. */
export function createStreamConnection(socket: Socket): StreamConnection {
  const state = { isOver: false };
  let wakeReader = () => {};
  let wakeWriter = () => {};
  const over = () => {
    state.isOver = true;
    wakeReader();
    wakeWriter();
  };
  socket.on("readable", () => wakeReader());
  socket.on("drain", () => wakeWriter());
  socket.on("end", () => wakeReader());
  socket.on("close", over);

  const read = async function* (): AsyncGenerator<Uint8Array> {
    while (!state.isOver) {
      const bytes = socket.read() as Buffer | null;
      if (bytes) yield bytes;
      else if (socket.readableEnded) return;
      else await new Promise<void>((resolve) => (wakeReader = resolve));
    }
  };
  return {
    address: plainAddress(socket.remoteAddress ?? ""),
    input: read(),
    async write(bytes) {
      if (!socket.writable || socket.write(bytes) || state.isOver) return;
      await new Promise<void>((resolve) => (wakeWriter = resolve));
    },
    close: over,
  };
}
