import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Invocation } from "./arguments/invocation.ts";
import type { Config } from "./config/read-config.ts";
import { EXIT, InterruptedError, UsageError } from "./exit.ts";
import { chooseChatMode } from "./terminal/chat-mode.ts";
import { leanImports } from "./terminal/lean-imports.ts";
import { collectSooner, prepareEnvironment } from "./terminal/environment.ts";
import { reasonOf } from "./text/reason.ts";

// Each mode is imported only when it is chosen: what a pipe needs loads in a tenth of the time of a screen.
async function main(argv: readonly string[]): Promise<number> {
  const [{ parseArguments }, { readConfig }, { defaultConfigDir }] = await Promise.all([
    import("./arguments/parse-arguments.ts"),
    import("./config/read-config.ts"),
    import("@palaver/client"),
  ]);
  const configFile = join(defaultConfigDir(), "config.toml");
  const { config, refusal } = tryConfig(() => readConfig(configFile));
  const invocation = parseArguments(
    argv,
    {
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    },
    config?.settings.hub || undefined,
  );
  switch (invocation.command) {
    case "none":
      return EXIT.done;
    case "config": {
      if (invocation.show) {
        const { configTemplate } = await import("./config/template.ts");
        process.stdout.write(`# ${configFile}\n${configTemplate()}`);
        return EXIT.done;
      }
      const { openConfig } = await import("./config/open-config.ts");
      openConfig(configFile);
      return EXIT.done;
    }
    case "completions": {
      const { completionScript, describeCommand } = await import("@palaver/command-help");
      process.stdout.write(completionScript(describeCommand(invocation.program), invocation.shell));
      return EXIT.done;
    }
    case "replay": {
      const { replay } = await import("./modes/replay.ts");
      return replay(invocation.file, process.stdout, interruption());
    }
    case "id": {
      const { readPublicKey } = await import("./connect.ts");
      process.stdout.write(`${await readPublicKey(invocation.identityFile)}\n`);
      return EXIT.done;
    }
    default:
      if (config === undefined) throw refusal;
      return talk(invocation, config, defaultConfigDir());
  }
}

/** A file that is refused keeps nobody from repairing it, or from reading the help: what it is for throws. */
function tryConfig(read: () => Config): { readonly config?: Config; readonly refusal?: unknown } {
  try {
    return { config: read() };
  } catch (error) {
    return { refusal: error };
  }
}

type Talk = Exclude<Invocation, { command: "none" | "config" | "completions" | "replay" | "id" }>;

/** Everything that talks to a hub. */
async function talk(given: Talk, config: Config, configDir: string): Promise<number> {
  const nick = given.hub.nick ?? (config.settings.nick || undefined);
  const hub = { ...given.hub, ...(nick === undefined ? {} : { nick }) };
  const invocation = { ...given, hub };
  const mode = chooseChatMode({
    linear: invocation.command !== "chat" || invocation.linear,
    stdinIsTerminal: process.stdin.isTTY,
    stdoutIsTerminal: process.stdout.isTTY,
    term: process.env["TERM"],
  });
  const isFullscreen = invocation.command === "chat" && mode === "fullscreen";
  if (isFullscreen) {
    // Before the time that Ink may take to load: what is typed meanwhile is neither echoed nor changed.
    process.stdin.setRawMode(true);
    prepareEnvironment(process.env);
    leanImports();
  }
  const [{ createPreferences }, { openConnection }] = await Promise.all([
    import("./config/preferences.ts"),
    import("./connect.ts"),
  ]);
  const lang = invocation.command === "chat" ? invocation.lang : undefined;
  const preferences = createPreferences(config, process.env, process.stdout, lang);
  if (isFullscreen) {
    const { runFullscreen } = await import("./modes/fullscreen.tsx");
    collectSooner();
    const isNewcomer = nick === undefined && !existsSync(hub.identityFile ?? join(configDir, "identity"));
    return runFullscreen(invocation, openConnection, { preferences, isNewcomer });
  }
  const { runPipe } = await import("./modes/pipe.ts");
  return runPipe(invocation, process, openConnection, interruption(), preferences);
}

/** timeout(1) signals its child and then its group, and a script's Ctrl+C may come twice too: that is one signal. */
const SAME_SIGNAL_MS = 200;

/** Aborts at the first signal that asks us to end; a second one ends the process at once, as Node does by default. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstAtMs = Infinity;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      firstAtMs = Math.min(firstAtMs, performance.now());
      controller.abort(new InterruptedError(name));
      if (performance.now() - firstAtMs < SAME_SIGNAL_MS) return;
      process.removeAllListeners(name);
      process.kill(process.pid, name);
    });
  }
  return controller.signal;
}

// `palaver --help | head` is no fault; the modes that write much notice by themselves.
process.stdout.on("error", () => {});

/** What was left open may keep the process for so long. */
const MAX_LEFT_MS = 100;

let status: number;
try {
  status = await main(process.argv.slice(2));
} catch (error) {
  status = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  if (!(error instanceof UsageError)) {
    process.stderr.write(`palaver: ${reasonOf(error)}\n`);
  }
}
process.stdout.write("", () => {
  // The natural end: `process.exit` may wait for ever, for a thread that compiles and waits for the collector
  // (nodejs/node#54918).
  process.exitCode = status;
  process.stdin.destroy();
  setTimeout(() => process.exit(status), MAX_LEFT_MS).unref();
});
