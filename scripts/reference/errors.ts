import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_NUMBERS, type ErrorCode } from "../../packages/protocol/src/errors.ts";
import { wireCodeOf } from "../../packages/server/src/sessions/wire-code.ts";
import { table } from "./table.ts";

const packages = join(import.meta.dirname, "../../packages");

/** Where refusals are written: what a hub says, not the plugins' test kit. */
const refusing = "{plugins/src/*,server/src,plugin-api/src/host}/**/*.ts";

interface Told {
  readonly message: string;
  readonly code: string;
  readonly by: string;
}

/** The codes of the wire and of plugins with their docstrings, and every refusal that is written in the code. */
export function errorsPage(): string {
  const wire = Array.from(readDocs("protocol/src/errors.ts", /([A-Z_]+): \d/), ([name, words]) => {
    const [means = "", remedy = ""] = words.split(" → ");
    return [`\`${name}\``, String(ERROR_NUMBERS[name as ErrorCode]), means, remedy];
  });
  const codes = Array.from(readDocs("plugin-api/src/refusal.ts", /\| "([A-Z_]+)"/), ([name, words]) => [
    `\`${name}\``,
    `\`${wireCodeOf(name)}\``,
    words,
  ]);
  const told = readRefusals().map(({ message, code, by }) => [`\`${message}\``, `\`${code}\``, by]);
  return `# Errors

Who speaks text reads the message of a refusal, and nothing else. A session gets a code beside it; \`palaver\` prints the message on
standard error and ends with status 1 (5 where the hub cannot be reached). Statuses of \`palaverd\` are in
[operations](../operations.md#exit-codes), what is wrong with a hub in its [troubleshooting](../operations.md#troubleshooting).

## On the wire

The names and numbers of the [protocol](../protocol.md#errors).

${table(["code", "number", "means", "do"], wire)}

## Of plugins

What a plugin gives to its \`Refusal\`, and how a session reads it.

${table(["code", "on the wire", "means"], codes)}

## Messages

The refusals of the hub and its plugins; \`…\` stands for what differs.

${table(["message", "code", "of"], told)}
`;
}

/** The docstrings of a list in the code, by name. @throws {Error} where a name has none. */
function readDocs(path: string, name: RegExp): ReadonlyMap<string, string> {
  const source = readFileSync(join(packages, path), "utf8");
  const docs = new Map<string, string>();
  for (const [, key = ""] of source.matchAll(new RegExp(`^  ${name.source}`, "gm"))) {
    const doc = new RegExp(String.raw`/\*\*((?:[^*]|\*(?!/))*)\*/\s*(?:\| ")?${key}["\:]`).exec(source)?.[1];
    if (doc === undefined) throw new Error(`${path} has no docstring above ${key}; write what it means`);
    docs.set(key, doc.replaceAll(/\s*\n\s*\*\s*/g, " ").trim());
  }
  return docs;
}

function readRefusals(): readonly Told[] {
  const told = globSync(refusing, { cwd: packages })
    .toSorted()
    .flatMap((path) => {
      const source = readFileSync(join(packages, path), "utf8");
      const by = /^plugins\/src\/(\w+)/.exec(path)?.[1] ?? "hub";
      const written = source.matchAll(
        /new Refusal\(\s*("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)\s*(?:,\s*"([A-Z_]+)")?/g,
      );
      return Array.from(written, ([, literal = "", code = "FORBIDDEN"]) => ({
        message: shown(literal),
        code,
        by,
      }));
    });
  // Some are said in several places.
  return [...new Map(told.map((one) => [`${one.by} ${one.message}`, one])).values()].toSorted(
    (one, other) => compare(one.by, other.by) || compare(one.message, other.message),
  );
}

/** Without the quotes, and without the expressions of a template. */
function shown(literal: string): string {
  return literal
    .slice(1, -1)
    .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "…")
    .replaceAll(/\\(["`\\])/g, "$1")
    .replaceAll(/(?:…\s*)+…/g, "…");
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
