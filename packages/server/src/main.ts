import { listenToSignals } from "./cli/signals.ts";

// Before anything else is loaded: a signal during start-up counts too.
const signals = listenToSignals();

const { readFileSync } = await import("node:fs");
const { default: process } = await import("node:process");
const { runPalaverd } = await import("./cli/run.ts");

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
/** What a command left open may keep the process for so long. */
const maxLeftMs = 100;
// Who reads our lines may have gone.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

// Whether it was read or nobody reads any more.
const outputRead = () => new Promise<void>((resolve) => process.stdout.write("", () => resolve()));

const code = await runPalaverd(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  isTerminal: process.stderr.isTTY,
  printOutput: (text) => void process.stdout.write(text),
  outputRead,
  printError: (text) => void process.stderr.write(text),
  signals,
  program: process.argv[1]!,
  version,
  loadHub: () => import("./hub.ts"),
  loadTeam: () => import("./workers/team.ts"),
  exit: (status) => process.exit(status),
});
// A pipe holds 64 KiB; what is more would be lost.
await outputRead();
// The natural end: `process.exit` may wait for ever, for a thread that compiles and waits for the collector
// (nodejs/node#54918).
process.exitCode = code;
setTimeout(() => process.exit(code), maxLeftMs).unref();
