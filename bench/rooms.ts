import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { readArguments, refuse } from "./arguments.ts";
import { startHubProcess } from "./hub-process.ts";
import { tryStartPeer, type PeerName } from "./peers.ts";
import {
  compileReference,
  cpuSeconds,
  referenceScript,
  startReference,
  type ReferenceServer,
} from "./reference.ts";

type Server = Pick<ReferenceServer, "port" | "child"> & AsyncDisposable;

/** A server with one room, and the protocol in which its peers are put there. */
export interface RoomServer {
  readonly name: string;
  readonly protocol: "text" | "session" | "irc" | "nats" | "mqtt" | "socketio";
  /** @returns undefined when it is not installed. */
  start(): Promise<Server | undefined>;
}

/** What everybody in the room got, and what that cost the server. */
export interface Delivered {
  readonly messages: number;
  readonly deliveries: number;
  readonly lost: number;
  readonly seconds: number;
  /** Of a delivery; 0 without a rate. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
}

export const textbook = "C++ sendmmsg loop";

// A new hub builds its dictionaries for ten seconds, on a processor that the round needs.
const noWords = "[plugins.dict]\necdict = false\ncedict = false\n";

const roomServers: readonly RoomServer[] = [
  { name: textbook, protocol: "text", start: () => startReference(compileReference("fan-out-loop")) },
  { name: "palaver, text", protocol: "text", start: () => startHubProcess(noWords) },
  {
    name: "palaver, sessions",
    protocol: "session",
    start: () => startHubProcess(`[limits]\nhandshakes_per_second = 100000\n${noWords}`),
  },
  peer("inspircd", "irc"),
  peer("ngircd", "irc"),
  peer("nats-server", "nats"),
  peer("mosquitto", "mqtt"),
  {
    name: "socket.io",
    protocol: "socketio",
    start: () => startReference(process.execPath, referenceScript("socket-io-room")),
  },
];

function peer(name: PeerName, protocol: RoomServer["protocol"]): RoomServer {
  return { name, protocol, start: () => tryStartPeer(name) };
}

/** Of a figure's arguments: the numbers, and all servers but those named by `--without`. */
export function chooseServers(args: string[]) {
  const { values, positionals } = readArguments(args, {
    without: { type: "string", multiple: true, default: [] },
  });
  const names = roomServers.map(({ name }) => name);
  const unknown = values.without.find((name) => !names.includes(name));
  if (unknown !== undefined)
    refuse(`there is no server ${JSON.stringify(unknown)}; there is ${names.join("; ")}`);
  const servers = roomServers.filter(({ name }) => !values.without.includes(name));
  return { servers, numbers: positionals.map(Number) };
}

/**
 * One round on a new server: so many peers come in, then only the talking is measured.
 * @param window messages under way at a time.
 * @param rate messages a second instead, whether the others have come or not.
 * @returns undefined when the server is not installed.
 */
export async function tryTalk(
  { protocol, start }: RoomServer,
  count: number,
  seconds: number,
  { window = 1, rate = 0 }: { readonly window?: number; readonly rate?: number },
): Promise<Delivered | undefined> {
  await using server = await start();
  if (!server) return undefined;
  const { port, child } = server;
  const [program, ...before] =
    protocol === "session"
      ? [compileReference("session-load", "-lcrypto")]
      : [compileReference("fan-out-load"), protocol];
  const args = [port, count, seconds, window, rate].map(String);
  const load = spawn(program, [...before, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: load.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "ready") throw new Error(`${protocol}: nobody was let in`);
  const atStart = cpuSeconds(child);
  load.stdin.write("\n");
  const { value } = await lines.next();
  const used = cpuSeconds(child) - atStart;
  await once(load, "exit");
  const counted = JSON.parse(String(value)) as Omit<Delivered, "cpuMicros">;
  return { ...counted, cpuMicros: (used / counted.deliveries) * 1e6 };
}

/** One line of a table. */
export function printRow(name: string, columns: readonly string[]): void {
  process.stdout.write(`${name.padEnd(20)}${columns.map((column) => column.padStart(15)).join("")}\n`);
}
