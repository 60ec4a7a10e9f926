// Builds what changed, then runs one of the two commands in this process. Plain JavaScript that an old
// Node can parse, so that it can say what is missing instead of failing on syntax.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [command, ...args] = process.argv.slice(2);
const bins = {
  palaverd: "../packages/server/bin/palaverd.mjs",
  palaver: "../packages/tui-client/bin/palaver.mjs",
};

// TypeScript prints what it finds on standard output, which belongs to the command alone.
const build = spawnSync(
  process.execPath,
  [fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url)), "-b"],
  { cwd: fileURLToPath(new URL("..", import.meta.url)), stdio: ["ignore", 2, 2] },
);
if (build.status !== 0) process.exit(1);
if (command === "palaver") {
  const { isBundled } = await import("../packages/tui-client/bin/bundle-age.mjs");
  // Where it cannot be made the client runs as it is, and takes longer to start.
  if (!isBundled()) await import("../packages/tui-client/bundle.mjs").catch(() => {});
}

const bin = new URL(bins[command], import.meta.url);
process.argv = [process.execPath, fileURLToPath(bin), ...args];
await import(bin.href);
