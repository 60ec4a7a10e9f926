// Writes the manual pages of both commands, or of the one that is named, made of what `--help` says:
// `node scripts/man-pages.mjs DIRECTORY [NAME]`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describeCommand, manualPage } from "../packages/command-help/dist/index.js";
import { createProgram as createPalaverd } from "../packages/server/dist/cli/program.js";
import { createProgram as createPalaver } from "../packages/tui-client/dist/arguments/parse-arguments.js";

const [directory, only] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write("usage: node scripts/man-pages.mjs DIRECTORY [NAME]\n");
  process.exit(2);
}
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
// The same source gives the same pages: https://reproducible-builds.org/specs/source-date-epoch/
const epoch = process.env.SOURCE_DATE_EPOCH;
const date = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000).toISOString().slice(0, 10);
const nothing = () => {};
const programs = [
  { program: createPalaver({ writeOut: nothing, writeErr: nothing }, "127.0.0.1", nothing), section: 1 },
  { program: createPalaverd({ version, print: nothing, done: nothing }), section: 8 },
];
mkdirSync(directory, { recursive: true });
for (const { program, section } of programs) {
  if (only !== undefined && only !== program.name()) continue;
  const file = join(directory, `${program.name()}.${section}`);
  writeFileSync(file, manualPage(describeCommand(program), { version, section, date }));
}
