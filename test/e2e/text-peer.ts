import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { until } from "./until.ts";

/** A client of our own that speaks text through a real socket. */
export interface TextPeer extends AsyncDisposable {
  /** What came, a datagram or a line of TCP each, with its line end. */
  readonly received: readonly string[];
  readonly port: number;
  send(text: string | Uint8Array): void;
  /** Sends, and waits for the next that comes. */
  ask(text: string | Uint8Array): Promise<string>;
  /** Waits for something that came, from the beginning. */
  sees(pattern: RegExp | string): Promise<string>;
}

export async function openUdpPeer(port: number, host = "127.0.0.1"): Promise<TextPeer> {
  const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", recvBufferSize: 1 << 22 });
  const received: string[] = [];
  socket.on("message", (bytes) => received.push(bytes.toString()));
  socket.bind(0, host.includes(":") ? "::1" : "127.0.0.1");
  await once(socket, "listening");
  const send = (text: string | Uint8Array) => socket.send(text, port, host);
  return {
    received,
    port: socket.address().port,
    send,
    ...createReader(received, send),
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

export interface TcpPeer extends TextPeer {
  readonly isClosed: boolean;
  /** Says that nothing more will be sent, and goes on reading. */
  end(): void;
  /** Stops or goes on reading. */
  pause(): void;
  resume(): void;
}

export async function openTcpPeer(port: number, host = "127.0.0.1"): Promise<TcpPeer> {
  const socket = connect(port, host);
  await once(socket, "connect");
  const received: string[] = [];
  let rest = "";
  let isClosed = false;
  socket.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split(/(?<=\n)/);
    rest = lines.at(-1)?.endsWith("\n") === true ? "" : (lines.pop() ?? "");
    received.push(...lines);
  });
  socket.on("error", () => {});
  socket.on("close", () => (isClosed = true));
  const send = (text: string | Uint8Array) => void socket.write(text);
  return {
    received,
    port: socket.localPort ?? 0,
    get isClosed() {
      return isClosed;
    },
    send,
    end: () => void socket.end(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    ...createReader(received, send),
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      socket.destroy();
      await once(socket, "close");
    },
  };
}

function createReader(received: readonly string[], send: TextPeer["send"]): Pick<TextPeer, "ask" | "sees"> {
  const detail = () => `received: ${JSON.stringify(received)}`;
  return {
    ask(text) {
      const before = received.length;
      send(text);
      return until(`an answer to ${JSON.stringify(String(text))}`, () => received[before], { detail });
    },
    sees(pattern) {
      const matches = (line: string) =>
        typeof pattern === "string" ? line.includes(pattern) : pattern.test(line);
      return until(String(pattern), () => received.find(matches), { detail });
    },
  };
}
