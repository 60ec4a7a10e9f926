import { globSync, readFileSync } from "node:fs";
import { type Context, createContext, runInContext } from "node:vm";

import { expect, test } from "vitest";

import * as classify from "../../packages/protocol/src/classify.ts";
import { ERROR_NUMBERS } from "../../packages/protocol/src/errors.ts";
import * as bounds from "../../packages/protocol/src/messages/bounds.ts";
import { REQUEST_NUMBERS } from "../../packages/protocol/src/messages/request.ts";
import { ROOM_ACTIONS, ROOM_MESSAGE_KINDS, ROOM_NUMBERS } from "../../packages/protocol/src/messages/room.ts";
import * as frame from "../../packages/protocol/src/session/frame.ts";
import * as limits from "../../packages/protocol/src/session/limits.ts";
import { NOISE_NAME } from "../../packages/protocol/src/session/noise.ts";
import { PACKET_TYPES } from "../../packages/protocol/src/session/packet.ts";
import { DEFAULT_ENDPOINT_LIMITS } from "../../packages/protocol/src/session/server-endpoint.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const sources = (pattern: string): string[] => globSync(pattern, { cwd: root }).toSorted();

/** Rows of the document's tables that begin with a name and a value: `| \`NAME\` | 123 | …`. */
const rows = new Map<string, Set<string>>();
for (const [, name = "", value = ""] of read("docs/protocol.md").matchAll(/^\| `(\w+)` +\| ([^ |]+) +\|/gm)) {
  rows.set(name, (rows.get(name) ?? new Set()).add(value));
}

/** Whole numbers must agree to the last digit; the document may round a fraction. */
function isDocumented(name: string, value: string | number): boolean {
  return [...(rows.get(name) ?? [])].some((cell) => {
    if (typeof value === "string") return cell === value;
    const written = Number(cell);
    return Number.isInteger(value) ? written === value : Math.abs(written - value) < 1e-4 * Math.abs(value);
  });
}

const missing = (constants: object): string[] =>
  Object.entries(constants)
    .filter((entry): entry is [string, string | number] => ["string", "number"].includes(typeof entry[1]))
    .filter(([name, value]) => !isDocumented(name, value))
    .map(([name, value]) => `${name} = ${value}`);

test.each([
  ["limits", limits],
  ["default limits", limits.DEFAULT_LIMITS],
  ["bounds of messages", bounds],
  ["errors", ERROR_NUMBERS],
  ["frames", frame],
  ["frame types", frame.FRAME_TYPES],
  ["packet types", PACKET_TYPES],
  ["classification", classify],
  ["request messages", REQUEST_NUMBERS],
  ["room messages", ROOM_NUMBERS],
  ["limits of an endpoint", DEFAULT_ENDPOINT_LIMITS],
  ["the Noise protocol", { NOISE_NAME }],
] as const)("the document has the code's %s", (_what, constants) => {
  expect(missing(constants)).toEqual([]);
});

test("the document has the numbers of the control messages, and the kinds and actions of room messages", () => {
  const control = read("packages/protocol/src/messages/control.ts");
  const numbers = Array.from(control.matchAll(/^ {2}(\w+): \{\s*number: (0x\w+)/gm), ([, name, number]) => [
    name,
    Number(number),
  ]);
  expect(numbers.length).toBeGreaterThan(8);
  expect(missing(Object.fromEntries(numbers) as object)).toEqual([]);
  const kinds = ROOM_MESSAGE_KINDS.map((kind, number) => `${number} \`${kind}\``).join(", ");
  expect(read("docs/protocol.md")).toContain(`Kinds: ${kinds}`);
  const actions = ROOM_ACTIONS.map((action, number) => `${number} \`${action}\``).join(", ");
  expect(read("docs/protocol.md")).toContain(`Actions: ${actions}`);
});

/** How memory is laid out, and what OpenSSL calls things, is no part of the protocol. */
const LAYOUT = new Set(["FIRST_CAPACITY", "GET_TAG", "KEPT_BYTES", "RELEASED_BYTES", "SET_TAG", "SIZE"]);

/** Every constant of a module's top level whose value is a number, also of modules that keep it to themselves. */
function numbersOf(files: readonly string[]): readonly (readonly [string, string, number])[] {
  const found = new Map<string, readonly [string, string, number]>();
  const shared: Record<string, number> = {};
  // A constant may be made of others that come later: three rounds reach them all.
  for (let round = 0; round < 3; round++) {
    for (const file of files) {
      const own = createContext({ ...shared });
      const constants = read(file).matchAll(/^(?:export )?const (\w+) = ([^;]+);/gm);
      for (const [, name = "", expression = ""] of constants) {
        const value = found.get(`${file} ${name}`)?.[2] ?? tryEvaluate(expression, own);
        if (value === undefined || LAYOUT.has(name)) continue;
        own[name] = value;
        shared[name] ??= value;
        found.set(`${file} ${name}`, [file, name, value]);
      }
    }
  }
  return [...found.values()];
}

function tryEvaluate(expression: string, known: Context): number | undefined {
  try {
    const value: unknown = runInContext(expression, known);
    return typeof value === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}

test.each([
  ["of the wire", sources("packages/protocol/src/{session,messages,text}/*.ts"), 80],
  [
    "of the hub",
    [
      ...sources("packages/server/src/sessions/*.ts"),
      ...["text-peers", "text-answer", "proof", "rests"].map(
        (name) => `packages/server/src/peers/${name}.ts`,
      ),
      "packages/server/src/users/rooms.ts",
      "packages/server/src/users/identities.ts",
      "packages/server/src/router.ts",
    ],
    20,
  ],
])("the document has every number %s", (_whose, files, atLeast) => {
  const numbers = numbersOf(files);
  expect(numbers.length).toBeGreaterThan(atLeast);
  expect(numbers.filter(([, name, value]) => !isDocumented(name, value))).toEqual([]);
});

test("the document names no error, message or frame that the code does not have", () => {
  const document = read("docs/protocol.md");
  const section = (heading: string): string => document.split(`\n${heading}\n`)[1]?.split(/\n##/)[0] ?? "";
  const named = (heading: string): string[] =>
    Array.from(section(heading).matchAll(/^\| `(\w+)` +\|/gm), ([, name = ""]) => name);
  expect(named("## Errors")).toEqual(Object.keys(ERROR_NUMBERS));
  expect(named("## Frames")).toEqual(Object.keys(frame.FRAME_TYPES));
  expect(named("### Request streams")).toEqual(Object.keys(REQUEST_NUMBERS));
  expect(named("### Room streams")).toEqual(Object.keys(ROOM_NUMBERS));
});
