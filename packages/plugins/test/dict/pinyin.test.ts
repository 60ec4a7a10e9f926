import { expect, test } from "vitest";
import { markTones } from "../../src/dict/pinyin.ts";

test.each([
  ["ping2 guo3", "píng guǒ"],
  ["lu:4 se4", "lǜ sè"],
  ["xue2 xiao4", "xué xiào"],
  ["gou3 liu4 gui4", "gǒu liù guì"],
  ["Ou1 zhou1", "Ōu zhōu"],
  ["ma5", "ma"],
  ["r5 xx5", "r xx"],
  ["yi1 er4 san1", "yī èr sān"],
])("%s is written %s", (numbered, marked) => {
  expect(markTones(numbered)).toBe(marked);
});
