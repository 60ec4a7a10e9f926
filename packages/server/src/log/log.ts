import { join } from "node:path";
import pino, { type Logger, type LoggerOptions, type StreamEntry } from "pino";
import type { LogConfig } from "../config/config.ts";
import { makeDirectory } from "../config/make-directory.ts";
import { boundFields, boundText } from "./bounded-fields.ts";
import { RollingFile } from "./rolling-file.ts";
import { escapeJsonLine } from "./safe-line.ts";
import { createStandardError } from "./standard-error.ts";

/** Where the hub's log goes besides its files. */
export interface LogOutput {
  /** False for a hub in the background, which has files only. */
  readonly toStandardError: boolean;
  readonly isTerminal: boolean;
}

export interface HubLog {
  readonly logger: Logger;
  /** Writes a line that the logger of a worker made. */
  relay(level: number, line: string): void;
  /** Until now nothing is shown on standard error; see `createStandardError`. */
  release(): void;
  /** Opens the files anew, for who moves them away. */
  reopen(): void;
  /** Forgets what is held back; the files have it. */
  discard(): void;
  /** Writes out what is waiting (within half a second) and closes. */
  close(): Promise<void>;
}

/** @throws {NodeJS.ErrnoException} when a log file cannot be opened. */
export async function createLog(config: LogConfig, output: LogOutput): Promise<HubLog> {
  const streams: StreamEntry<string>[] = [];
  const files: RollingFile[] = [];
  const standardError = output.toStandardError
    ? await createStandardError(config.format, output.isTerminal)
    : undefined;
  // The logger's own level decides; pino's levels here only keep the streams from deciding too.
  if (standardError) streams.push({ level: "trace", stream: standardError });
  if (config.directory !== undefined) {
    makeDirectory(config.directory);
    for (const [name, level] of [
      ["palaver.log", "trace"],
      ["palaver.error.log", "error"],
    ] as const) {
      const file = new RollingFile({ path: join(config.directory, name) });
      files.push(file);
      streams.push({ level, stream: { write: (line) => file.write(escapeJsonLine(line)) } });
    }
  }
  const logger = pino(loggerOptions(config.level, {}), pino.multistream(streams));
  return {
    logger,
    relay(level, line) {
      for (const { level: least, stream } of streams) {
        if (level >= pino.levels.values[least ?? "trace"]!) stream.write(line);
      }
    },
    release: () => standardError?.release(),
    reopen: () => files.forEach((file) => file.reopen()),
    discard: () => standardError?.discard(),
    async close() {
      standardError?.release();
      await standardError?.end();
      for (const file of files) file[Symbol.dispose]();
    },
  };
}

/** How a line of the log is made, here and in workers. @param base stands in each. */
export function loggerOptions(
  level: LogConfig["level"],
  base: Readonly<Record<string, unknown>>,
): LoggerOptions {
  return {
    level,
    base: { pid: process.pid, ...base },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: boundFields },
    // Errors are tables by now; pino's own serializer would take them for errors once more.
    serializers: { err: (table: unknown) => table },
    hooks: {
      logMethod(parts, method) {
        const bounded = parts.map((part: unknown) => (typeof part === "string" ? boundText(part) : part));
        method.apply(this, bounded as Parameters<typeof method>);
      },
    },
  };
}
