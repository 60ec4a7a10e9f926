#!/usr/bin/env node
import { statSync } from "node:fs";
import * as module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const [major] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(`palaver: Node 24 or newer is needed, this is ${process.version}\n`);
  process.exit(1);
}

// In a folder of the user's own: whoever could write there could run anything as the user.
module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "palaver"));

const changedAt = (file) => statSync(new URL(file, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
// What tsc writes last, in a clone; a package has none of them.
const builds = ["protocol", "client", "tui-client"].map((name) => `../../${name}/tsconfig.tsbuildinfo`);
const bundle = "../dist/bundle/main.js";
const isBundled = changedAt(bundle) > Math.max(...builds.map(changedAt));
await import(isBundled ? bundle : "../dist/main.js");
