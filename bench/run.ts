// pnpm bench [--help|--quick] [NAME [ARG…]]: runs one figure, or all of them one after the other. With --quick most of
// them in less than three minutes where nothing else runs, with fewer and shorter rounds: good to see what broke, not to quote.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const here = import.meta.dirname;
const shared = new Set([
  "run",
  "arguments",
  "hub-process",
  "peers",
  "reference",
  "rooms",
  "session-swarm",
  "sshd",
]);
const names = readdirSync(here)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => basename(file, ".ts"))
  .filter((name) => !shared.has(name));
/** What each figure is given with --quick; what waits long by its nature is left out. */
const quickArgs: Readonly<Record<string, readonly string[]>> = {
  "client-frame": ["3"],
  exec: ["20"],
  "fan-out": ["--without", "ngircd", "1", "0.4", "100"],
  "first-paint": ["3"],
  growth: ["1", "0.1", "10", "100"],
  latency: ["--without", "ngircd", "1", "0.5"],
  lookup: ["1", "0.5"],
  loss: ["--seconds", "8", "0.1"],
  soak: ["0.1"],
  transfer: ["1", "10"],
  workers: ["1", "1"],
};

const given = process.argv.slice(2);
if (given[0] === "--help") {
  process.stdout.write("pnpm bench [--quick] [NAME [ARG…]]\n\n");
  for (const name of names) process.stdout.write(`${name.padEnd(18)}${usageOf(name)}\n`);
  process.exit();
}
const isQuick = given[0] === "--quick";
const [wanted, ...args] = isQuick ? given.slice(1) : given;
if (wanted !== undefined && !names.includes(wanted)) {
  process.stderr.write(`bench: there is no figure ${JSON.stringify(wanted)}; there is ${names.join(", ")}\n`);
  process.exit(2);
}
const all = isQuick ? names.filter((name) => name in quickArgs) : names;
for (const name of wanted === undefined ? all : [wanted]) {
  process.stdout.write(`# ${name}\n`);
  const chosen = isQuick && args.length === 0 ? (quickArgs[name] ?? []) : args;
  const { status } = spawnSync(process.execPath, [`${here}/${name}.ts`, ...chosen], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** What stands behind the program in the comment that a figure begins with. */
function usageOf(name: string): string {
  const [head = ""] = readFileSync(`${here}/${name}.ts`, "utf8").split("\nimport");
  const [, usage = ""] = /Usage: node bench\/\S+ ?([^]*)$/.exec(head.replaceAll(/\n\/\/ */g, " ")) ?? [];
  return usage;
}
