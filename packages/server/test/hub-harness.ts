import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect } from "vitest";
import type { Config, PluginConfig } from "../src/config/config.ts";
import { parseListenAddress } from "../src/config/listen-address.ts";
import { createHub, type Hub } from "../src/hub.ts";

export interface HubHarness extends AsyncDisposable {
  /** The hub that runs now. */
  readonly hub: Hub;
  /** Ends it and starts another on the same ports and data. */
  restart(): Promise<void>;
  readonly config: Config;
  /** Every line the hub logged. */
  readonly log: string[];
  /** The configuration with other values in it. */
  with(changes: HubChanges): Config;
  port(index?: number): number;
}

export interface HubChanges {
  readonly listen?: readonly string[];
  readonly io?: Config["io"];
  readonly text?: Partial<Config["text"]>;
  readonly limits?: Partial<Config["limits"]>;
  /** Settings by plugin; `from` names a file beside the tests, and without it the plugin is one of ours. */
  readonly plugins?: Readonly<Record<string, PluginChanges>>;
}

export interface PluginChanges {
  readonly from?: string;
  readonly settings?: unknown;
  readonly isolate?: PluginConfig["isolate"];
  readonly grant?: PluginConfig["grant"];
}

const fixtures = join(import.meta.dirname, "fixtures/plugins");

/** A real hub on ports that the system picks, with its data in a folder that goes with it. */
export async function startHub(changes: HubChanges = {}): Promise<HubHarness> {
  const dataDir = await mkdtemp(join(tmpdir(), "palaver-hub-"));
  const log: string[] = [];
  const configure = (wanted: HubChanges): Config => ({
    file: undefined,
    directory: fixtures,
    dataDir,
    listen: (wanted.listen ?? ["udp://127.0.0.1:0"]).map(parseListenAddress),
    io: wanted.io ?? "auto",
    workers: 1,
    metrics: undefined,
    text: {
      trust: ["127.0.0.0/8", "::1/128"],
      encoding: "utf-8",
      repliesPerSecond: 5,
      burst: 20,
      bytesPerSecond: 65_536,
      ...wanted.text,
    },
    limits: {
      peers: 10_000,
      rooms: 1000,
      connections: 1000,
      handshakesPerSecond: 1000,
      memory: "off",
      ...wanted.limits,
    },
    plugins: new Map(
      Object.entries(wanted.plugins ?? { echo: {} }).map(([name, plugin]) => [name, pluginOf(name, plugin)]),
    ),
    users: [],
    log: { level: "info", format: "json", directory: undefined },
    locate: (path) => ({ file: "test.toml", line: undefined, key: path.join(".") }) as never,
  });
  const config = configure(changes);
  const logger = pino({ level: "debug" }, { write: (line) => void log.push(line) });
  let hub = await createHub(config, logger);
  return {
    get hub() {
      return hub;
    },
    async restart() {
      const listen = hub.listeners.map(({ url, mount }) =>
        parseListenAddress(mount ? `${url}=${mount}` : url),
      );
      await hub.close();
      hub = await createHub({ ...config, listen }, logger);
    },
    config,
    log,
    with: (more) => configure({ ...changes, ...more }),
    port: (index = 0) => Number(new URL(hub.listeners[index]?.url ?? "").port),
    async [Symbol.asyncDispose]() {
      await hub.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function pluginOf(name: string, { from, settings, isolate, grant }: PluginChanges): PluginConfig {
  return {
    name,
    from: from ?? `@palaver/plugins/${name}`,
    grant: grant ?? "all",
    isolate,
    memoryMib: 128,
    settings,
  };
}

/** For what the hub does in its own time, on a busy machine too. */
export const eventually = <T>(read: () => T, interval = 20) =>
  expect.poll(read, { timeout: 20_000, interval });

export interface UdpClient extends Disposable {
  readonly port: number;
  /** Everything received so far that nobody took yet. */
  readonly inbox: string[];
  send(message: string | Uint8Array): void;
  /** The next datagram. */
  next(): Promise<string>;
  /** Sends, and waits for one datagram. */
  ask(message: string | Uint8Array): Promise<string>;
}

/** A textbook client: one UDP socket. */
export async function udpClient(port: number, host = "127.0.0.1"): Promise<UdpClient> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const inbox: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on("message", (bytes) => {
    const take = waiting.shift();
    if (take) take(bytes.toString());
    else inbox.push(bytes.toString());
  });
  socket.bind(0, host);
  await once(socket, "listening");
  const client: UdpClient = {
    port: socket.address().port,
    inbox,
    send: (message) => socket.send(message, port, host),
    next: () => {
      const ready = inbox.shift();
      if (ready !== undefined) return Promise.resolve(ready);
      return new Promise((resolve) => waiting.push(resolve));
    },
    ask(message) {
      client.send(message);
      return client.next();
    },
    [Symbol.dispose]: () => socket.close(),
  };
  return client;
}
