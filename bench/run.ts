// pnpm bench [NAME [ARG…]]: runs one figure, or all of them one after the other.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename } from "node:path";

const here = import.meta.dirname;
const shared = new Set(["run", "hub-process", "peers", "reference", "session-load"]);
const names = readdirSync(here)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => basename(file, ".ts"))
  .filter((name) => !shared.has(name));

const [wanted, ...args] = process.argv.slice(2);
if (wanted !== undefined && !names.includes(wanted)) {
  process.stderr.write(`bench: there is no figure ${JSON.stringify(wanted)}; there is ${names.join(", ")}\n`);
  process.exit(2);
}
for (const name of wanted === undefined ? names : [wanted]) {
  process.stdout.write(`# ${name}\n`);
  const { status } = spawnSync(process.execPath, [`${here}/${name}.ts`, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
