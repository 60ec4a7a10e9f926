import process from "node:process";
import { InterruptedError } from "../exit.ts";

/** Ends the chat on signals, faults, and a terminal that is gone. A Ctrl+C in a program that has the terminal is meant for it. */
export function listenForEnd(
  terminal: { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream },
  end: (reason: unknown) => void,
  isLent: () => boolean,
): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const onSignal = (name: (typeof signals)[number]) => {
    if (name !== "SIGINT" || !isLent()) end(new InterruptedError(name));
  };
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
