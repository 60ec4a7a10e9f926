import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createNearWords, packWords } from "../../src/dict/near-words.ts";

const near = (...words: string[]) => createNearWords(packWords(words));

test("swapped and doubled letters come before dropped ones, those before mistaken ones, then the frequent word", () => {
  const words = near("axle", "able", "maple", "ample", "apple", "alpe");
  expect(words.find("aple", 9)).toEqual(["apple", "alpe", "ample", "axle", "able", "maple"]);
});

test("longer words may have two errors, short ones one", () => {
  const words = near("definitely", "cat");
  expect(words.find("defanatly", 9)).toEqual([]);
  expect(words.find("definatly", 9)).toEqual(["definitely"]);
  expect(words.find("cot", 9)).toEqual(["cat"]);
  expect(words.find("dot", 9)).toEqual([]);
});

test("a list comes in the order of the words", () => {
  const words = near("apply", "banana", "apple", "ape");
  expect(words.list("ap", 2)).toEqual(["apply", "apple"]);
  expect(words.list("zz", 2)).toEqual([]);
});

test("words of other letters are left out, and nothing is near to nothing", () => {
  expect(near("naïve", "a", "苹果", "x".repeat(33)).list("", 9)).toEqual([]);
  expect(near().find("apple", 9)).toEqual([]);
});

test("any single typing error is found", () => {
  const letters = fc.string({
    unit: fc.constantFrom(...Array.from("abcdefgz09")),
    minLength: 3,
    maxLength: 30,
  });
  fc.assert(
    fc.property(
      letters,
      fc.nat(),
      fc.constantFrom("drop", "add", "swap", "replace"),
      (word, place, error) => {
        const at = place % word.length;
        const [head, tail] = [word.slice(0, at), word.slice(at)];
        const typed = {
          drop: head + tail.slice(1),
          add: `${head}q${tail}`,
          swap: head + tail.slice(0, 2).split("").toReversed().join("") + tail.slice(2),
          replace: `${head}q${tail.slice(1)}`,
        }[error];
        fc.pre(typed !== word && typed.length <= 32);
        return near("unrelated", word).find(typed, 1)[0] === word;
      },
    ),
  );
});
