import { type Connection, HubError, type RoomInfo } from "@palaver/client";
import type { ChatActions } from "../commands/chat-actions.ts";
import { performLine } from "../commands/perform-line.ts";
import { parseLine } from "../commands/parse-line.ts";
import { splitMessage } from "../composer/split-message.ts";
import type { Words } from "../i18n/words.ts";
import { type ChatState, MAX_ROOMS, shownRoom } from "../store/state.ts";
import { TYPING_MS } from "../store/rooms.ts";
import type { Store } from "../store/store.ts";
import { reasonOf } from "../text/reason.ts";
import { translateSingleWords } from "./auto-translate.ts";
import { type Dictionary, createDictionary } from "./dictionary.ts";
import { runWayLoop } from "./way-loop.ts";
import { createReceiveLoop } from "./receive-loop.ts";
import { MAX_RUNS, createRuns } from "./runs.ts";
import { MAX_WAITING, createSender } from "./sender.ts";
import { createTransfers } from "./transfers.ts";

/** What ties a store to a connection. */
export interface Chat {
  /** Does what a line of the user says; false when it was not taken in. Never waits. */
  submit(text: string): boolean;
  /** Changes a message that the hub has stored; a refusal is shown. */
  act(room: string, action: "edit" | "delete" | "react" | "unreact", seq: number, text: string): void;
  /** Says a message that failed once more. */
  resend(room: string, id: number): void;
  /** Stops a command by its entry, or the newest of the shown room; false when none runs. */
  stopRun(id?: number): boolean;
  /** The user types: the others in the room are told now and then. */
  typed(): void;
  /** The hub's commands are about to be shown. */
  refreshCommands(): void;
  roomsOfHub(): Promise<readonly RoomInfo[]>;
  readonly lookUp: Dictionary["lookUp"];
  /** Runs the loops until `signal` aborts. */
  run(): Promise<void>;
}

export interface ChatOptions {
  readonly connection: Connection;
  readonly store: Store;
  readonly words: Words;
  readonly signal: AbortSignal;
  /** Rooms to enter beside the shown one. */
  readonly rooms?: readonly string[];
  /** Messages of a single word are translated. */
  readonly translatesWords?: boolean;
  setMouse(isOn: boolean): void;
  quit(): void;
}

/** The hub passes on no more than this. */
const TYPING_INTERVAL_MS = 3000;
/** Who sends sooner was not seen writing: the message is there first. */
const TYPING_DELAY_MS = 300;
/** A hub may load a plugin again at any time: before its commands are shown they are asked for, once in as long. */
const COMMANDS_AGE_MS = 5000;

/** No room can have such a name. */
const NO_ROOM: ReadonlySet<string> = new Set(["PROTOCOL", "TOO_LARGE"]);

export function createChat(options: ChatOptions): Chat {
  const { connection, store, words, signal, quit } = options;
  const sender = createSender(connection, {
    onStored: (message, seq) => store.dispatch({ type: "stored", message, seq }),
    onFailed: (message, error) => store.dispatch({ type: "failed", message, reason: reasonOf(error, words) }),
  });
  const receiving = createReceiveLoop(connection, words, store.dispatch, signal);
  const runs = createRuns(store, receiving.put);
  const transfers = createTransfers();
  const dictionary = createDictionary(connection, words, signal);
  let typedAtMs = 0;
  let typingTimer: NodeJS.Timeout | undefined;
  let commandsAtMs = 0;

  const notice = (text: string, room?: string) =>
    store.dispatch({ type: "notice", text, at: Date.now(), ...(room === undefined ? {} : { room }) });

  function say(room: string, kind: "say" | "me", text: string, replyTo?: number): boolean {
    const reply = replyTo === undefined ? {} : { replyTo };
    const message = { id: store.getState().nextId, room, kind, text, ...reply };
    if (!sender.trySend(message)) {
      store.dispatch({ type: "hinted", hint: words.outboxFull(MAX_WAITING) });
      return false;
    }
    store.dispatch({ type: "said", message, at: Date.now() }, { type: "scrolled", anchor: undefined });
    return true;
  }

  async function join(room: string): Promise<void> {
    const { rooms } = store.getState();
    if (rooms.length >= MAX_ROOMS && !rooms.some(({ name }) => name === room)) {
      throw new Error(words.tooManyRooms(MAX_ROOMS));
    }
    // Shown at once: what is typed next is meant for it, however far away the hub is.
    store.dispatch({ type: "room-opened", room });
    await enter(room);
  }

  async function enter(room: string): Promise<void> {
    try {
      await connection.join(room, { signal });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof HubError && NO_ROOM.has(error.code) && isUntouched(room))
        store.dispatch({ type: "room-closed", room });
      const isOpen = store.getState().rooms.some(({ name }) => name === room);
      notice(words.cannotEnter(room, reasonOf(error, words)), isOpen ? room : undefined);
    }
  }

  /** Nothing was said there that would go with it. */
  function isUntouched(room: string): boolean {
    const { entries = [], pending = [] } = store.getState().rooms.find(({ name }) => name === room) ?? {};
    return entries.length === 0 && pending.length === 0;
  }

  async function part(room: string): Promise<void> {
    if (store.getState().rooms.length === 1) throw new Error(words.onlyRoom);
    await connection.part(room);
    // Behind what came from the room until now, which would open it again.
    receiving.put({ type: "room-closed", room });
  }

  function resend(room: string, id: number): void {
    const failed = store
      .getState()
      .rooms.find(({ name }) => name === room)
      ?.entries.find((entry) => entry.id === id);
    if (failed?.delivery !== "failed" || failed.kind === "notice" || failed.kind === "run") return;
    if (say(room, failed.kind, failed.text, failed.replyTo?.seq))
      store.dispatch({ type: "dismissed", room, id });
  }

  /** A command's output belongs to the room it was written in, whatever is shown when it comes. */
  function actionsIn(room: string): ChatActions {
    return {
      connection,
      words,
      signal,
      room,
      transfers,
      say,
      join,
      part,
      quit,
      setMouse: options.setMouse,
      notice: (text) => notice(text, room),
      beginRun: (command) => runs.begin(room, command),
      stop: () => runs.stop({ room }),
      resend() {
        const { entries = [] } = store.getState().rooms.find(({ name }) => name === room) ?? {};
        const failed = entries.filter((entry) => entry.delivery === "failed");
        for (const { id } of failed) resend(room, id);
        return failed.length;
      },
    };
  }

  async function loadCommands(): Promise<void> {
    commandsAtMs = Date.now();
    try {
      store.dispatch({ type: "commands", commands: await connection.commands(signal) });
    } catch (error) {
      if (!signal.aborted) notice(words.commandsUnknown(reasonOf(error, words)));
    }
  }

  async function change(
    room: string,
    action: Parameters<Chat["act"]>[1],
    seq: number,
    text: string,
  ): Promise<void> {
    try {
      if (action === "edit") await connection.edit(room, seq, text, { signal });
      else if (action === "delete") await connection.delete(room, seq, { signal });
      else await connection[action](room, seq, text, { signal });
    } catch (error) {
      if (!signal.aborted) notice(words.changeRefused(reasonOf(error, words)), room);
    }
  }

  return {
    submit(text) {
      clearTimeout(typingTimer);
      const state = store.getState();
      const room = shownRoom(state).name;
      const { target } = state;
      const line = parseLine(text);
      if (target !== undefined) store.dispatch({ type: "targeted", target: undefined });
      if (target?.type === "edit") {
        void change(room, "edit", target.seq, text);
        return true;
      }
      if (line.type === "say") {
        const messages = splitMessage(line.text);
        // All or nothing: what stays in the draft must not be half said.
        if (messages.length > sender.free) {
          store.dispatch({ type: "hinted", hint: words.outboxFull(MAX_WAITING) });
          return false;
        }
        return messages.every((message, index) =>
          say(room, "say", message, index === 0 ? target?.seq : undefined),
        );
      }
      if (runs.count >= MAX_RUNS) {
        store.dispatch({ type: "hinted", hint: words.tooManyRuns(MAX_RUNS) });
        return false;
      }
      void performLine(actionsIn(room), text);
      return true;
    },

    act: (room, action, seq, text) => void change(room, action, seq, text),
    resend,
    stopRun: (id) => runs.stop(id === undefined ? { room: shownRoom(store.getState()).name } : { id }),
    lookUp: dictionary.lookUp,
    roomsOfHub: () => connection.rooms(signal),

    refreshCommands() {
      if (connection.state === "online" && Date.now() - commandsAtMs > COMMANDS_AGE_MS) void loadCommands();
    },

    typed() {
      const now = Date.now();
      if (now - typedAtMs < TYPING_INTERVAL_MS || connection.state !== "online") return;
      typedAtMs = now;
      const room = shownRoom(store.getState()).name;
      typingTimer = setTimeout(() => connection.typing(room), TYPING_DELAY_MS);
      typingTimer.unref();
    },

    async run() {
      const first = shownRoom(store.getState()).name;
      store.dispatch({ type: "connection", state: connection.state, at: Date.now() });
      if (connection.nick !== undefined) store.dispatch({ type: "nick", nick: connection.nick });
      const onWay = (way: ChatState["way"]) => store.dispatch({ type: "way", way });
      connection.on("state", ({ state }) => {
        if (state === "online") void loadCommands();
      });
      if (connection.state === "online") void loadCommands();
      if (options.translatesWords === true) translateSingleWords(connection, dictionary, receiving.put);
      connection.on("typing", () => {
        setTimeout(() => store.dispatch({ type: "clock", at: Date.now() }), TYPING_MS).unref();
      });
      for (const room of options.rooms ?? []) if (room !== first) void enter(room);

      await Promise.all([enter(first), receiving.run(), runWayLoop(connection, onWay, signal)]);
    },
  };
}
