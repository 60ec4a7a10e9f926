import { setTimeout as delay } from "node:timers/promises";
import type { Connection, RoomMessage } from "@palaver/client";
import type { Words } from "../i18n/words.ts";
import { reasonOf } from "../text/reason.ts";
import type { ChatAction } from "../store/actions.ts";

/** Hub events that wait for the next frame. Beyond it the oldest go: the timeline would drop them as well. */
const MAX_WAITING = 20_000;
/** Time between two batches; Ink draws 30 frames a second. */
const FRAME_MS = 33;

export interface ReceiveLoop {
  /** Takes its turn behind what came from the hub before. */
  put(action: ChatAction): void;
  /** Hands events on in batches until `signal` aborts. */
  run(): Promise<void>;
}

/**
 * Collects what the hub sends and hands it on once a frame. Runs beside the send loop: neither waits for the other, and a
 * flood of messages never holds up typing.
 */
export function createReceiveLoop(
  connection: Connection,
  words: Words,
  dispatch: (...actions: readonly ChatAction[]) => void,
  signal: AbortSignal,
): ReceiveLoop {
  let waiting: ChatAction[] = [];
  let messages: RoomMessage[] = [];
  /** The newest list of each room: of five hundred that join in a second only the last one matters. */
  let presences = new Map<string, ChatAction>();
  let wake = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => wake.resolve(), { once: true });

  function put(action: ChatAction): void {
    waiting.push(action);
    if (waiting.length > MAX_WAITING) waiting.shift();
    wake.resolve();
  }

  connection.on("message", (message) => {
    messages.push(message);
    if (messages.length > MAX_WAITING) messages.shift();
    wake.resolve();
  });
  connection.on("change", (change) => put({ type: "changed", change }));
  connection.on("typing", ({ room, from }) => put({ type: "typing", room, nick: from, at: Date.now() }));
  connection.on("presence", ({ room, users }) => {
    presences.set(room, { type: "presence", room, users });
    wake.resolve();
  });
  connection.on("nick", ({ nick }) => put({ type: "nick", nick }));
  connection.on("notice", ({ text, error }) =>
    put({ type: "notice", text: error === undefined ? text : reasonOf(error, words), at: Date.now() }),
  );
  connection.on("state", ({ state, reason: said, error }) => {
    const reason = error === undefined ? said : reasonOf(error, words);
    put({ type: "connection", state, at: Date.now(), ...(reason === undefined ? {} : { reason }) });
    // What to do about it does not fit into the status line.
    if (state === "closed" && reason !== undefined) put({ type: "notice", text: reason, at: Date.now() });
  });

  return {
    put,
    async run() {
      while (!signal.aborted) {
        await wake.promise;
        wake = Promise.withResolvers();
        const batch = [...waiting, ...presences.values()];
        const received = messages;
        waiting = [];
        messages = [];
        presences = new Map();
        if (received.length > 0) dispatch({ type: "messages", messages: received }, ...batch);
        else dispatch(...batch);
        await delay(FRAME_MS, undefined, { signal }).catch(() => {});
      }
    },
  };
}
