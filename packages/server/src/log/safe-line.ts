import { visible } from "../config/config-error.ts";

// What JSON leaves as it is and a terminal or a reader must not get: DEL and the 8-bit controls, marks that reorder
// or hide text, line separators, lone surrogates. The line's own end stays.
const unsafe = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu;
const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A line of JSON with the same value, in which no character can drive a terminal. */
export function escapeJsonLine(line: string): string {
  return line.replace(unsafe, (character) => character.replace(/[^]/g, escapeUnit));
}

/** The same for values that are printed without JSON around them; only stacks keep their lines. */
export function escapeValue(value: unknown, key?: string): unknown {
  if (typeof value === "string")
    return key === "stack" ? value.split("\n").map(visible).join("\n") : visible(value);
  if (Array.isArray(value)) return value.map((entry) => escapeValue(entry));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [visible(name), escapeValue(inner, name)]),
  );
}
