import { hostname } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { StreamConnection } from "@palaver/plugin-api";
import { answerCommand, type ClientState, type CommandReply, type ServerParts } from "./commands.ts";
import { createLineReader } from "./lines.ts";

/** Bounds of the DICT server. */
export interface ServerLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Without a command for so long, a connection is ended; also one that does not read. */
  readonly idleMs: number;
}

/** Replies are sent when this much is ready, or when no further command has come. */
const maxUnsentLength = 32 * 1024;
/** Commands of all clients together may take this long before the hub has its turn. */
const maxTurnMs = 2;

/** A client that asked so recently may be about to ask again: it gets this time when the plugin is unloaded. */
const graceMs = 1000;

export interface DictServer {
  serve(connection: StreamConnection): Promise<void>;
  /** Resolves when all connections have ended after the signal aborted; those that wait for a server are not waited for. */
  ended(): Promise<void>;
}

/** What ends a connection from our side. */
interface Client {
  lastAt: number;
  isOver: boolean;
  end(): void;
}

/**
 * Serves DICT clients (RFC 2229). Commands may be sent ahead; they are answered in order, and read no faster than
 * their answers are.
 * @param signal aborts when the plugin is unloaded; clients are told.
 */
export function createServer(parts: ServerParts, limits: ServerLimits, signal: AbortSignal): DictServer {
  const open = new Map<string, number>();
  const clients = new Set<Client>();
  let allEnded: (() => void) | undefined;
  let turnEndMs = 0;

  /** Each client answers one command more, and then all let the hub do something else. */
  const takeTurns = async () => {
    if (performance.now() < turnEndMs) return;
    await nextTurn();
    if (performance.now() >= turnEndMs) turnEndMs = performance.now() + maxTurnMs;
  };

  signal.addEventListener(
    "abort",
    () => {
      for (const client of clients) {
        const leftMs = graceMs - (performance.now() - client.lastAt);
        if (leftMs <= 0) client.end();
        else setTimeout(() => client.end(), leftMs);
      }
    },
    { once: true },
  );

  const talk = async (connection: StreamConnection, client: Client) => {
    const idle = setTimeout(() => client.end(), limits.idleMs);
    const heard = () => {
      idle.refresh();
      client.lastAt = performance.now();
    };
    const send = async (text: string) => {
      await connection.write(text);
      heard();
    };
    try {
      await send(greeting());
      const state: ClientState = { isMime: false, commands: 0 };
      const lines = createLineReader();
      for await (const bytes of connection.input) {
        heard();
        let unsent = "";
        for (const line of lines.push(bytes)) {
          const { text, isLast } = await answerLine(line, state, parts);
          unsent += text;
          if (isLast) return await send(unsent);
          if (unsent.length >= maxUnsentLength) {
            await send(unsent);
            unsent = "";
          }
          if (client.isOver) break;
          await takeTurns();
        }
        if (unsent !== "") await send(unsent);
      }
      const reason = signal.aborted
        ? "The server is reloading or shutting down"
        : "Nothing was asked for too long";
      if (client.isOver) await send(`421 ${reason}\r\n`);
    } catch (error) {
      // A command that waited for another server finds the dictionaries closed.
      if (!signal.aborted) throw error;
    } finally {
      clearTimeout(idle);
    }
  };

  return {
    async serve(connection) {
      const { address } = connection;
      const ofAddress = open.get(address) ?? 0;
      if (clients.size >= limits.connections || ofAddress >= limits.connectionsPerAddress) {
        await connection.write("420 Too many connections; try again later\r\n");
        return;
      }
      const client: Client = {
        lastAt: performance.now(),
        isOver: false,
        end() {
          client.isOver = true;
          connection.close();
        },
      };
      clients.add(client);
      open.set(address, ofAddress + 1);
      try {
        await talk(connection, client);
      } finally {
        clients.delete(client);
        const others = open.get(address)! - 1;
        if (others > 0) open.set(address, others);
        else open.delete(address);
        if (clients.size === 0) allEnded?.();
      }
    },

    async ended() {
      if (clients.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, 1.5 * graceMs);
      allEnded = resolve;
      await promise;
      clearTimeout(timer);
    },
  };
}

function answerLine(line: string | undefined, state: ClientState, parts: ServerParts): Promise<CommandReply> {
  if (line !== undefined) return answerCommand(line, state, parts);
  return Promise.resolve({ text: "500 A line of at most 1024 bytes of UTF-8 is wanted\r\n" });
}

/** Its last two words are the capabilities and an identity that only authentication needs (RFC 2229, 3.1). */
function greeting(): string {
  const id = `${process.pid}.${Date.now()}@${hostname()}`;
  return `220 ${hostname()} palaver <mime> <${id}>\r\n`;
}
