import type { Connection } from "@palaver/client";
import type { ChatActions } from "../commands/chat-actions.ts";
import { performLine } from "../commands/perform-line.ts";
import { parseLine } from "../commands/parse-line.ts";
import { MAX_ROOMS, shownRoom } from "../store/state.ts";
import type { Store } from "../store/store.ts";
import { reasonOf } from "../text/reason.ts";
import { runLagLoop } from "./lag-loop.ts";
import { MAX_OUTBOX, createOutbox } from "./outbox.ts";
import { createReceiveLoop } from "./receive-loop.ts";
import { runSendLoop } from "./send-loop.ts";

/** What ties a store to a connection. */
export interface Chat {
  /** Does what a line of the user says; false when it was not taken in. Never waits. */
  submit(text: string): boolean;
  /** Runs the loops until `signal` aborts. */
  run(): Promise<void>;
}

export interface ChatOptions {
  readonly connection: Connection;
  readonly store: Store;
  readonly signal: AbortSignal;
  quit(): void;
}

/** Commands that run at the same time; one more is refused. */
const MAX_COMMANDS = 16;

export function createChat({ connection, store, signal, quit }: ChatOptions): Chat {
  const outbox = createOutbox();
  const receiving = createReceiveLoop(connection, store.dispatch, signal);
  let commands = 0;

  const notice = (text: string, room?: string) =>
    store.dispatch({ type: "notice", text, at: Date.now(), ...(room === undefined ? {} : { room }) });

  function say(room: string, kind: "say" | "me", text: string): boolean {
    const message = { id: store.getState().nextId, room, kind, text };
    if (!outbox.tryPush(message)) {
      store.dispatch({
        type: "hinted",
        hint: `not taken in: ${MAX_OUTBOX} messages already wait to be sent`,
      });
      return false;
    }
    store.dispatch({ type: "said", message, at: Date.now() }, { type: "scrolled", anchor: undefined });
    return true;
  }

  async function join(room: string): Promise<void> {
    const { rooms } = store.getState();
    if (rooms.length >= MAX_ROOMS && !rooms.some(({ name }) => name === room)) {
      throw new Error(`${MAX_ROOMS} rooms are open; /part one first`);
    }
    // Shown at once: what is typed next is meant for it, however far away the hub is.
    store.dispatch({ type: "room-opened", room });
    await enter(room);
  }

  async function enter(room: string): Promise<void> {
    try {
      await connection.join(room, { signal });
    } catch (error) {
      if (!signal.aborted) notice(`cannot enter: ${reasonOf(error)}`, room);
    }
  }

  async function part(room: string): Promise<void> {
    if (store.getState().rooms.length === 1)
      throw new Error("this is the only room; /join another first, or /quit");
    await connection.part(room);
    // Behind what came from the room until now, which would open it again.
    receiving.put({ type: "room-closed", room });
  }

  /** A command's output belongs to the room it was written in, whatever is shown when it comes. */
  function actionsIn(room: string): ChatActions {
    return {
      connection,
      signal,
      room,
      say,
      join,
      part,
      quit,
      notice: (text) => notice(text, room),
    };
  }

  async function loadCommands(): Promise<void> {
    try {
      store.dispatch({ type: "commands", commands: await connection.commands(signal) });
    } catch (error) {
      if (!signal.aborted) notice(`the hub's commands are unknown: ${reasonOf(error)}`);
    }
  }

  return {
    submit(text) {
      const room = shownRoom(store.getState()).name;
      const line = parseLine(text);
      if (line.type === "say") return say(room, "say", line.text);
      if (commands >= MAX_COMMANDS) {
        store.dispatch({ type: "hinted", hint: `${MAX_COMMANDS} commands are still running` });
        return false;
      }
      commands++;
      void performLine(actionsIn(room), text).finally(() => commands--);
      return true;
    },

    async run() {
      const first = shownRoom(store.getState()).name;
      store.dispatch({ type: "connection", state: connection.state });
      if (connection.nick !== undefined) store.dispatch({ type: "nick", nick: connection.nick });
      const onLag = (lagMs: number | undefined) => store.dispatch({ type: "lag", lagMs });
      connection.on("state", ({ state }) => {
        if (state === "online") void loadCommands();
      });
      if (connection.state === "online") void loadCommands();

      const sending = enter(first).then(() =>
        runSendLoop(
          connection,
          outbox,
          {
            onStored: (message, seq) => store.dispatch({ type: "stored", message, seq }),
            onFailed: (message, reason) => store.dispatch({ type: "failed", message, reason }),
          },
          signal,
        ),
      );
      signal.addEventListener("abort", () => outbox.close(), { once: true });
      await Promise.all([receiving.run(), sending, runLagLoop(connection, onLag, signal)]);
    },
  };
}
