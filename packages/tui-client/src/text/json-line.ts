// JSON.stringify escapes C0 only; C1 and bidi controls would reach a terminal as they are.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of JSON that means exactly `value` and holds no control a terminal would act on. */
export function toJsonLine(value: unknown): string {
  const json = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "bigint" ? member.toString() : member,
  );
  return json.replace(UNSAFE_IN_JSON, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
