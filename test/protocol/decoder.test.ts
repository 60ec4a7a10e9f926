import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, onTestFinished, test } from "vitest";

const script = fileURLToPath(new URL("check_vectors.py", import.meta.url));
const vectors = fileURLToPath(new URL("../../packages/protocol/test-vectors/", import.meta.url));
const install = process.platform === "darwin" ? "brew install python" : "sudo apt-get install python3";

/** One change in each file that a decoder must notice. */
const CHANGES: Readonly<Record<string, readonly [RegExp, string]>> = {
  classify: [/"frame"/, '"text"'],
  data: [/("packet": "f910.{30})../, "$1a5"],
  frames: [/"delayMs": 25/, '"delayMs": 26'],
  handshake: [/("handshakeHash":\s*")../, "$1a5"],
  messages: [/"seq": 300/, '"seq": 301'],
  noise: [/("handshakeHash":\s*")../, "$1a5"],
  packets: [/"epoch": 213/, '"epoch": 214'],
  "replay-window": [/true/, "false"],
  text: [/"too long"/, '"empty"'],
  varints: [/"value": 37/, '"value": 38'],
};

/** What the Python decoder says of a folder of vectors. */
function decode(folder: string): { readonly lines: readonly string[]; readonly status: number | null } {
  const { error, stdout, stderr, status } = spawnSync("python3", ["-B", script, folder], {
    encoding: "utf8",
  });
  if (error) throw new Error(`python3 does not run here; install it: ${install}`, { cause: error });
  expect(stderr).toBe("");
  return { lines: stdout.trim().split("\n"), status };
}

test("a decoder written from the document alone agrees with every vector", () => {
  const { lines, status } = decode(vectors);
  expect(lines).toEqual(
    Object.keys(CHANGES).map((name) => expect.stringMatching(`^${name}: [1-9]\\d* checks$`)),
  );
  expect(status).toBe(0);
});

test("the decoder notices one change in each file", () => {
  const folder = mkdtempSync(join(tmpdir(), "palaver-vectors-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(vectors, folder, { recursive: true });
  for (const [name, [from, to]] of Object.entries(CHANGES)) {
    const file = join(folder, `${name}.json`);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(from);
    writeFileSync(file, text.replace(from, to));
  }
  const { lines, status } = decode(folder);
  expect(lines).toEqual(Object.keys(CHANGES).map((name) => expect.stringMatching(`^${name}: DIFFERS in `)));
  expect(status).toBe(1);
});
