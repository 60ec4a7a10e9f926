import { expect, test } from "vitest";
import { expandTemplates, parseTemplate } from "../../src/exec/template.ts";

const expand = (elements: string[], values: Record<string, string>) =>
  expandTemplates(elements.map(parseTemplate), new Map(Object.entries(values)));

test("arguments stand alone or inside an element", () => {
  expect(expand(["-h", "{a}", "--x={a}:{b}"], { a: "1", b: "2" })).toEqual(["-h", "1", "--x=1:2"]);
});

test("what a caller wrote is not read as a template again", () => {
  expect(expand(["{a}"], { a: "{b} {{", b: "secret" })).toEqual(["{b} {{"]);
});

test("an element whose argument was not given is left out", () => {
  expect(expand(["-n", "--max={a}", "{b}"], { b: "x" })).toEqual(["-n", "x"]);
});

test("doubled braces are braces", () => {
  expect(expand(["{{{a}}}", "a{{}}b", ""], { a: "1" })).toEqual(["{1}", "a{}b", ""]);
});

test.each(["{", "}", "{A}", "{a", "a}", "{}", "{a b}"])("%s is refused", (element) => {
  expect(() => parseTemplate(element)).toThrow(/holds a single [{}]/);
});
