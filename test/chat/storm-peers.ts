import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { randomBytes } from "node:crypto";
import { encodeRoomStream } from "../../packages/protocol/src/messages/index.ts";
import { connectSession, type SessionClient } from "../../packages/server/test/sessions/session-client.ts";

export const room = "storm";

/** One life of one peer in the room: from coming in until it leaves, is put out, or crashes. */
export interface StormPeer {
  readonly nick: string;
  /** What it heard in the room since it came in, in order; sessions have the numbers, and what was changed. */
  log(): readonly string[];
  /** Resolves when the hub has it: stored, or for text peers when the room sent it back. */
  say(text: string): Promise<void>;
  /** Changes the last thing it said; text peers cannot. */
  edit?(text: string): Promise<void>;
  /** Comes in again after it was put out; the log starts anew. */
  rejoin(): Promise<void>;
  leave(): Promise<void>;
  /** Gone without a word. */
  crash(): void;
}

export interface SessionStormPeer extends StormPeer {
  readonly client: SessionClient;
  /** The texts as they were said, before any of them was edited. */
  said(): readonly string[];
}

export async function enterSession(port: number, nick: string): Promise<SessionStormPeer> {
  const client = await connectSession(port);
  let stream = 0;
  let lastSeq = 0;
  client.control({ type: "hello", version: 1, client: "storm", nick });
  const rejoin = async () => {
    client.control({ type: "join", room });
    let answer = await client.next("joined");
    while (answer.room !== room) answer = await client.next("joined");
    ({ stream } = answer);
  };
  await rejoin();
  return {
    nick,
    client,
    rejoin,
    log: () => readLog(client, stream),
    said: () =>
      client.heard.flatMap(({ message }) =>
        message.type === "message" && message.seq > 0 ? [message.text] : [],
      ),
    async say(text) {
      client.say(stream, text);
      lastSeq = (await client.next("stored", stream)).seq;
    },
    async edit(text) {
      if (lastSeq === 0) return;
      const act = { type: "act", id: randomBytes(16), action: "edit", target: lastSeq, text } as const;
      client.session.write(stream, encodeRoomStream(act));
      client.poll();
      await client.next("stored", stream);
    },
    async leave() {
      client.control({ type: "part", room });
      await client.next("part");
      await client[Symbol.asyncDispose]();
    },
    crash: () => client.vanish(),
  };
}

/** Each number with what stands there now: whoever comes in later gets an edited message in its last form. */
function readLog(client: SessionClient, stream: number): readonly string[] {
  const texts = new Map<number, string>();
  for (const item of client.heard) {
    if (item.on !== "room" || item.stream !== stream) continue;
    const { message } = item;
    if (message.type === "message" && message.seq > 0) texts.set(message.seq, message.text);
    if (message.type !== "change") continue;
    texts.set(message.seq, `${message.action} ${message.target}`);
    if (texts.has(message.target)) texts.set(message.target, message.text);
  }
  return Array.from(texts, ([seq, text]) => `${seq} ${text}`);
}

/** A peer that speaks text, over UDP or TCP. */
export async function enterText(port: number, nick: string, over: "udp" | "tcp"): Promise<StormPeer> {
  let heard: string[] = [];
  let rest = "";
  const waiting = new Set<() => void>();
  const onBytes = (bytes: Uint8Array) => {
    const lines = (rest + Buffer.from(bytes).toString()).split("\n");
    rest = lines.pop() ?? "";
    heard.push(...lines);
    for (const check of waiting) check();
  };
  const { send, end } = over === "udp" ? await openUdp(port, onBytes) : await openTcp(port, onBytes);
  const until = (fits: (line: string) => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!heard.some(fits)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const rejoin = async () => {
    heard = [];
    send(`/join ${room}`);
    await until((line) => line.startsWith(`You are in #${room}`));
    // The history in the answer is not what the room sends from now on.
    heard = heard.slice(1).filter((line) => line.startsWith(`[#${room}] `) && !line.includes("was put out"));
  };
  send(`online ${nick}`);
  await until((line) => line.startsWith(`You are online as ~${nick}`));
  await rejoin();
  const said = new RegExp(String.raw`^(?:\[#${room}\] )?~?\w+: (m\d+)$`);
  return {
    nick,
    rejoin,
    log: () => heard.flatMap((line) => said.exec(line)?.[1] ?? []),
    async say(text) {
      send(`#${room} ${text}`);
      await until((line) => line.endsWith(`~${nick}: ${text}`));
    },
    async leave() {
      send("offline");
      await until((line) => line === "You are offline.");
      end();
    },
    crash: end,
  };
}

interface Line {
  send(line: string): void;
  end(): void;
}

/** Whoever crashed is still there for the hub: its port is its name. */
const usedPorts = new Set<number>();

async function openUdp(port: number, onBytes: (bytes: Uint8Array) => void): Promise<Line> {
  const socket = createSocket("udp4");
  socket.on("message", onBytes);
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const own = socket.address().port;
  if (usedPorts.has(own)) {
    socket.close();
    return openUdp(port, onBytes);
  }
  usedPorts.add(own);
  return { send: (line: string) => socket.send(line, port, "127.0.0.1"), end: () => void socket.close() };
}

async function openTcp(port: number, onBytes: (bytes: Uint8Array) => void): Promise<Line> {
  const socket = connect(port, "127.0.0.1");
  socket.on("data", onBytes);
  socket.on("error", () => {});
  await once(socket, "connect");
  return { send: (line: string) => void socket.write(`${line}\n`), end: () => void socket.destroy() };
}
