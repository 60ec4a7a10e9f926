import { PalaverError } from "../errors.ts";

/** Checks one value of a JSON body and returns it, or throws PROTOCOL or TOO_LARGE. */
export type Field<T> = (value: unknown) => T;

/** Checks for every field of a message. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Decodes UTF-8, strictly. Throws PROTOCOL for anything else. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new PalaverError("PROTOCOL", "a text is not UTF-8", { cause });
  }
}

/** Encodes text of at most `maxBytes` bytes. Throws TOO_LARGE. */
export function encodeText(value: string, maxBytes: number): Uint8Array {
  const bytes = Buffer.from(value);
  if (bytes.length > maxBytes) throw new PalaverError("TOO_LARGE", `a text has more than ${maxBytes} bytes`);
  return bytes;
}

function wrong(what: string): PalaverError {
  return new PalaverError("PROTOCOL", `a message's field is not ${what}`);
}

/** A string of at most `maxBytes` bytes of UTF-8. */
export function text(maxBytes: number): Field<string> {
  return (value) => {
    if (typeof value !== "string") throw wrong("a text");
    encodeText(value, maxBytes);
    return value;
  };
}

/** A whole number from 0 to 2^53 - 1. */
export const count: Field<number> = (value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong("a number");
  return value as number;
};

/** Either of some words. */
export function oneOf<T extends string>(...words: readonly T[]): Field<T> {
  return (value) => {
    if (!words.includes(value as T)) throw wrong(`one of ${words.join(", ")}`);
    return value as T;
  };
}

/** A field that may be missing. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value) => (value === undefined || value === null ? undefined : field(value));
}

/** At most `max` values. */
export function list<T>(field: Field<T>, max: number): Field<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw wrong("a list");
    if (value.length > max) throw new PalaverError("TOO_LARGE", `a list has more than ${max} entries`);
    return value.map(field);
  };
}

/** An object with these fields; others are ignored, so that a later version may add some. */
export function object<T extends object>(fields: Fields<T>): Field<T> {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("an object");
    const result: { [key: string]: unknown } = {};
    for (const [name, field] of Object.entries<Field<unknown>>(fields)) {
      const own = Object.hasOwn(value, name) ? (value as { [key: string]: unknown })[name] : undefined;
      const checked = field(own);
      if (checked !== undefined) result[name] = checked;
    }
    return result as T;
  };
}

/** Parses JSON of at most `maxBytes` bytes. Throws TOO_LARGE or PROTOCOL. */
export function parseJson(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) throw new PalaverError("TOO_LARGE", `a body has more than ${maxBytes} bytes`);
  const source = decodeText(bytes);
  try {
    return JSON.parse(source) as unknown;
  } catch (cause) {
    throw new PalaverError("PROTOCOL", "a body is not JSON", { cause });
  }
}
