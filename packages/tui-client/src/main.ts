import process from "node:process";
import { EXIT, InterruptedError, UsageError } from "./exit.ts";
import { chooseChatMode } from "./terminal/chat-mode.ts";
import { leanImports } from "./terminal/lean-imports.ts";
import { prepareEnvironment } from "./terminal/environment.ts";
import { reasonOf } from "./text/reason.ts";

// Each mode is imported only when it is chosen: what a pipe needs loads in a tenth of the time of a screen.
async function main(argv: readonly string[]): Promise<number> {
  const { parseArguments } = await import("./arguments/parse-arguments.ts");
  const invocation = parseArguments(argv, {
    writeOut: (text) => process.stdout.write(text),
    writeErr: (text) => process.stderr.write(text),
  });
  if (invocation.command === "none") return EXIT.done;

  const { openConnection, readPublicKey } = await import("./connect.ts");
  if (invocation.command === "id") {
    process.stdout.write(`${await readPublicKey(invocation.identityFile)}\n`);
    return EXIT.done;
  }

  const mode = chooseChatMode({
    linear: invocation.command !== "chat" || invocation.linear,
    stdinIsTerminal: process.stdin.isTTY,
    stdoutIsTerminal: process.stdout.isTTY,
    term: process.env["TERM"],
  });
  if (invocation.command === "chat" && mode === "fullscreen") {
    // Before the half second that Ink may take: what is typed meanwhile is neither echoed nor changed.
    process.stdin.setRawMode(true);
    prepareEnvironment(process.env);
    leanImports();
    const { runFullscreen } = await import("./modes/fullscreen.tsx");
    return runFullscreen(invocation, openConnection);
  }
  const { runPipe } = await import("./modes/pipe.ts");
  return runPipe(invocation, process, openConnection, interruption());
}

/** Aborts at the first signal that asks us to end; the second one ends the process at once, as Node does by default. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => controller.abort(new InterruptedError(name)));
  }
  return controller.signal;
}

// `palaver --help | head` is no fault; the modes that write much notice by themselves.
process.stdout.on("error", () => {});

let status: number;
try {
  status = await main(process.argv.slice(2));
} catch (error) {
  status = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  if (!(error instanceof UsageError)) {
    process.stderr.write(`palaver: ${reasonOf(error)}\n`);
  }
}
// Standard input may still be open, and would keep the process alive.
process.stdout.write("", () => process.exit(status));
