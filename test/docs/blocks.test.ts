import { expect, test } from "vitest";
import { isShown, readBlocks, readSteps } from "./blocks.ts";

test("a block knows its line, its language and its label", () => {
  expect(readBlocks("# Page\n\n```toml palaver.toml\na = 1\n\nb = 2\n```\n")).toEqual([
    { line: 3, language: "toml", label: "palaver.toml", text: "a = 1\n\nb = 2" },
  ]);
});

test("a fence inside a longer fence is text, and one that is never closed is refused", () => {
  expect(readBlocks("````md\n```sh\nls\n```\n````")).toHaveLength(1);
  expect(() => readBlocks("```sh\nls\n")).toThrow("line 1");
});

test("a console block is commands, what is typed into them and what they print", () => {
  expect(readSteps("$ nc -u host\n> apple\n苹果\n$ date\nToday")).toEqual([
    {
      command: "nc -u host",
      lines: [
        { kind: "typed", text: "apple" },
        { kind: "printed", text: "苹果" },
      ],
    },
    { command: "date", lines: [{ kind: "printed", text: "Today" }] },
  ]);
  expect(() => readSteps("date\n$ date")).toThrow("begins with");
});

test("output is compared line by line, and an ellipsis stands for what differs", () => {
  expect(isShown(["pid …", "ok"], ["pid 17", "ok"])).toBe(true);
  expect(isShown(["pid …", "ok"], ["pid 17"])).toBe(false);
  expect(isShown(["a.c"], ["abc"])).toBe(false);
  expect(isShown(["one"], ["one", "two"])).toBe(false);
  expect(isShown(["one", "…", "three"], ["one", "2", "2.5", "three"])).toBe(true);
  expect(isShown(["one", "…", "three"], ["one", "three"])).toBe(true);
  expect(isShown(["one", "…"], ["one"])).toBe(false);
  expect(isShown(["one", "…"], ["one", "2", "three"])).toBe(true);
  expect(isShown(["one", "…", "four"], ["one", "2", "three"])).toBe(false);
});
