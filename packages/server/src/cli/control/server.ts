import { renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { isListening } from "./client.ts";
import { pidFilePath, socketPath } from "./place.ts";
import { tryReadPid } from "./running-process.ts";
import { maxRequestBytes, tryParseRequest, type ControlReply, type ControlRequest } from "./protocol.ts";

const maxConnections = 16;
const idleMs = 10_000;

/** Pid file and control socket of a data directory; both go when it is disposed. */
export type Control = AsyncDisposable;

/**
 * Takes the data directory's pid file and control socket. What a killed hub left behind is replaced.
 * @returns undefined when another hub that lives has them.
 * @throws {NodeJS.ErrnoException} when they cannot be written.
 */
export async function tryTakeControl(
  dataDir: string,
  handle: (request: ControlRequest) => Promise<ControlReply>,
): Promise<Control | undefined> {
  const path = socketPath(dataDir);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    serve(socket, handle);
  });
  server.maxConnections = maxConnections;
  // The socket is the lock: two hubs cannot be bound to it.
  if (!(await tryListen(server, path))) {
    if (await isListening(path)) return undefined;
    if (process.platform !== "win32") rmSync(path, { force: true });
    if (!(await tryListen(server, path))) return undefined;
  }
  server.on("error", () => {});

  const pidFile = pidFilePath(dataDir);
  writeFileSync(`${pidFile}.${process.pid}`, `${process.pid}\n`, { mode: 0o600 });
  renameSync(`${pidFile}.${process.pid}`, pidFile);
  return {
    async [Symbol.asyncDispose]() {
      if (tryReadPid(dataDir) === process.pid) rmSync(pidFile, { force: true });
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

/** False when the address is in use. */
async function tryListen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error);
    server.once("error", failed);
    // The socket is made by this call; nobody else may open it, not even before a chmod.
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off("error", failed);
        resolve(true);
      });
    } finally {
      process.umask(mask);
    }
  });
}

function serve(socket: Socket, handle: (request: ControlRequest) => Promise<ControlReply>): void {
  let text = "";
  socket.setEncoding("utf8");
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on("error", () => {});
  socket.on("data", (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end === -1) {
      if (text.length > maxRequestBytes) socket.destroy();
      return;
    }
    socket.pause();
    // A reload may take longer than a silent client may.
    socket.setTimeout(0);
    void answer(text.slice(0, end), handle).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
  });
}

async function answer(
  line: string,
  handle: (request: ControlRequest) => Promise<ControlReply>,
): Promise<ControlReply> {
  const request = tryParseRequest(line);
  if (!request) return { ok: false, error: 'unknown request; send {"command":"status"}', exitCode: 2 };
  return handle(request);
}
