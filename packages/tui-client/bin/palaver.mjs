#!/usr/bin/env node
import { existsSync, mkdirSync } from "node:fs";
import * as module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isBundled } from "./bundle-age.mjs";

const [major] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(`palaver: Node 24 or newer is needed, this is ${process.version}\n`);
  process.exit(1);
}

// In a folder of the user's own: whoever could write there could run anything as the user. Node never comes back from making
// it where a folder takes none, as /proc.
const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const cache = join(caches, "palaver");
try {
  for (const folder of [caches, cache]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  module.enableCompileCache(cache);
} catch {
  // It starts more slowly.
}

await import(isBundled() ? "../dist/bundle/main.js" : "../dist/main.js");
