import { expect, test } from "vitest";
import * as z from "zod";
import { checkInstance } from "../../src/host/instance.ts";

const greet = (more: object) => ({ commands: { greet: { summary: "Greet", run: () => "x", ...more } } });

test("what the interface has passes", () => {
  const all = greet({
    args: { a: z.string() },
    roles: ["x"],
    rate: { limit: 1, windowMs: 1 },
    timeoutMs: 1,
    maxInputBytes: 1,
  });
  const rest = { history: { latest() {}, after() {} }, serve() {}, async [Symbol.asyncDispose]() {} };
  const instance = { ...all, on: { "user:online": () => {} }, text: () => "x", textTimeoutMs: 1, ...rest };
  expect(checkInstance(instance)).toBe(instance);
  // Of a class, with a field of its own.
  const own = new (class {
    seen = 0;
    commands = all.commands;
  })();
  expect(checkInstance(own)).toBe(own);
});

test.each([
  // The table that carries events carries everybody's calls, too.
  [{ on: { "command:echo": () => {} } }, 'there is no event "command:echo"; there is user:online'],
  [{ on: { "*": () => {} } }, 'there is no event "*"'],
  [{ on: [], commands: "x" }, "its commands is no object"],
  [{ serve: 1 }, "its serve is no function"],
  [{ command: {} }, 'there is no "command" in what its setup gave back; there is commands, text'],
  [
    greet({ timeoutms: 5 }),
    'there is no "timeoutms" in the command greet; there is summary, args, roles, timeoutMs',
  ],
  [{ history: 5 }, "its history is none; write history: { latest, after }"],
  [{ [Symbol.asyncDispose]: 5 }, "its [Symbol.asyncDispose] is no function"],
  [{ textTimeoutMs: Number.NaN }, "its textTimeoutMs is no number of milliseconds"],
  [greet({ summary: "x".repeat(501) }), "the summary of greet has more than 500 characters"],
  [greet({ roles: "operator" }), 'the roles of greet are no list of texts; write roles: ["operator"]'],
  [greet({ rate: { limit: 5 } }), "the rate of greet is none"],
  [greet({ timeoutMs: "5s" }), "the timeoutMs of greet is no number of milliseconds"],
  [greet({ timeoutMs: 2 ** 31 }), "the timeoutMs of greet is no number of milliseconds"],
  [greet({ maxInputBytes: -1 }), "the maxInputBytes of greet is no number of bytes"],
  [greet({ args: { a: "string" } }), 'the argument "a" of greet has no schema; write z.string()'],
])("what would hurt others, or nobody would understand, is refused: %j", (instance, message) => {
  expect(() => checkInstance(instance)).toThrow(message);
});
