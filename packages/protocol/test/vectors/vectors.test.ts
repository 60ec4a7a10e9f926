import { readFileSync, writeFileSync } from "node:fs";

import { expect, test } from "vitest";

import { classifyVectors } from "./classify-vectors.ts";
import { dataVectors } from "./data-vectors.ts";
import { frameVectors } from "./frame-vectors.ts";
import { handshakeVectors } from "./handshake-vectors.ts";
import { messageVectors } from "./message-vectors.ts";
import { noiseVectors } from "./noise-vectors.ts";
import { packetVectors } from "./packet-vectors.ts";
import { replayWindowVectors } from "./replay-window-vectors.ts";
import { textVectors } from "./text-vectors.ts";
import { varintVectors } from "./varint-vectors.ts";

// A change here is a change of the wire: `UPDATE_VECTORS=1 vitest run packages/protocol/test/vectors` writes the files
// anew (then `oxfmt packages/protocol/test-vectors`), and docs/protocol.md and test/protocol/decoder.py must follow.
const FILES: readonly (readonly [string, () => unknown])[] = [
  ["classify", classifyVectors],
  ["data", dataVectors],
  ["frames", frameVectors],
  ["handshake", handshakeVectors],
  ["messages", messageVectors],
  ["noise", noiseVectors],
  ["packets", packetVectors],
  ["replay-window", replayWindowVectors],
  ["text", textVectors],
  ["varints", varintVectors],
];

test.each(FILES)("%s.json is what the code makes of its inputs", (name, make) => {
  const file = new URL(`../../test-vectors/${name}.json`, import.meta.url);
  const made = JSON.parse(JSON.stringify(make())) as unknown;
  if (process.env["UPDATE_VECTORS"] === "1") writeFileSync(file, `${JSON.stringify(made, undefined, 2)}\n`);
  expect(made).toEqual(JSON.parse(readFileSync(file, "utf8")));
});
