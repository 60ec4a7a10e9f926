import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { HttpAddress } from "../config/http-address.ts";
import { isAllowedHost } from "./allowed-host.ts";

/** What a path answers with. */
export type Answer = (response: ServerResponse) => Promise<void> | void;

// A scraper, a probe and a few browsers. Of these connections 16 at most listen to events, and 32 have asked for nothing
// yet: what is left is answered within milliseconds, so that there is always room for a scraper.
const maxConnections = 64;
const maxSilent = 32;
const headersTimeoutMs = 5000;
const requestTimeoutMs = 10_000;
// Also of those that do not read what they asked for. Events are sent more often.
const idleTimeoutMs = 10_000;
const maxHeaderBytes = 8192;

const headers = {
  // Nothing but our own two files, nobody's frame.
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
  // Who asks again and again would hold a connection for ever.
  Connection: "close",
};

/**
 * Serves a table of paths to GET and HEAD.
 * @throws {NodeJS.ErrnoException} when it cannot be bound.
 */
export async function openHttpServer(
  address: HttpAddress,
  answers: ReadonlyMap<string, Answer>,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const silent = createSilentSockets();
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      silent.delete(request.socket);
      void answer(request, response, address.host, answers);
    },
  );
  server.maxConnections = maxConnections;
  server.setTimeout(idleTimeoutMs);
  server.on("connection", silent.add);
  server.listen(address.port, address.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => close(server),
  };
}

/** Connections that have asked for nothing yet; when there are too many, the oldest gives way. */
function createSilentSockets() {
  const sockets = new Set<Socket>();
  return {
    add(socket: Socket): void {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      if (sockets.size <= maxSilent) return;
      const [oldest] = sockets;
      sockets.delete(oldest!);
      oldest!.destroy();
    },
    delete: (socket: Socket) => sockets.delete(socket),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  ownHost: string,
  answers: ReadonlyMap<string, Answer>,
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // Nothing here has a body to read.
  request.resume();
  const [path = ""] = (request.url ?? "").split("?");
  const found = answers.get(path);
  if (!isAllowedHost(request.headers.host, ownHost)) {
    return say(response, 421, "This is not the host's name; ask by address, or by the name in `metrics`.");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return say(response, 405, "Only GET and HEAD.");
  }
  if (!found) return say(response, 404, `There is ${[...answers.keys()].join(", ")}.`);
  try {
    await found(response);
  } catch {
    // What failed is in the log of whoever failed; a reader of figures can't mend it.
    if (response.headersSent) response.destroy();
    else say(response, 500, "The figures could not be read.");
  }
}

/** One line of plain text. */
export function say(response: ServerResponse, status: number, line: string): void {
  response.statusCode = status;
  send(response, "text/plain; charset=utf-8", `${line}\n`);
}

export function send(response: ServerResponse, contentType: string, body: string): void {
  response.setHeader("Content-Type", contentType);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body);
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
