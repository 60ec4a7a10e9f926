// Packs what is built, and writes beside the packages what others want to know of them: `node scripts/pack.mjs DIRECTORY`.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runPnpm } from "./pnpm.mjs";

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write("usage: node scripts/pack.mjs DIRECTORY\n");
  process.exit(2);
}
const root = fileURLToPath(new URL("..", import.meta.url));
const target = resolve(directory);
mkdirSync(target, { recursive: true });
if (readdirSync(target).length > 0) {
  process.stderr.write(`${target} is not empty\n`);
  process.exit(1);
}

const packages = ["--filter", "./packages/*"];
const licences = execFileSync(process.execPath, [join(root, "scripts/licences.mjs")], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
writeFileSync(join(target, "licences.txt"), licences);
// One for each package, named as its file is.
const bom = ["sbom", "--prod", "--split", "--sbom-format", "cyclonedx", "--sbom-spec-version", "1.6"];
runPnpm([...packages, ...bom, "--out", join(target, "%s-%v.cdx.json")], root);
runPnpm(["-r", ...packages, "pack", "--pack-destination", target], root);

const sums = readdirSync(target)
  .toSorted()
  .map(
    (name) =>
      `${createHash("sha256")
        .update(readFileSync(join(target, name)))
        .digest("hex")}  ${name}\n`,
  );
writeFileSync(join(target, "SHA256SUMS"), sums.join(""));
