import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import { classify, loadNativeCrypto } from "@palaver/protocol";
import type { Logger } from "pino";
import { BeforeSend } from "./capabilities/before-send.ts";
import { createProcesses } from "./capabilities/processes.ts";
import type { Config } from "./config/config.ts";
import { handleConnection } from "./connections.ts";
import { createHubCommands } from "./hub-commands.ts";
import { createCrowding, hasHadItsTime, type Occupant } from "./peers/crowding.ts";
import { createNetworkSet } from "./peers/networks.ts";
import { createAfterCrowd } from "./memory/after-crowd.ts";
import { createMemoryGuard, shortOfMemory, type GuardReport } from "./memory/memory-guard.ts";
import { bytesOf, collectGarbage, loadTrim, readFill, usedBytes } from "./memory/memory-use.ts";
import { TextPeers, type TextSettings } from "./peers/text-peers.ts";
import { openOwnData } from "./own-data.ts";
import { createPluginsCommand } from "./plugins-command.ts";
import { leave } from "./plugin-host/blame.ts";
import { createHubPlugin } from "./plugin-host/hub-plugin.ts";
import { createPluginHost, type PluginHost, type PluginReport } from "./plugin-host/host.ts";
import { route } from "./router.ts";
import { Carriers } from "./sessions/carriers.ts";
import { fingerprintOf } from "./sessions/hub-key.ts";
import { Sessions } from "./sessions/sessions.ts";
import type { LoopReport } from "./monitor/loop-delay.ts";
import type { TrafficReport } from "./sessions/traffic.ts";
import { Listeners } from "./transport/listeners.ts";
import { Turns } from "./transport/turns.ts";
import { RoomDirectory } from "./users/rooms.ts";
import { UserDirectory } from "./users/users.ts";
import { createTeamwork, type TeamMember } from "./workers/team-member.ts";

export { checkPlugins } from "./plugin-host/check.ts";

/** The running server: transports, peers, router and plugins. */
export interface Hub {
  /** In the order they were asked for, with the ports they really have. */
  readonly listeners: readonly { readonly url: string; readonly mount: string | undefined }[];
  /** Takes a new configuration over, or throws and leaves everything as it was. @throws {ConfigError|BindError} */
  reload(config: Config): Promise<void>;
  /** Takes over one plugin and its settings, and nothing else of a configuration. @throws {ConfigError} */
  reloadPlugin(name: string, config: Config): Promise<void>;
  /** The files of each plugin's own: its module and the relative imports of that. */
  pluginFiles(): ReadonlyMap<string, readonly string[]>;
  status(): HubStatus;
  /** Roles were granted or taken in the database: whoever is connected has them at once. */
  refreshUsers(): void;
  /** Answers nothing new, lets calls end or aborts them, and closes everything; within 5 s. */
  close(): Promise<void>;
}

/** A hub as whoever runs it sees it: in this thread, or in several workers. */
export interface RunningHub extends Omit<Hub, "status" | "refreshUsers"> {
  status(): HubStatus | Promise<HubStatus>;
  refreshUsers(): void | Promise<void>;
  /** Whether all workers answer within two seconds. Absent where there are none. */
  answers?(): Promise<boolean>;
}

export interface HubStatus {
  readonly listeners: Hub["listeners"];
  readonly connections: number;
  readonly textPeers: number;
  readonly sessions: number;
  readonly usersOnline: number;
  readonly rooms: number;
  readonly plugins: readonly PluginReport[];
  readonly received: number;
  /** Messages left unanswered because their sender asked too often. */
  readonly dropped: number;
  /** Datagrams that the system did not take from the hub. */
  readonly unsent: number;
  readonly traffic: TrafficReport;
  readonly memoryGuard: GuardReport;
  /** Where the hub is not all in one thread: of the busiest worker, and the heaps of all. */
  readonly loop?: LoopReport;
  readonly heapUsed?: number;
  /** What each worker does; absent for a hub without. */
  readonly workers?: readonly WorkerReport[];
}

/** A worker in a status. */
export interface WorkerReport {
  readonly textPeers: number;
  readonly sessions: number;
  readonly received: number;
  /** Parcels for other workers that did not keep up. */
  readonly undelivered: number;
  readonly loop: LoopReport;
}

// Leases are 120 s; one that is looked at every 5 s ends soon enough.
const sweepEveryMs = 5000;
const guardEveryMs = 1000;
// Of the 5 s that a stop may take; the rest is for children, sockets and databases.
const closeDrainMs = 3000;

/** What the hub asks of whoever runs it. */
export interface HubOptions {
  /** Reads the configuration again, for an operator who asks in a chat. Absent: the one in force serves. */
  readConfig?(): Promise<Config>;
  /** How full the memory is, 1 being the limit. Absent: what the process and V8's heap use. */
  readFill?(limitBytes: number): number;
  /** What it shares with the other workers of the hub. Absent: there are none. */
  readonly team?: TeamMember;
}

/** @throws {BindError|ConfigError} */
export async function createHub(initial: Config, log: Logger, options: HubOptions = {}): Promise<Hub> {
  const { team } = options;
  let config = initial;
  let received = 0;
  let isReady = false;
  const registry = () => plugins.registry;
  const now = () => performance.now();

  // One change at a time, each upon what the one before left.
  let changing: Promise<void> = Promise.resolve();
  const takeTurn = (change: () => Promise<void>): Promise<void> => {
    const turn = changing.then(change);
    changing = turn.catch(() => {});
    return turn;
  };

  await Promise.all([loadNativeCrypto(), loadTrim()]);
  const { identities, key } = openOwnData(config, () => config.users, log);
  const strangers = new Set<Occupant>();
  const guard = createMemoryGuard({
    log,
    now,
    limitBytes: () => bytesOf(config.limits.memory),
    readFill: options.readFill ?? readFill,
    collectGarbage,
    *peers() {
      yield* textPeers.sheddable();
      yield* sessions.sheddable();
      for (const stranger of strangers) if (hasHadItsTime(stranger, now())) yield stranger;
    },
  });
  const refusal = () => (guard.refuses() ? shortOfMemory : undefined);
  const teamwork =
    team &&
    createTeamwork(team, {
      history: () => registry().history,
      listeners: () => listeners.all,
      receive: (frame, from, transport) => sessions.receive(frame, carriers.addressOf(from, transport)),
      receiveFrom: (address, frame) => sessions.receive(frame, address),
      send: (frame, connection) => carriers.send(frame, connection),
    });
  const { forwarding, shared } = teamwork ?? {};
  const users: UserDirectory = new UserDirectory({
    maxUsers: () => config.limits.peers,
    findPeer: (id) => textPeers.get(id) ?? sessions.get(id),
    identities,
    refusal,
    online: (user) => registry().emit("user:online", { user }),
    offline(user, reason) {
      const left = rooms.of(user.id);
      for (const room of left) rooms.part(room, user.id);
      registry().emit("user:offline", { user, rooms: left, reason });
    },
    shared,
  });
  const rooms: RoomDirectory = new RoomDirectory({
    maxRooms: () => config.limits.rooms,
    findPeer: (id) => users.peer(id),
    published: (message) => registry().emit("room:message", { message }),
    waiting: () => sessions.flush(),
    beforeSend: () => beforeSend.settle(),
    shared,
  });
  const isLoopback = createNetworkSet(["127.0.0.0/8", "::1/128"]);
  const textPeers = new TextPeers(textSettings(config), {
    now,
    handle: (peer, text, sink) =>
      route({ kind: "text", text, mount: peer.mount }, peer, registry(), sink, peer.heardAtMs),
    isOwn: ({ address, port }) =>
      isLoopback(address) &&
      listeners.all.some(({ listen }) => listen.transport === "udp" && listen.port === port),
    gone: (peer, reason) => users.leave(peer.caller.id, reason),
    beforeSend: () => beforeSend.settle(),
  });
  const carriers: Carriers = new Carriers((frame, address) => forwarding?.sendElsewhere(frame, address));
  const turns = new Turns();
  const beforeSend = new BeforeSend(() => leave(() => sessions.flush()));
  const sessions = new Sessions({
    key,
    routingBytes: forwarding?.routingBytes,
    hubName: hostname(),
    maxSessions: config.limits.peers,
    handshakesPerSecond: config.limits.handshakesPerSecond,
    refusal,
    users,
    rooms,
    identities,
    registry,
    received: (user, receipt) => registry().emit("user:received", { user, receipt }),
    route: (message, peer, sink) => route(message, peer, registry(), sink, now()),
    now,
    beforeSend: () => beforeSend.settle(),
    send: (bytes, address) => carriers.send(bytes, address),
  });
  const listeners = new Listeners({
    io: config.io,
    log,
    sharing: team?.sharing,
    receive(datagram, from, transport) {
      // Nobody can be answered before the plugins are there; the hub has not said that it is ready.
      if (!isReady) return;
      received++;
      if (classify(datagram) === "text") textPeers.receiveDatagram(datagram, from, transport);
      else if (forwarding?.passOn(datagram, from, transport) !== true)
        sessions.receive(datagram, carriers.addressOf(from, transport));
    },
    connect: (connection, transport) =>
      handleConnection(connection, transport, {
        textPeers,
        receiveFrame(frame, address) {
          if (forwarding?.passOnFrom(address, frame) !== true) sessions.receive(frame, address);
        },
        carriers,
        turns,
        strangers,
        refusal,
      }),
    crowded: createCrowding(function* () {
      yield* strangers;
      yield* textPeers.occupants();
    }, now),
    serve: (connection, plugin) => registry().serve(plugin, connection),
  });

  teamwork?.meet(users, rooms);

  // Sockets first: a port that is taken is said at once, and before any plugin touches its data.
  const opening = await listeners.change(config.listen, config.limits.connections);
  const processes = createProcesses([config.dataDir]);
  const capabilities = { users, rooms, processes };
  const pathOf = (callerId: string) => {
    const session = sessions.get(callerId)?.session;
    return session && { pathChanges: session.stats().pathChanges };
  };
  const reloadPlugin = (name: string, wanted: Config) =>
    takeTurn(async () => {
      const staged = await plugins.stage(wanted, name);
      config = { ...config, plugins: new Map(config.plugins).set(name, wanted.plugins.get(name)!) };
      await staged.commit()();
    });
  const hubPlugin = createHubPlugin(log, {
    ...createHubCommands(registry, pathOf),
    plugins: createPluginsCommand({
      report: () => plugins.report(),
      reload: async (name) =>
        team ? team.reloadPlugin(name) : reloadPlugin(name, (await options.readConfig?.()) ?? config),
    }),
  });
  const plugins: PluginHost = createPluginHost({
    log,
    shared: capabilities,
    beforeSend: team ? undefined : beforeSend,
    builtIn: [hubPlugin],
  });
  try {
    (await plugins.stage(config)).commit();
  } catch (error) {
    await opening.undo();
    await processes[Symbol.asyncDispose]();
    throw error;
  }
  if (team) void team.whole.then(() => (isReady = true));
  else isReady = true;
  await opening.commit();
  log.info({ fingerprint: fingerprintOf(sessions.publicKey) }, "the hub's key");
  const afterCrowd = createAfterCrowd({ collectGarbage: () => collectGarbage("last-resort"), usedBytes });
  const sweeper = setInterval(() => {
    textPeers.sweep();
    sessions.sweep();
    afterCrowd(sessions.handshakes);
  }, sweepEveryMs);
  const guarding = setInterval(() => guard.check(), guardEveryMs);

  const reload = async (wanted: Config) => {
    const change = await listeners.change(wanted.listen, wanted.limits.connections);
    const staged = await plugins.stage(wanted).catch(async (error: unknown) => {
      await change.undo();
      throw error;
    });
    const retireOld = staged.commit();
    config = wanted;
    textPeers.configure(textSettings(wanted));
    refreshUsers();
    await change.commit();
    await retireOld();
  };

  const refreshUsers = () => {
    sessions.refresh();
    users.tellAll();
  };
  const listening = () => listeners.all.map(({ listen: { url, mount } }) => ({ url, mount }));
  let closing: Promise<void> | undefined;
  return {
    get listeners() {
      return listening();
    },
    reload: (wanted) => takeTurn(() => reload(wanted)),
    reloadPlugin,
    pluginFiles: () => plugins.files(),
    refreshUsers,
    status: () => ({
      listeners: listening(),
      connections: listeners.all.reduce((sum, transport) => sum + transport.connections, 0),
      textPeers: textPeers.size,
      sessions: sessions.size,
      usersOnline: users.size,
      rooms: rooms.names().length,
      plugins: plugins.report(),
      received,
      dropped: textPeers.dropped,
      unsent: listeners.all.reduce((sum, transport) => sum + transport.unsent, 0),
      traffic: sessions.traffic(),
      memoryGuard: guard.report(),
    }),
    close() {
      closing ??= (async () => {
        clearInterval(sweeper);
        clearInterval(guarding);
        listeners.stop();
        for (const user of users.here()) users.send(user.id, "* The hub is shutting down.");
        await plugins.drain(closeDrainMs);
        // The plugins hear of everyone who leaves, so they go last.
        sessions.close();
        await plugins.dispose();
        await processes[Symbol.asyncDispose]();
        await listeners[Symbol.asyncDispose]();
        identities[Symbol.dispose]();
      })();
      return closing;
    },
  };
}

function textSettings({ text, limits }: Config): TextSettings {
  return { ...text, maxPeers: limits.peers };
}
