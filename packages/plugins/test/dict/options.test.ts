import { expect, test } from "vitest";
import { parseOptions } from "../../src/dict/options.ts";

const names = ["files", "ecdict", "lat-eng"];

test.each([
  ["apple pie", { text: "apple pie" }],
  ["-d ecdict apple", { only: "ecdict", text: "apple" }],
  ["  -s suffix ing", { strategy: "suffix", text: "ing" }],
  ["-t eng -d lat-eng amo", { to: "en", only: "lat-eng", text: "amo" }],
  ["-w -t EN the sea", { byWord: true, to: "en", text: "the sea" }],
  ["-able", { text: "-able" }],
  ["apple -d ecdict", { text: "apple -d ecdict" }],
  ["-d ecdict", { only: "ecdict", text: "" }],
  ["-x y", { text: "-x y" }],
])("%j is read", (line, expected) => {
  expect(parseOptions(line, names)).toEqual(expected);
});

test.each([
  ["-d oxford apple", "There is no dictionary oxford. There are: files, ecdict, lat-eng"],
  ["-d", "-d needs the name of a dictionary. There are: files, ecdict, lat-eng"],
  ["-s re ^a", "There is no way to match re. There are: exact, prefix, suffix, substring, soundex, lev"],
  ["-s toString x", "There is no way to match toString"],
  ["-t english x", "english is no code of a language"],
])("%j is refused with what there is", (line, message) => {
  expect(() => parseOptions(line, names)).toThrow(message);
});
