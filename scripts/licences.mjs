// Lists the licences of all that the packages bring with them, and fails where one is not allowed:
// `node scripts/licences.mjs`.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isAllowedLicence } from "./licence-rule.ts";
import { runPnpm } from "./pnpm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const printed = runPnpm(["--filter", "./packages/*", "licenses", "list", "--prod", "--json"], root);
// Where there is nothing it says so in words.
const byLicence = printed.startsWith("{") ? JSON.parse(printed) : {};
const packages = Object.values(byLicence)
  .flat()
  .toSorted((one, other) => (one.name < other.name ? -1 : 1));

for (const { name, versions, license } of packages)
  process.stdout.write(`${name} ${versions.join(", ")}: ${license}\n`);

const refused = packages.filter(({ name, license }) => !isAllowedLicence(name, license));
for (const { name, license } of refused)
  process.stderr.write(`${name}: the licence ${license} is not allowed, see scripts/licence-rule.ts\n`);
process.exitCode = refused.length === 0 ? 0 : 1;
