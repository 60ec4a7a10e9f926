import process from "node:process";
import { formatAddress } from "../arguments/address.ts";
import type { Invocation } from "../arguments/invocation.ts";
import type { Preferences } from "../config/preferences.ts";
import { EXIT, exitStatusOf, isSilent } from "../exit.ts";
import type { Desk } from "../keymap/desk.ts";
import { createKeyHandler } from "../keymap/key-handler.ts";
import { createChat } from "../loops/chat.ts";
import { notifyOfMentions } from "../loops/notifier.ts";
import { initialState } from "../store/state.ts";
import { createStore } from "../store/store.ts";
import { reasonOf } from "../text/reason.ts";
import { sanitizeText } from "../text/sanitize.ts";
import { mapOutput } from "../terminal/output-stream.ts";
import { startRecording } from "../terminal/recording.ts";
import { steadyColumns } from "../terminal/steady-columns.ts";
import { createFrames } from "../ui/frame.ts";
import { drawnRows } from "../ui/geometry.ts";
import { closeConnection } from "./close-connection.ts";
import { watchWaiting } from "./watch-waiting.ts";
import { listenForEnd } from "./listen-for-end.ts";
import type { OpenConnection } from "./open-connection.ts";
import { type Terminal, openScreen } from "./screen.tsx";

export interface FullscreenOptions {
  readonly preferences: Preferences;
  readonly terminal?: Terminal;
  /** Nobody chose a name here before: it is asked for. */
  readonly isNewcomer?: boolean;
}

/** Chat on the whole screen, until the user or a signal ends it; whatever ends it, the terminal is as it was. */
export async function runFullscreen(
  { hub, room, record }: Extract<Invocation, { command: "chat" }>,
  open: OpenConnection,
  { preferences, terminal: given = process, isNewcomer = false }: FullscreenOptions,
): Promise<number> {
  // Told in a turn of its own: what could not be recorded was about to be drawn.
  const terminal = outfit(given, record, (reason) =>
    setImmediate(() =>
      store.dispatch({
        type: "notice",
        text: words.recordingCut(record ?? "", reasonOf(reason, words)),
        at: Date.now(),
      }),
    ),
  );
  const { words, look, keymap, settings } = preferences;
  const address = formatAddress(hub.address);
  const ending = new AbortController();
  const ended = Promise.withResolvers<unknown>();
  const end = (reason?: unknown) => ended.resolve(reason);
  const named = Promise.withResolvers<string | undefined>();

  const store = createStore(initialState([room, ...settings.rooms], hub.nick, settings.coming));
  const draw = createFrames(look, words, keymap);
  const desk: Desk = {
    store,
    words,
    keymap,
    chat: unconnected,
    effects: { suspend() {}, edit: async () => undefined, redraw() {}, copy() {} },
    frame: (state = store.getState()) =>
      draw(state, terminal.stdout.columns, drawnRows(terminal.stdout.rows)),
    perform: (command) => keys.perform(command),
    welcome: (nick) => named.resolve(nick === "" ? undefined : nick),
    quit: end,
  };
  const keys = createKeyHandler(desk);
  if (isNewcomer) {
    const text = (process.env["USER"] ?? "").slice(0, 20);
    store.dispatch(
      { type: "overlay", overlay: { type: "welcome", address } },
      { type: "composer", action: { type: "replace", text, cursor: text.length } },
    );
  } else named.resolve(hub.nick);

  const stopListening = listenForEnd(terminal, end, () => screen.isLent);
  const screen = openScreen({ terminal, store, draw, preferences, onPress: keys.onPress, onEnd: end });
  desk.effects = screen.effects;

  const nick = await Promise.race([named.promise, ended.promise.then(() => undefined)]);
  const connection = open({ ...hub, ...(nick === undefined ? {} : { nick }) }, (fingerprint) =>
    store.dispatch({ type: "notice", room, text: words.firstMeeting(address, fingerprint), at: Date.now() }),
  );
  const waitingAtEnd = watchWaiting(connection, words);
  const chat = createChat({
    connection,
    store,
    words,
    signal: ending.signal,
    rooms: settings.rooms,
    translatesWords: settings["translate.words"],
    setMouse: screen.setMouse,
    quit: end,
  });
  desk.chat = chat;
  const { notifications: protocol } = preferences;
  notifyOfMentions(connection, store, { hasBell: settings["notify.bell"], protocol, write: screen.write });
  chat.run().catch(end);
  const stillTrying = setTimeout(() => {
    if (connection.state !== "connecting") return;
    store.dispatch({ type: "notice", room, text: words.stillTrying(address), at: Date.now() });
  }, hub.timeoutMs);

  const reason = await ended.promise;
  clearTimeout(stillTrying);
  ending.abort(reason);
  await screen.close();
  await closeConnection(connection);
  stopListening();
  terminal.stderr.write(waitingAtEnd());
  if (reason === undefined) return EXIT.done;
  if (!isSilent(reason)) {
    // A fault of ours: the stack is what a report of it needs.
    const told = reason instanceof Error ? (reason.stack ?? reason.message) : reasonOf(reason);
    terminal.stderr.write(`palaver: ${sanitizeText(told)}\n`);
  }
  return exitStatusOf(reason);
}

/** The terminal with an output that keeps columns straight, and is recorded where that is wanted. */
function outfit(
  { stdin, stdout, stderr }: Terminal,
  record: string | undefined,
  onCut: (reason: unknown) => void,
): Terminal {
  const recording = record === undefined ? undefined : startRecording(record, stdout, onCut);
  stdout.on("resize", () => recording?.resize(stdout.columns, stdout.rows));
  const output = mapOutput(stdout, (text) => {
    const steady = steadyColumns(text);
    recording?.output(steady);
    return steady;
  });
  return { stdin, stdout: output, stderr };
}

/** What a chat can do while there is none. */
const unconnected: Desk["chat"] = {
  submit: () => false,
  act() {},
  resend() {},
  stopRun: () => false,
  lookUp: async () => undefined,
  refreshCommands() {},
  roomsOfHub: async () => [],
  typed() {},
};
