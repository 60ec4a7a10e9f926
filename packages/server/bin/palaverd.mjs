#!/usr/bin/env node
import process from "node:process";

const [major] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(`palaverd: Node 24 or newer is needed, this is ${process.version}\n`);
  process.exit(1);
}
await import("../dist/main.js");
