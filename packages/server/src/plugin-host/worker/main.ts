// A process that runs one plugin. Started by worker-process.ts.
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import type { Capability, Plugin, PluginContext, PluginInstance } from "@palaver/plugin-api";
import { checkInstance } from "@palaver/plugin-api/host";
import { createCapabilities, type Granted } from "../capabilities.ts";
import { readFault } from "../fault.ts";
import { LoadRefusal, loadPlugin, type Wanted } from "../load.ts";
import { readSettings } from "../settings.ts";
import { startMs, withLimit } from "../time-limit.ts";
import { createAsker } from "./ask.ts";
import { failureOf } from "./failure.ts";
import { createFrameReader, encodeFrame, maxMessageBytes } from "./frames.ts";
import { messagesFd, type Abilities, type FromWorker, type ToWorker } from "./protocol.ts";
import { createRemoteCapabilities } from "./remote-capabilities.ts";
import { createWorkerCalls, type WorkerCalls } from "./worker-calls.ts";

const messages = new Socket({ fd: messagesFd });
/** @throws {RangeError} when the hub would not take it. @throws {DataCloneError} when it cannot be sent. */
function send(message: FromWorker): void {
  const frame = encodeFrame(message);
  if (frame.length > maxMessageBytes) {
    throw new RangeError(`a message of ${frame.length} bytes; ${maxMessageBytes} at most`);
  }
  messages.write(frame);
}
const asker = createAsker();
const unload = new AbortController();
let wanted: Wanted;
let dataDir: string;
let plugin: Plugin;
let settings: unknown;
let granted: Granted | undefined;
let instance: PluginInstance | undefined;
let calls: WorkerCalls | undefined;

// Everything in this process is the plugin's: what nobody caught is its fault, and the process goes on.
process.on("uncaughtException", (error) => void asker.ask("plugin", "fault", [readFault(error)]));

// The hub sends what it likes.
const readMessages = createFrameReader(Infinity, (message) => void receive(message as ToWorker));
messages.on("data", readMessages);
messages.on("error", () => {});
messages.on("close", () => process.exit());
// A hub that was killed tells nobody, and a plugin in a loop would not hear it.
new Worker(
  `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, "SIGKILL"), 1000)`,
  {
    eval: true,
  },
).unref();

async function load(): Promise<void> {
  const found = new Set<string>();
  try {
    plugin = await loadPlugin(wanted, (path) => found.add(path));
    const { needs = [], isolate } = plugin;
    send({ type: "loaded", needs, isolate, files: [...found] });
  } catch (error) {
    const reason = error instanceof LoadRefusal ? error.message : `${wanted.from} cannot be loaded`;
    send({ type: "unloadable", reason, files: [...found] });
  }
}

async function receive(message: ToWorker): Promise<void> {
  switch (message.type) {
    case "load":
      ({ wanted, dataDir } = message);
      return load();
    case "check":
      return check(message.settings);
    case "setUp":
      return setUp(message.granted);
    case "call":
      return calls?.call(message);
    case "next":
      return calls?.next(message.id);
    case "abort":
      return calls?.abort(message.id, message.reason);
    case "event":
      return hear(message.name, message.payload);
    case "settled":
      return asker.settle(message.id, message.outcome);
    case "ping":
      return send({ type: "pong", id: message.id });
    case "unload":
      return end();
  }
}

async function check(given: unknown): Promise<void> {
  try {
    const read = await readSettings(plugin, given);
    if ("value" in read) settings = read.value;
    send({ type: "checked", problem: "problem" in read ? read.problem : undefined });
  } catch (error) {
    send({ type: "failed", failure: failureOf(error) });
  }
}

async function setUp(needs: readonly Capability[]): Promise<void> {
  try {
    const places = { plugin: plugin.name, dataDir, directory: wanted.directory };
    granted = createCapabilities(needs, places, createRemoteCapabilities(asker), {
      fileChanged: (callback) => callback(),
      beforeSend: (act) => act(),
    });
    const context = {
      config: settings,
      log: remoteLog(),
      signal: unload.signal,
      ...granted.capabilities,
    } as PluginContext<unknown, Capability>;
    const begun = (async () => plugin.setup(context))();
    instance = checkInstance(await withLimit(begun, startMs, "its setup"));
    calls = createWorkerCalls(instance, send);
    send({ type: "ready", abilities: abilitiesOf(instance, calls) });
  } catch (error) {
    send({ type: "failed", failure: failureOf(error) });
  }
}

function remoteLog(): PluginContext<unknown, never>["log"] {
  const say =
    (method: string) =>
    (...values: unknown[]) =>
      void asker.ask("log", method, values);
  return { info: say("info"), warn: say("warn"), error: say("error"), progress: say("progress") };
}

function abilitiesOf(from: PluginInstance, { entries }: WorkerCalls): Abilities {
  for (const ability of ["history", "serve"] as const) {
    if (from[ability]) throw new Error(`${ability} does not work in a worker; leave isolate = "worker" out`);
  }
  const streaming = entries.find(({ command }) => command.takesStream === true);
  if (streaming) {
    throw new Error(
      `${streaming.name} takes a stream, which does not work in a worker; leave isolate = "worker" out`,
    );
  }
  return {
    commands: entries.map(
      ({ name, usage, command: { summary, roles, timeoutMs, rate, changes, maxInputBytes } }) => ({
        name,
        usage,
        summary,
        roles,
        timeoutMs,
        rate,
        changes,
        maxInputBytes,
      }),
    ),
    text: from.text !== undefined,
    textTimeoutMs: from.textTimeoutMs,
    events: Object.keys(from.on ?? {}),
  };
}

async function hear(name: string, payload: unknown): Promise<void> {
  try {
    const listeners = instance?.on as Record<string, ((event: unknown) => unknown) | undefined> | undefined;
    await listeners?.[name]?.(payload);
    send({ type: "heard", failure: undefined });
  } catch (error) {
    send({ type: "heard", failure: failureOf(error) });
  }
}

async function end(): Promise<void> {
  unload.abort();
  try {
    await instance?.[Symbol.asyncDispose]?.();
    granted?.[Symbol.dispose]();
    send({ type: "unloaded", failure: undefined });
  } catch (error) {
    send({ type: "unloaded", failure: failureOf(error) });
  }
}
