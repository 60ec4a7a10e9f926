import { expect, test } from "vitest";
import { parseCsvLine } from "../../../src/dict/import/csv.ts";

test.each([
  ["a,b,c", ["a", "b", "c"]],
  ['a,"b, ""c""",', ["a", 'b, "c"', ""]],
  ['"a","b"\r', ["a", "b"]],
  [",,", ["", "", ""]],
  ['"', [""]],
  ['a,"never closed, b', ["a", "never closed, b"]],
])("%j is split into its fields", (line, fields) => {
  expect(parseCsvLine(line)).toEqual(fields);
});
