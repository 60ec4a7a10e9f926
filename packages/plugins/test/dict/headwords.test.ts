import { expect, test } from "vitest";
import { toQuery } from "../../src/dict/fold.ts";
import { createHeadwords, packHeadwords } from "../../src/dict/headwords.ts";
import { soundexOf } from "../../src/dict/soundex.ts";

// The examples of the National Archives; their digits 0 to 6 are A to G here.
test.each([
  ["washington", "W252"],
  ["lee", "L000"],
  ["gutierrez", "G362"],
  ["pfister", "P236"],
  ["jackson", "J250"],
  ["tymczak", "T522"],
  ["ashcraft", "A261"],
  ["vandeusen", "V532"],
  ["robert", "R163"],
  ["rupert", "R163"],
])("%s sounds like %s", (word, code) => {
  const digits = soundexOf(word).replace(/(?<=.)[A-G]/g, (letter) => String("ABCDEFG".indexOf(letter)));
  expect(digits).toBe(code);
});

test("a word without letters has no code", () => {
  expect(soundexOf("123")).toBe("");
  expect(soundexOf("")).toBe("");
});

const headwords = createHeadwords(
  packHeadwords(["Ring", "sing", "Sing Song", "540", "苹果", "果酱", "Ring\nfake"]),
);

test("suffix, substring and soundex, in the dictionary's order", () => {
  expect(headwords.match("suffix", toQuery("ING"), 9)).toEqual(["ring", "sing"]);
  expect(headwords.match("suffix", toQuery("ring"), 9)).toEqual(["ring"]);
  expect(headwords.match("substring", toQuery("ing"), 9)).toEqual(["ring", "sing", "sing song", "ring fake"]);
  expect(headwords.match("substring", toQuery("果"), 9)).toEqual(["苹果", "果酱"]);
  expect(headwords.match("soundex", toQuery("sink"), 9)).toEqual(["sing"]);
  expect(headwords.match("substring", toQuery("4"), 9)).toEqual([]);
  expect(headwords.match("substring", toQuery("54"), 9)).toEqual(["540"]);
  expect(headwords.match("suffix", toQuery("zzz"), 9)).toEqual([]);
  expect(headwords.match("substring", toQuery("ing"), 2)).toHaveLength(2);
});

test("codes and separators are never matched as words", () => {
  for (const pattern of ["RBAA", "\t", "\n", "AAA", "ring\tR"]) {
    expect(headwords.match("substring", toQuery(pattern), 9), pattern).toEqual([]);
  }
});

test("all words come out, and any number picks one", () => {
  const all = [...headwords.words()];
  expect(all).toEqual(["ring", "sing", "sing song", "540", "苹果", "果酱", "ring fake"]);
  for (let seed = 0; seed < 300; seed++) expect(all).toContain(headwords.pick(seed));
  const none = createHeadwords(packHeadwords([]));
  expect([...none.words()]).toEqual([]);
  expect(none.pick(5)).toBeUndefined();
  expect(none.match("suffix", toQuery("a"), 5)).toEqual([]);
});
