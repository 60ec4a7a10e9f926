import { Refusal } from "@palaver/plugin-api";

const maxMessageChars = 1000;
const maxStackChars = 4000;

/** What a plugin threw, safe to read: its own may be anything, also an object whose every property throws. */
export interface Fault {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export function readFault(thrown: unknown): Fault {
  try {
    if (!(thrown instanceof Error)) return { name: "thrown", message: cut(String(thrown)), stack: "" };
    // Whatever the types say: a plugin may have put anything there.
    const { name, message, stack } = thrown as { readonly [Key in keyof Error]: unknown };
    return {
      name: cut(String(name)),
      message: cut(String(message)),
      stack: typeof stack === "string" ? stack.slice(0, maxStackChars) : "",
    };
  } catch {
    return { name: "thrown", message: "something that cannot be read", stack: "" };
  }
}

/** An error for the log. */
export function errorOf({ name, message, stack }: Fault): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = stack === "" ? `${name}: ${message}` : stack;
  return error;
}

/** A refusal as plain text; undefined for everything else that was thrown. */
export function tryReadRefusal(thrown: unknown): { code: Refusal["code"]; message: string } | undefined {
  try {
    if (!(thrown instanceof Refusal)) return undefined;
    const { code, message } = thrown as { readonly [Key in keyof Refusal]: unknown };
    return { code: String(code) as Refusal["code"], message: cut(String(message)) };
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length > maxMessageChars ? `${text.slice(0, maxMessageChars)}…` : text;
}
