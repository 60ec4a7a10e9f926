import type { Key } from "ink";
import { expect, test } from "vitest";
import { createKeyReader, readKeys } from "../../src/terminal/keys.ts";

const NONE: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};
const text = (value: string) => ({ type: "text", text: value });
const key = (name: string) => ({ type: "key", name });

test.each([
  ["hello\r", [text("hello"), key("enter")]],
  ["\u0015hi\r", [key("ctrl+u"), text("hi"), key("enter")]],
  ["a\tb", [text("a"), key("tab"), text("b")]],
  ["a\nb", [text("a"), key("ctrl+j"), text("b")]],
  ["你好👨‍👩‍👧‍👦", [text("你好👨‍👩‍👧‍👦")]],
  ["one\rtwo\r", [text("one"), key("enter"), text("two"), key("enter")]],
])("the chunk %j is taken apart", (chunk, keys) => {
  expect(readKeys(chunk, NONE)).toEqual(keys);
});

test("what was typed before the terminal was raw has its Enters, and Ctrl+J is Ctrl+J from then on", () => {
  const read = createKeyReader();
  expect(read("hi\n/who\n", NONE)).toEqual([text("hi"), key("enter"), text("/who"), key("enter")]);
  expect(read("\n", NONE)).toEqual([key("ctrl+j")]);
});

test("a chunk with more Enters than anyone types is a paste", () => {
  const chunk = "line\r".repeat(5);
  expect(readKeys(chunk, NONE)).toEqual([{ type: "paste", text: chunk }]);
});

test.each([
  [{ return: true }, "\r", "enter"],
  [{ return: true, meta: true }, "\r", "alt+enter"],
  [{ ctrl: true }, "a", "ctrl+a"],
  [{ meta: true }, "b", "alt+b"],
  [{ meta: true, leftArrow: true }, "", "alt+left"],
  [{ tab: true, shift: true }, "", "shift+tab"],
  [{ escape: true, meta: true }, "", "escape"],
])("%j is the key %j as %s", (flags, input, name) => {
  expect(readKeys(input, { ...NONE, ...flags })).toEqual([key(name)]);
});
