import { randomInt } from "node:crypto";
import { MessageChannel, Worker } from "node:worker_threads";
import type { Config } from "../config/config.ts";
import type { ConfigOptions, Surroundings } from "../config/load.ts";
import type { Hub, HubStatus, RunningHub } from "../hub.ts";
import type { HubLog } from "../log/log.ts";
import { recipeOf, type MemberData } from "./member-data.ts";
import type { Link } from "./port-backplane.ts";
import { allocateState } from "./shared-state.ts";
import { addUp, type MemberStatus } from "./total.ts";
import { openWire, type Wire } from "./wire.ts";

// A worker that computes answers later than this; one that is stuck never does.
const answerMs = 2000;
// A hub closes within 5 s; a worker that can't is ended with the process.
const closeMs = 5500;

export interface TeamOptions {
  readonly config: Config;
  /** What every worker reads the configuration by, again at each reload. */
  readonly options: ConfigOptions;
  readonly around: Surroundings;
  readonly log: HubLog;
  /** Reads the configuration again, for an operator who asks in a chat. @throws {ConfigError} */
  readConfig(): Promise<Config>;
  /** A worker ended or stands still: the hub can't go on. Called once. */
  failed(reason: string): void;
}

interface Member {
  readonly thread: Worker;
  readonly wire: Wire;
}

/** What each answer of a worker says. */
type State = Pick<Hub, "listeners"> & { readonly files: ReadonlyMap<string, readonly string[]> };
type Said = { readonly log: string; readonly level: number } | { readonly stuck: number };

/**
 * A hub of several workers on the same ports. This thread serves nobody: it starts them, asks them, and writes their log.
 * @throws {BindError|ConfigError}
 */
export async function createTeam(given: TeamOptions): Promise<RunningHub> {
  const { config, options, around, log, readConfig } = given;
  const count = config.workers;
  const links = linkAll(count);
  const unwritten = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * count);
  const shared = { state: allocateState(count), unwritten, salt: randomInt(0x10000), workers: count };
  const recipe = recipeOf(options, around);
  const members: Member[] = [];
  let isOver = false;
  let state: State;
  const fail = (reason: string) => {
    if (isOver) return;
    isOver = true;
    given.failed(reason);
  };

  const hire = (self: number, ports?: readonly number[]): Member => {
    const own = links[self]!;
    const data: MemberData = { ...shared, self, recipe, links: own, ...(ports && { ports }) };
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const thread = new Worker(new URL(`./member.${extension}`, import.meta.url), {
      workerData: data,
      transferList: own.flatMap((link) => (link ? [link.facts, link.parcels] : [])),
      name: `worker ${self}`,
    });
    const wire = openWire(thread, async (what, about) => {
      if (what !== "reload plugin") return;
      await readConfig();
      await change(what, about);
    });
    const counts = new Int32Array(unwritten);
    thread.on("message", (said: Said) => {
      if ("log" in said) {
        Atomics.sub(counts, self, 1);
        log.relay(said.level, said.log);
      } else if ("stuck" in said)
        fail(`worker ${said.stuck} has not read what the others tell it for too long`);
    });
    let fault = "";
    thread.on("error", (error: Error) => (fault = `: ${error.message}`));
    thread.on("exit", (code) => {
      wire.cut(new Error(`worker ${self} ended${fault}`));
      fail(`worker ${self} ended with code ${code}${fault}`);
    });
    const member = { thread, wire };
    members.push(member);
    return member;
  };
  const onChild = () => void all("child").catch(() => {});
  process.on("SIGCHLD", onChild);
  const all = (what: string, about?: unknown) =>
    Promise.all(members.map(({ wire }) => wire.ask(what, about)));
  const end = async () => {
    isOver = true;
    process.off("SIGCHLD", onChild);
    await Promise.all(members.map(({ thread }) => thread.terminate()));
  };
  /** One after another. The first worker goes ahead: what it refuses reaches no other. */
  let changing: Promise<void> = Promise.resolve();
  const change = (what: string, about?: unknown): Promise<void> => {
    const turn = changing.then(() => changeAll(what, about));
    changing = turn.catch(() => {});
    return turn;
  };
  const changeAll = async (what: string, about: unknown) => {
    state = (await members[0]!.wire.ask(what, about)) as State;
    const told = what === "reload" ? portsOf(state) : about;
    await Promise.all(members.slice(1).map(({ wire }) => wire.ask(what, told)));
  };

  try {
    state = (await hire(0).wire.ask("start")) as State;
    const ports = portsOf(state);
    for (let self = 1; self < count; self++) hire(self, ports);
    await all("start");
    await all("begin");
  } catch (error) {
    await end();
    throw error;
  }

  let asking: Promise<HubStatus> | undefined;
  /** However many ask, a worker that does not answer is asked once. */
  const status = () =>
    (asking ??= all("status")
      .then((told) => addUp(told as [MemberStatus, ...MemberStatus[]]))
      .finally(() => (asking = undefined)));
  let closing: Promise<void> | undefined;
  return {
    get listeners() {
      return state.listeners;
    },
    reload: () => change("reload"),
    reloadPlugin: (name) => change("reload plugin", name),
    pluginFiles: () => state.files,
    refreshUsers: async () => void (await all("refresh")),
    status,
    answers: () => within(status(), answerMs),
    close() {
      isOver = true;
      closing ??= within(all("close"), closeMs).then(end);
      return closing;
    },
  };
}

/** A channel of each kind between any two workers. */
function linkAll(count: number): readonly (readonly (Link | undefined)[])[] {
  const links = Array.from({ length: count }, () => Array<Link | undefined>(count));
  for (let one = 0; one < count; one++) {
    for (let other = one + 1; other < count; other++) {
      const facts = new MessageChannel();
      const parcels = new MessageChannel();
      links[one]![other] = { facts: facts.port1, parcels: parcels.port1 };
      links[other]![one] = { facts: facts.port2, parcels: parcels.port2 };
    }
  }
  return links;
}

function portsOf({ listeners }: State): readonly number[] {
  return listeners.map(({ url }) => Number(/\d+$/.exec(url)?.[0]));
}

async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late.promise]).finally(() => clearTimeout(timer));
}
