#!/usr/bin/env node
import process from "node:process";
import { setFlagsFromString } from "node:v8";

const [major] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(`palaverd: Node 24 or newer is needed, this is ${process.version}\n`);
  process.exit(1);
}
// By default V8 lets 16 MiB of garbage become 32 and more under load; a hub's garbage is young, so half does as well.
setFlagsFromString("--max-semi-space-size=16");
await import("../dist/main.js");
