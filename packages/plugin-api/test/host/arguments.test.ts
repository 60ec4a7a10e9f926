import { describe, expect, test } from "vitest";
import * as z from "zod";
import { parseArguments, usageOf, wordsOf } from "../../src/host/index.ts";
import { command, Refusal, type AnyCommand } from "../../src/index.ts";

const remind = command({
  summary: "Reply later",
  args: { minutes: z.coerce.number().min(0), text: z.string() },
  run: () => {},
}) as AnyCommand;

const parse = (spec: AnyCommand, line: string) => parseArguments("cmd", spec, usageOf(spec), { line });

describe("arguments", () => {
  test("words are matched by position, the last takes the rest as it was written", () => {
    expect(parse(remind, '5 stand   up, "now"')).toEqual({ minutes: 5, text: 'stand   up, "now"' });
  });

  test("a session's words keep the blanks inside them", () => {
    const words = { argv: ["5", "stand up", "now"] };
    expect(parseArguments("cmd", remind, "", words)).toEqual({ minutes: 5, text: "stand up now" });
    expect(wordsOf(words)).toEqual(words.argv);
  });

  test("what is missing or wrong is refused with the usage", () => {
    expect(() => parse(remind, "5")).toThrow(/text is missing\. Usage: cmd <minutes> <text…>/);
    expect(() => parse(remind, "soon stand up")).toThrow(/^minutes: /);
    expect(() => parse(remind, "")).toThrow(Refusal);
  });

  test("a command without arguments takes none", () => {
    const none = command({ summary: "now", run: () => {} }) as AnyCommand;
    expect(parse(none, "")).toEqual({});
    expect(() => parse(none, "x")).toThrow(/takes no arguments/);
  });

  test("the usage shows what may be left out", () => {
    const spec = command({ summary: "", args: { a: z.string(), b: z.string().optional() }, run: () => {} });
    expect(usageOf(spec as AnyCommand)).toBe("<a> [b…]");
  });
});
