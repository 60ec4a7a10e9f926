import { createHash } from "node:crypto";

import { PalaverError } from "../../src/errors.ts";

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** "Random" bytes of the vectors: the first `size` bytes of SHA-256 of a label that says what they are for. */
export function labelled(label: string, size = 32): Uint8Array {
  return new Uint8Array(
    createHash("sha256").update(`palaver test vector: ${label}`).digest().subarray(0, size),
  );
}

/** The error that `read` throws, by its name on the wire. Anything else than a PalaverError is a defect. */
export function errorOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof PalaverError) return error.code;
    throw error;
  }
  throw new Error("a malformed vector was accepted");
}

/** A value with every byte array written as hex, as JSON can hold it. */
export function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, jsonOf(one)]));
}
