import type { Capability } from "../capabilities.ts";
import type { HubEvents } from "../events.ts";
import { admitCall, defaultTimeoutMs, readCommandLine, wordsOf, type Words } from "../host/index.ts";
import type { Plugin } from "../plugin.ts";
import { Refusal } from "../refusal.ts";
import type { Schema } from "../schema.ts";
import { startCall, type CallHost, type TestCall } from "./call.ts";
import { createClock, settle, type Timer } from "./clock.ts";
import { PluginFault } from "./fault.ts";
import { createTestFiles } from "./files.ts";
import { createLazyFolder } from "./folder.ts";
import { beginLife, type Life } from "./instance.ts";
import { createTestLog, type LogLine } from "./log.ts";
import { createPeople, keyFor, type Person } from "./people.ts";
import { inTimeOf } from "./plugin-time.ts";
import { createTestProcesses, type Programs } from "./programs.ts";
import { createRealProcesses } from "./real-processes.ts";
import { checkPlugin, parseSettings } from "./settings.ts";
import { createTestStorage } from "./storage.ts";
import { createTestUser, type TestUser } from "./user.ts";

// Somebody who waits this long in real time for a clock that stands still is told so.
const hintAfterMs = 2000;
const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;

export interface TestHubOptions {
  /** The plugin's settings, as its table in the configuration has them. */
  readonly config?: unknown;
  /** Files of the operator by path, for plugins that need `files`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Answers for every program that a plugin with `processes` runs; none is started. */
  readonly programs?: Programs;
  /** Storage in a temporary folder instead of memory; child processes instead of `programs`. */
  readonly capabilities?: { readonly storage?: "real"; readonly processes?: "real" };
  /** Where the plugin's clock begins; default 2026-01-01T00:00:00Z. */
  readonly now?: string;
}

/** A hub for one plugin, without sockets, whose time stands still until the test moves it on. */
export interface TestHub extends AsyncDisposable {
  /**
   * The user with this nickname; the first time they come online. `~nick` is a guest: a text peer without key or roles.
   * Roles that are given replace those from before.
   */
  as(nick: string, ...roles: readonly string[]): TestUser;
  /** A text peer that is not online and has no nickname. */
  stranger(): TestUser;
  /** Tells the plugin of an event, and waits for its listener. @throws {PluginFault} */
  emit<E extends keyof HubEvents>(event: E, payload: HubEvents[E]): Promise<void>;
  /** Moves the plugin's time on; its timers fire on the way. @throws {PluginFault} */
  advance(ms: number): Promise<void>;
  /** The plugin's time, in milliseconds since 1970. */
  readonly now: number;
  /** Writes a file of the operator, and tells the plugin when it watches it. @throws {PluginFault} */
  write(path: string, text: string): Promise<void>;
  /** What the plugin logged. */
  readonly log: readonly LogLine[];
  /** Sets the plugin up again beside itself, ends its calls, and ends the old one. Storage stays. */
  reload(config?: unknown): Promise<void>;
}

/**
 * Sets a plugin up in a hub of its own. What the plugin does wrong is thrown to the test, at the latest by disposal.
 * @throws {TypeError} for what is no plugin, or settings that it refuses. @throws {PluginFault}
 */
export async function createTestHub<S extends Schema | undefined, K extends Capability>(
  tested: Plugin<S, K>,
  options: TestHubOptions = {},
): Promise<TestHub> {
  const plugin = tested as unknown as Plugin;
  checkPlugin(plugin);
  const { name } = plugin;
  const faults = new Set<Error>();
  const calls = new Set<TestCall>();
  // The time limits of calls; nobody waits for those.
  const limits = new Set<Timer>();
  const log: LogLine[] = [];
  const persons = new Map<string, { readonly person: Person; readonly user: TestUser }>();
  const sequences = new Map<string, number>();
  let callNumber = 0;
  let life: Life | undefined;

  const blame = (where: string) => (error: unknown) => void faults.add(new PluginFault(name, where, error));
  const clock = createClock(Date.parse(options.now ?? "2026-01-01T00:00:00Z"), blame("a timer"));
  const inPlugin = <T>(code: () => T): T => inTimeOf(clock, code);
  const surface = async () => {
    await settle();
    const [fault] = faults;
    if (!fault) return;
    faults.delete(fault);
    throw fault;
  };
  const tell = async <E extends keyof HubEvents>(event: E, payload: HubEvents[E]) => {
    try {
      await inPlugin(() => life?.instance.on?.[event]?.(payload));
    } catch (error) {
      blame(event)(error);
    }
  };

  await using resources = new AsyncDisposableStack();
  const people = createPeople((event, payload) => void tell(event, payload));
  const ownFolder = resources.use(createLazyFolder());
  const operatorFolder = resources.use(createLazyFolder());
  const { capabilities = {} } = options;
  const storage = resources.use(createTestStorage(ownFolder.path, capabilities.storage === "real"));
  const files = createTestFiles(operatorFolder.path);
  const processes =
    capabilities.processes === "real"
      ? resources.use(createRealProcesses())
      : createTestProcesses(options.programs);
  for (const [path, text] of Object.entries(options.files ?? {})) files.write(path, text);
  const begin = async (settings: unknown) =>
    beginLife({
      plugin,
      config: await parseSettings(plugin, settings),
      log: createTestLog(log),
      inPlugin,
      capabilities: {
        users: () => people.users,
        rooms: () => people.rooms,
        processes: () => processes,
        storage: storage.open,
        files: files.open,
      },
    });

  const hostOf = (where: string, received: CallHost["received"]): CallHost => ({
    inPlugin,
    faults,
    calls,
    received,
    fault: (error) => new PluginFault(name, where, error),
    setTimer(callback, delayMs) {
      const timer = clock.setTimer(callback, delayMs);
      limits.add(timer);
      return () => {
        limits.delete(timer);
        clock.clearTimer(timer);
      };
    },
    waiting() {
      const timer = realSetTimeout(() => {
        const nextMs = clock.nextTimerMs(limits);
        if (nextMs === undefined) return;
        process.emitWarning(
          `${where} of ${name} is not over, and the test's clock stands still; the next timer is due in ${nextMs} ms: hub.advance(${nextMs})`,
        );
      }, hintAfterMs);
      return () => realClearTimeout(timer);
    },
  });
  const callCommand = (person: Person, command: string, words: Words) => {
    const entry = life?.commands.get(command);
    const isSession = person.caller.dialect === "session";
    const id = isSession ? (++callNumber).toString(16).padStart(32, "0") : undefined;
    const host = hostOf(`/${command}`, (receipt) => people.acknowledge(person, receipt));
    return startCall(host, entry?.command.timeoutMs ?? defaultTimeoutMs, (signal) => {
      if (!entry) throw new Refusal(`There is no command ${command.slice(0, 40)}. Send: /help`, "NOT_FOUND");
      const { caller } = person;
      const args = admitCall(entry, words, caller, clock.elapsedMs);
      return entry.command.run({ args, argv: wordsOf(words), caller, id, signal });
    });
  };
  const userOf = (person: Person) =>
    createTestUser(person, {
      people,
      call: callCommand,
      send(from, text) {
        const { name: command, line } = readCommandLine(text);
        return callCommand(from, command, { line });
      },
      mount(from, text) {
        const timeoutMs = life?.instance.textTimeoutMs ?? defaultTimeoutMs;
        // What mounts answer goes out as plain text.
        const host = hostOf("text", () => {});
        return startCall(host, timeoutMs, (signal) => {
          if (!life?.instance.text) throw new Error("it takes no whole messages");
          return life.instance.text({ text, caller: from.caller, signal });
        });
      },
      nextMessage(room) {
        const seq = (sequences.get(room) ?? 0) + 1;
        sequences.set(room, seq);
        return { seq, at: clock.nowMs };
      },
    });
  const cancelCalls = () => {
    for (const call of calls) call.cancel();
  };

  life = await begin(options.config);
  const owned = resources.move();
  return {
    as(nick, ...roles) {
      const isGuest = nick.startsWith("~");
      if (isGuest && roles.length > 0) throw new Error(`${nick} is a guest; guests hold no roles`);
      let known = persons.get(nick);
      if (!known) {
        const person = people.add(isGuest ? undefined : keyFor(nick));
        known = { person, user: userOf(person) };
        persons.set(nick, known);
      }
      const { person, user } = known;
      if (roles.length > 0) people.setRoles(person, roles);
      if (!person.caller.online) people.users.enter(person.caller.id, nick);
      return user;
    },
    stranger: () => userOf(people.add(undefined)),
    async emit(event, payload) {
      await tell(event, payload);
      await surface();
    },
    async advance(ms) {
      await clock.advance(ms);
      await surface();
    },
    get now() {
      return clock.nowMs;
    },
    async write(path, text) {
      try {
        inPlugin(() => files.write(path, text));
      } catch (error) {
        blame("a file's watcher")(error);
      }
      await surface();
    },
    log,
    async reload(config = options.config) {
      const next = await begin(config);
      const before = life;
      life = next;
      cancelCalls();
      await before?.end();
      await surface();
    },
    async [Symbol.asyncDispose]() {
      await using _resources = owned;
      // A call that was never awaited may be about to fail.
      await settle();
      cancelCalls();
      await life?.end();
      await surface();
    },
  };
}
