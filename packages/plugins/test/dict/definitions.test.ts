import { expect, test } from "vitest";
import { parseDefinitions } from "../../src/dict/definitions.ts";

test("each line is one definition, with its part of speech or subject", () => {
  expect(parseDefinitions("n. 苹果, 家伙\\n[医] 苹果\\r\\nvt.& vi. 跑\\n\\n闲谈")).toEqual([
    { pos: "n.", text: "苹果, 家伙" },
    { pos: "[医]", text: "苹果" },
    { pos: "vt.& vi.", text: "跑" },
    { text: "闲谈" },
  ]);
});

test("a line that is only a part of speech is text", () => {
  expect(parseDefinitions("abbr.")).toEqual([{ text: "abbr." }]);
});
