import type { AnyCommand } from "../plugin.ts";
import { Refusal } from "../refusal.ts";
import type { Schema } from "../schema.ts";

/** What a caller wrote behind a command's name: text as one line, or the words of a session's request. */
export type Words = { readonly line: string } | { readonly argv: readonly string[] };

/** The words, cut at blanks where they came as a line. */
export function wordsOf(words: Words): readonly string[] {
  if ("argv" in words) return words.argv;
  return words.line === "" ? [] : words.line.split(/\s+/);
}

/**
 * Matches words to a command's argument schemas by position; the last schema takes the rest as it was written.
 * @throws {Refusal} INVALID, naming the argument and the usage.
 */
export function parseArguments(
  name: string,
  command: AnyCommand,
  usage: string,
  words: Words,
): Record<string, unknown> {
  const schemas = Object.entries(command.args ?? {});
  const given = wordsOf(words);
  if (schemas.length === 0) {
    if (given.length > 0) throw new Refusal(`${name} takes no arguments.`, "INVALID");
    return {};
  }
  const parsed: Record<string, unknown> = {};
  schemas.forEach(([key, schema], index) => {
    const last = index === schemas.length - 1;
    const word = last ? restFrom(words, given, index) : given[index];
    const result = validate(schema, word);
    if (result.issues) {
      const [issue] = result.issues;
      const problem =
        word === undefined ? `${key} is missing` : `${key}: ${issue?.message ?? "not accepted"}`;
      throw new Refusal(`${problem}. Usage: ${name} ${usage}`, "INVALID");
    }
    parsed[key] = result.value;
  });
  return parsed;
}

function restFrom(words: Words, given: readonly string[], index: number): string | undefined {
  if (given.length <= index) return undefined;
  if ("argv" in words) return given.slice(index).join(" ");
  let rest = words.line;
  for (let skipped = 0; skipped < index; skipped++) rest = rest.replace(/^\S+\s+/, "");
  return rest;
}

/** Arguments as help prints them: `<word>` must be given, `[word]` may be, `…` takes the rest of the line. */
export function usageOf(command: AnyCommand): string {
  const schemas = Object.entries(command.args ?? {});
  return schemas
    .map(([key, schema], index) => {
      const label = index === schemas.length - 1 ? `${key}…` : key;
      return validate(schema, undefined).issues ? `<${label}>` : `[${label}]`;
    })
    .join(" ");
}

function validate(schema: Schema, value: unknown) {
  const result = schema["~standard"].validate(value);
  // A look-up is answered in the turn it arrives in; a schema that waits for something would end that.
  if (result instanceof Promise) throw new TypeError("argument schemas must validate synchronously");
  return result;
}
