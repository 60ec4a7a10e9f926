import { ConfigError } from "../config/config-error.ts";
import { BindError } from "../transport/transport.ts";

/** An error as it crosses threads: of which kind it was, and its message. */
type Refused =
  | { readonly kind: "config" | "other"; readonly message: string }
  | { readonly kind: "bind"; readonly url: string; readonly code: string };

type Letter =
  | { readonly ask: string; readonly id: number; readonly about: unknown }
  | { readonly answer: number; readonly value?: unknown; readonly refused?: Refused };

/** The other thread: a worker, or a worker's parent. */
interface Port {
  postMessage(value: unknown): void;
  on(event: "message", listener: (value: Letter) => void): unknown;
}

/** Questions from one thread to another, and answers; as many wait as the caller lets wait. */
export interface Wire {
  /** @throws what the other side threw, as far as its kind is known here. */
  ask(what: string, about?: unknown): Promise<unknown>;
  /** Nobody will answer any more. */
  cut(error: Error): void;
}

/** @param answer of this side to what the other one asks. */
export function openWire(port: Port, answer: (what: string, about: unknown) => unknown): Wire {
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  const reply = async ({ ask, id, about }: Extract<Letter, { ask: string }>) => {
    try {
      port.postMessage({ answer: id, value: await answer(ask, about) } satisfies Letter);
    } catch (error) {
      port.postMessage({ answer: id, refused: describe(error) } satisfies Letter);
    }
  };
  port.on("message", (letter: Letter) => {
    if ("ask" in letter) return void reply(letter);
    const waiting = asked.get(letter.answer);
    asked.delete(letter.answer);
    if (letter.refused) waiting?.reject(revive(letter.refused));
    else waiting?.resolve(letter.value);
  });
  return {
    ask(what, about) {
      const id = ++count;
      const waiting = Promise.withResolvers<unknown>();
      asked.set(id, waiting);
      port.postMessage({ ask: what, id, about } satisfies Letter);
      return waiting.promise;
    },
    cut(error) {
      for (const waiting of asked.values()) waiting.reject(error);
      asked.clear();
    },
  };
}

function describe(error: unknown): Refused {
  if (error instanceof BindError) return { kind: "bind", url: error.url, code: error.code };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: error instanceof ConfigError ? "config" : "other", message };
}

function revive(refused: Refused): Error {
  if (refused.kind === "bind") return new BindError(refused.url, refused.code, undefined);
  // The place stands in the message already.
  return refused.kind === "config"
    ? new ConfigError({ key: "" }, refused.message)
    : new Error(refused.message);
}
