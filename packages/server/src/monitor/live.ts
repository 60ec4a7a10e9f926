import type { ServerResponse } from "node:http";
import { say } from "./server.ts";

const maxListeners = 16;
const everyMs = 2000;
// Some 20 events; who does not read them is put out.
const maxUnreadBytes = 64 * 1024;

/** Server-sent events: the same to everybody who listens, for as long as somebody does. */
export interface Live extends Disposable {
  /** Answers a request with events until it ends. 503 beyond 16 listeners. */
  join(response: ServerResponse): void;
}

/** @param read the data of the next event; undefined sends none. */
export function createLive(read: () => Promise<string | undefined>): Live {
  const listeners = new Set<ServerResponse>();
  let timer: NodeJS.Timeout | undefined;
  const tick = async () => {
    const data = await read().catch(() => undefined);
    if (data === undefined) return;
    for (const response of listeners) {
      if (response.writableLength > maxUnreadBytes) response.destroy();
      else response.write(`data: ${data}\n\n`);
    }
  };
  return {
    join(response) {
      if (listeners.size >= maxListeners) {
        response.setHeader("Retry-After", "30");
        return say(response, 503, `${maxListeners} pages are open already.`);
      }
      response.setHeader("Content-Type", "text/event-stream");
      if (response.req.method === "HEAD") return void response.end();
      // The first event comes at once; a browser that lost us comes back after 3 s.
      response.write("retry: 3000\n\n");
      listeners.add(response);
      timer ??= setInterval(() => void tick(), everyMs);
      response.on("close", () => {
        listeners.delete(response);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
      void tick();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const response of listeners) response.end();
    },
  };
}
