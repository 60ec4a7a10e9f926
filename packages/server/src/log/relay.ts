import pino, { type Logger } from "pino";
import type { LogConfig } from "../config/config.ts";
import { loggerOptions } from "./log.ts";

/** Lines that may wait to be written; what comes then is left out, and said how much. */
const maxUnwritten = 10_000;

export interface RelayOptions {
  readonly level: LogConfig["level"];
  readonly worker: number;
  /** How many wait, one number a worker; whoever writes takes them off. */
  readonly unwritten: Int32Array;
  write(level: number, line: string): void;
}

/** The log of a worker, which the main thread writes. */
export function createRelayedLogger({ level, worker, unwritten, write }: RelayOptions): Logger {
  let leftOut = 0;
  const send = (number: number, line: string) => {
    Atomics.add(unwritten, worker, 1);
    write(number, line);
  };
  const stream = {
    // pino says here which level the line has that follows.
    [Symbol.for("pino.metadata")]: true,
    lastLevel: 0,
    write(line: string) {
      if (Atomics.load(unwritten, worker) >= maxUnwritten) {
        leftOut++;
        return;
      }
      send(stream.lastLevel, line);
      if (leftOut === 0) return;
      const lines = leftOut;
      leftOut = 0;
      logger.warn({ lines }, "the log could not be written in time: lines are missing");
    },
  };
  const logger = pino(loggerOptions(level, { worker }), stream);
  return logger;
}
