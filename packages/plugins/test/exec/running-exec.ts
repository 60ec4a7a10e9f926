import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Caller,
  type Log,
  type PluginInstance,
  Refusal,
  type Reply,
  type Result,
  type Users,
} from "@palaver/plugin-api";
import { expect, onTestFinished } from "vitest";
import { createProcesses } from "../../../server/src/capabilities/processes.ts";
import exec from "../../src/exec/index.ts";

/** All that came back from one attempt. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  /** Texts, in order. */
  readonly texts: readonly string[];
  readonly status: number | undefined;
  readonly data: Record<string, unknown> | undefined;
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
}

export interface Row extends Record<string, unknown> {
  readonly command: string;
  readonly argv: string;
  readonly outcome: string;
}

export const guest: Caller = {
  id: "guest-1",
  nick: "~ada",
  roles: [],
  dialect: "text",
  address: "192.0.2.7:5353",
  key: undefined,
  online: false,
};

export const operator: Caller = {
  id: "session-1",
  nick: "grace",
  roles: ["operator"],
  dialect: "session",
  address: "192.0.2.8:6000",
  key: "a2V5",
  online: true,
};

/**
 * The plugin on real processes and a real database, as the hub would run it; ends with the test. Without a sandbox,
 * unless the configuration says otherwise: programs then leave their marks in the test's own folder.
 */
export async function startExec(config: object, given?: string) {
  const directory = given ?? mkdtempSync(join(tmpdir(), "palaver-exec-"));
  mkdirSync(directory, { recursive: true });
  const checked = await exec.config!["~standard"].validate({ sandbox: "off", ...config });
  if (checked.issues) throw new Error(`refused: ${JSON.stringify(checked.issues)}`);
  const processes = createProcesses([directory]);
  const database = new DatabaseSync(join(directory, "audit.db"));
  const unload = new AbortController();
  const logged: { level: string; message: string; fields: Readonly<Record<string, unknown>> | undefined }[] =
    [];
  const logAt =
    (level: string): Log["info"] =>
    (message, fields) =>
      logged.push({ level, message, fields });
  // All of it that exec may use.
  const users: Pick<Users, "keyOf"> = { keyOf: (nick) => (nick === "mia.m" ? "bWlh" : undefined) };
  const instance: PluginInstance = await exec.setup({
    config: checked.value,
    log: { info: logAt("info"), warn: logAt("warn"), error: logAt("error"), progress: () => {} },
    signal: unload.signal,
    processes,
    users: users as Users,
    storage: {
      database: () => database,
      directory,
      beforeSend: () => false,
      sha256: () => expect.unreachable(),
    },
  });

  onTestFinished(async () => {
    unload.abort();
    await processes[Symbol.asyncDispose]();
    await instance[Symbol.asyncDispose]?.();
    database.close();
    if (given === undefined) rmSync(directory, { recursive: true, force: true });
  });

  const { text, commands = {} } = instance;
  const commandNamed = (name: string) => {
    const command = commands[name];
    if (!command) throw new Error(`exec brings no ${name}`);
    return command;
  };
  if (!text) throw new Error("exec brings no mount");
  const mounted = (line: string, caller = guest, signal = new AbortController().signal) =>
    text({ text: line, caller, signal });
  const called = (
    argv: readonly string[],
    caller = guest,
    signal = new AbortController().signal,
    input?: Uint8Array,
  ) =>
    commandNamed("run").run({
      args: { name: argv[0], args: argv.slice(1).join(" ") },
      argv,
      caller,
      signal,
      input,
    });

  return {
    database,
    directory,
    logged,
    mounted,
    called,
    line: (line: string, caller?: Caller, signal?: AbortSignal) => answerOf(mounted(line, caller, signal)),
    run: (argv: readonly string[], caller?: Caller, signal?: AbortSignal, input?: Uint8Array) =>
      answerOf(called(argv, caller, signal, input)),
    /** One of exec's other commands: `jobs`, `kill`, `audit`. */
    ask: (name: string, argv: readonly string[], caller: Caller) =>
      answerOf(
        (async function* () {
          const { signal } = new AbortController();
          yield* repliesOf(commandNamed(name).run({ args: {}, argv, caller, signal }));
        })(),
      ),
    rows: () => database.prepare("SELECT * FROM attempts ORDER BY id").all() as Row[],
    dispose: () => instance[Symbol.asyncDispose]?.(),
  };
}

async function* repliesOf(result: Result): AsyncGenerator<Reply, void> {
  const settled = await result;
  if (settled === undefined) return;
  if (typeof settled === "object" && Symbol.asyncIterator in settled) yield* settled;
  else yield settled;
}

export async function answerOf(result: Result): Promise<Answer> {
  const output = { stdout: "", stderr: "" };
  const texts: string[] = [];
  let last: { status?: number; data?: unknown } = {};
  let refusal: Answer["refusal"];
  try {
    for await (const reply of repliesOf(result)) {
      if (typeof reply === "string") texts.push(reply);
      else if ("stream" in reply) output[reply.stream] += Buffer.from(reply.bytes).toString();
      else {
        texts.push(reply.text);
        last = reply;
      }
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refusal = { code: error.code, message: error.message };
  }
  return { ...output, texts, status: last.status, data: last.data as Answer["data"], refusal };
}
