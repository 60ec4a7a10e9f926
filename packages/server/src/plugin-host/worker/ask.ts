import { readSync, writeSync } from "node:fs";
import { deserialize } from "node:v8";
import { Refusal } from "@palaver/plugin-api";
import { errorOf } from "../fault.ts";
import { encodeFrame, maxAskBytes } from "./frames.ts";
import { asksFd, type Failure, type Outcome } from "./protocol.ts";

/** Questions to the hub, each answered before the next line of the plugin runs. */
export interface Asker {
  /** What the method gives back; where that is a promise, a promise. @throws what the method throws. */
  ask(target: string, method: string, values: readonly unknown[]): unknown;
  /** The hub says how a promise of its own ended. */
  settle(id: number, outcome: Outcome): void;
}

export function createAsker(): Asker {
  const promises = new Map<number, PromiseWithResolvers<unknown>>();
  return {
    ask(target, method, values) {
      const frame = encodeFrame({ target, method, values });
      if (frame.length > maxAskBytes) {
        throw new RangeError(`${target}.${method} was given ${frame.length} bytes; ${maxAskBytes} at most`);
      }
      writeAll(frame);
      const outcome = deserialize(readExactly(readExactly(4).readUInt32LE())) as Outcome;
      if (!("promise" in outcome)) return valueOf(outcome);
      const pending = Promise.withResolvers<unknown>();
      promises.set(outcome.promise, pending);
      return pending.promise;
    },
    settle(id, outcome) {
      const pending = promises.get(id);
      promises.delete(id);
      if ("value" in outcome) pending?.resolve(outcome.value);
      else if (!("promise" in outcome)) pending?.reject(errorFrom(outcome));
    },
  };
}

function writeAll(bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(asksFd, bytes, written);
}

function readExactly(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let read = 0; read < length;) {
    const count = readSync(asksFd, bytes, read, length - read, null);
    // The hub is gone, and nobody waits for this plugin any more.
    if (count === 0) process.exit();
    read += count;
  }
  return bytes;
}

function valueOf(outcome: { readonly value: unknown } | Failure): unknown {
  if ("value" in outcome) return outcome.value;
  throw errorFrom(outcome);
}

/** A failure on the other side, as it would be thrown on this one. */
export function errorFrom(failure: Failure): Error {
  if ("fault" in failure) return errorOf(failure.fault);
  const { message, code } = failure.refusal;
  return new Refusal(message, code as Refusal["code"]);
}
