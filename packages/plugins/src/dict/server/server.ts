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
/** Commands under way may take this long before others have their turn. */
const maxTurnMs = 2;

/**
 * Serves DICT clients (RFC 2229). Commands may be sent ahead; they are answered in order, and read no faster than
 * their answers are.
 * @param signal aborts when the plugin is unloaded; clients are told.
 */
export function createServer(
  parts: ServerParts,
  limits: ServerLimits,
  signal: AbortSignal,
): (connection: StreamConnection) => Promise<void> {
  const open = new Map<string, number>();
  const connections = new Set<StreamConnection>();
  signal.addEventListener("abort", () => connections.forEach((connection) => connection.close()), {
    once: true,
  });

  const talk = async (connection: StreamConnection) => {
    let isIdle = false;
    const idle = setTimeout(() => {
      isIdle = true;
      connection.close();
    }, limits.idleMs);
    const send = async (text: string) => {
      await connection.write(text);
      idle.refresh();
    };
    try {
      await send(greeting());
      const state: ClientState = { isMime: false, commands: 0 };
      const lines = createLineReader();
      for await (const bytes of connection.input) {
        idle.refresh();
        let unsent = "";
        let turnStart = performance.now();
        for (const line of lines.push(bytes)) {
          const { text, isLast } = await answerLine(line, state, parts);
          unsent += text;
          if (isLast) return await send(unsent);
          if (unsent.length >= maxUnsentLength) {
            await send(unsent);
            unsent = "";
          }
          if (isIdle || signal.aborted) break;
          if (performance.now() - turnStart > maxTurnMs) {
            await nextTurn();
            turnStart = performance.now();
          }
        }
        if (unsent !== "") await send(unsent);
      }
      if (signal.aborted) await send("421 The server is reloading or shutting down\r\n");
      else if (isIdle) await send("421 Nothing was asked for too long\r\n");
    } catch (error) {
      // The dictionaries close while a command waits for its turn.
      if (!signal.aborted) throw error;
    } finally {
      clearTimeout(idle);
    }
  };

  return async (connection) => {
    const { address } = connection;
    const ofAddress = open.get(address) ?? 0;
    if (connections.size >= limits.connections || ofAddress >= limits.connectionsPerAddress) {
      await connection.write("420 Too many connections; try again later\r\n");
      return;
    }
    connections.add(connection);
    open.set(address, ofAddress + 1);
    try {
      await talk(connection);
    } finally {
      connections.delete(connection);
      const others = open.get(address)! - 1;
      if (others > 0) open.set(address, others);
      else open.delete(address);
    }
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
