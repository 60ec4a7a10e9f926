import process from "node:process";
import { render } from "ink";
import { formatAddress } from "../arguments/address.ts";
import type { Invocation } from "../arguments/invocation.ts";
import { EXIT, InterruptedError, exitStatusOf, isSilent } from "../exit.ts";
import { createKeyHandler } from "../keymap/key-handler.ts";
import { createChat } from "../loops/chat.ts";
import { initialState } from "../store/state.ts";
import { createStore } from "../store/store.ts";
import { reasonOf } from "../text/reason.ts";
import { sanitizeText } from "../text/sanitize.ts";
import { stopJob } from "../terminal/suspend.ts";
import { closeConnection } from "./close-connection.ts";
import { App } from "../ui/app.tsx";
import { StoreContext } from "../ui/use-chat.ts";
import { firstMeeting, type OpenConnection } from "./open-connection.ts";

export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Chat on the whole screen, until the user or a signal ends it; whatever ends it, the terminal is as it was. */
export async function runFullscreen(
  { hub, room }: Extract<Invocation, { command: "chat" }>,
  open: OpenConnection,
  terminal: Terminal = process,
): Promise<number> {
  const ending = new AbortController();
  const ended = Promise.withResolvers<unknown>();
  const end = (reason?: unknown) => ended.resolve(reason);
  const store = createStore(initialState(room, hub.nick));
  const connection = open(hub, (fingerprint) => {
    const text = firstMeeting(formatAddress(hub.address), fingerprint);
    store.dispatch({ type: "notice", room, text, at: Date.now() });
  });
  const chat = createChat({ connection, store, signal: ending.signal, quit: end });
  const onKey = createKeyHandler({
    store,
    submit: chat.submit,
    quit: end,
    suspend: (screen) => {
      if (process.platform !== "win32") screen.suspendTerminal(stopJob).catch(end);
    },
  });

  const stopListening = listenForEnd(terminal, end);
  const screen = render(
    <StoreContext value={store}>
      <App onKey={onKey} />
    </StoreContext>,
    {
      ...terminal,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      patchConsole: false,
      exitOnCtrlC: false,
    },
  );
  chat.run().catch(end);
  screen.waitUntilExit().then(() => end(), end);
  const stillTrying = setTimeout(() => {
    if (connection.state !== "connecting") return;
    const text = `no answer from ${formatAddress(hub.address)} yet, still trying`;
    store.dispatch({ type: "notice", room, text, at: Date.now() });
  }, hub.timeoutMs);

  const reason = await ended.promise;
  clearTimeout(stillTrying);
  ending.abort(reason);
  screen.unmount();
  await screen.waitUntilExit().catch(() => {});
  await closeConnection(connection);
  stopListening();
  if (reason === undefined) return EXIT.done;
  if (!isSilent(reason)) {
    // A fault of ours: the stack is what a report of it needs.
    const told = reason instanceof Error ? (reason.stack ?? reason.message) : reasonOf(reason);
    terminal.stderr.write(`palaver: ${sanitizeText(told)}\n`);
  }
  return exitStatusOf(reason);
}

/** Ends the chat on signals, faults, and a terminal that is gone. */
function listenForEnd(terminal: Terminal, end: (reason: unknown) => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const onSignal = (name: (typeof signals)[number]) => end(new InterruptedError(name));
  const onLostTerminal = () => end(new InterruptedError("SIGHUP"));
  for (const name of signals) process.on(name, onSignal);
  process.on("uncaughtException", end);
  terminal.stdout.on("error", onLostTerminal);
  terminal.stdin.on("error", onLostTerminal);
  terminal.stdin.on("end", onLostTerminal);
  return () => {
    for (const name of signals) process.off(name, onSignal);
    process.off("uncaughtException", end);
    // The streams keep their listeners: writing to a terminal that is gone must not throw on the way out either.
  };
}
