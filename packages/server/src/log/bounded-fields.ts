import { stdSerializers } from "pino";

// A field is there to be read. What the network sends may be as long as a datagram, what a child prints longer.
const maxCharacters = 1000;
const maxStackCharacters = 4000;
const maxDepth = 5;
const maxEntries = 100;

/** The fields of a log line, each text cut to 1,000 characters, each list to 100 entries; errors become tables. */
export function boundFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return boundEntries(fields, 0);
}

export function boundText(text: string, max = maxCharacters): string {
  return text.length > max ? `${text.slice(0, max)}… (${text.length} characters)` : text;
}

function boundEntries(fields: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).slice(0, maxEntries);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      boundText(key),
      key === "stack" && typeof value === "string"
        ? boundText(value, maxStackCharacters)
        : bound(value, depth + 1),
    ]),
  );
}

function bound(value: unknown, depth: number): unknown {
  if (typeof value === "string") return boundText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return "…";
  if (value instanceof Error) return boundEntries(stdSerializers.err(value), depth);
  if (Array.isArray(value)) return value.slice(0, maxEntries).map((entry) => bound(entry, depth + 1));
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  return "toJSON" in value ? value : boundEntries(value, depth);
}
