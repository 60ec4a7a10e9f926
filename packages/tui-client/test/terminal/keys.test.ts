import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createKeyParser } from "../../src/terminal/key-parser.ts";
import type { KeyPress } from "../../src/terminal/keys.ts";

const text = (value: string) => ({ type: "text", text: value });
const key = (name: string) => ({ type: "key", name });

/** What a terminal sends, all in one chunk. */
function parse(chunk: string): KeyPress[] {
  const parser = createKeyParser();
  return [...parser.push(chunk), ...parser.flush()];
}

test.each([
  ["hello\r", [text("hello"), key("enter")]],
  ["\u0015hi\r", [key("ctrl+u"), text("hi"), key("enter")]],
  ["a\tb", [text("a"), key("tab"), text("b")]],
  ["a\nb", [text("a"), key("ctrl+j"), text("b")]],
  ["你好👨‍👩‍👧‍👦", [text("你好👨‍👩‍👧‍👦")]],
  ["one\rtwo\r", [text("one"), key("enter"), text("two"), key("enter")]],
  ["\u001b[1;3Hx\u001bOP", [key("alt+home"), text("x"), key("f1")]],
])("the chunk %j is taken apart", (chunk, keys) => {
  expect(parse(chunk)).toEqual(keys);
});

test.each([
  ["\r", "enter"],
  ["\u001b\r", "alt+enter"],
  ["\u0001", "ctrl+a"],
  ["\u001f", "ctrl+_"],
  ["\u001bb", "alt+b"],
  ["\u001bN", "alt+shift+n"],
  ["\u001b\u007f", "alt+backspace"],
  ["\u001b[1;5D", "ctrl+left"],
  ["\u001b[1;7C", "ctrl+alt+right"],
  ["\u001b\u001b[A", "alt+up"],
  ["\u001b[Z", "shift+tab"],
  ["\u001b[5~", "pageup"],
  ["\u001b[3;3~", "alt+delete"],
  ["\u001b[15~", "f5"],
  ["\u001b[[A", "f1"],
  ["\u001bOH", "home"],
  ["\u001b[97;5u", "ctrl+a"],
  ["\u001b", "escape"],
])("%j is the key %s", (sequence, name) => {
  expect(parse(sequence)).toEqual([key(name)]);
});

test("focus and the wheel are reported, a reply of the terminal is swallowed", () => {
  expect(parse("\u001b[I\u001b[O")).toEqual([
    { type: "focus", isFocused: true },
    { type: "focus", isFocused: false },
  ]);
  expect(parse("\u001b[<64;10;5M\u001b[<65;10;5M\u001b[<0;1;1m")).toEqual([
    { type: "wheel", rows: -3 },
    { type: "wheel", rows: 3 },
  ]);
  expect(parse("\u001b]11;rgb:0000/0000/0000\u001b\\a\u001bP>|xterm\u001b\\b")).toEqual([
    text("a"),
    text("b"),
  ]);
});

test("Escape alone is a key once nothing follows, and the start of a sequence until then", () => {
  const parser = createKeyParser();
  expect(parser.push("\u001b")).toEqual([]);
  expect(parser.isWaiting).toBe(true);
  expect(parser.push("[A")).toEqual([key("up")]);
  expect(parser.push("\u001b")).toEqual([]);
  expect(parser.flush()).toEqual([key("escape")]);
});

test("Escape right before a key with Alt is a key of its own, and rxvt's Alt is none", () => {
  const parser = createKeyParser();
  const names = (chunk: string) =>
    parser.push(chunk).map((press) => (press.type === "key" ? press.name : ""));
  expect(names("\u001b\u001b[1;3H")).toEqual(["escape", "alt+home"]);
  expect(names("\u001b\u001b[A")).toEqual(["alt+up"]);
});

test("a marked paste is one, whatever is in it", () => {
  const pasted = "one\rtwo\u001b[A\u0003";
  expect(parse(`a\u001b[200~${pasted}\u001b[201~\r`)).toEqual([
    text("a"),
    { type: "paste", text: pasted },
    key("enter"),
  ]);
});

test("a paste whose end got lost is left with Ctrl+C", () => {
  const parser = createKeyParser();
  expect(parser.push("\u001b[200~one\rtwo")).toEqual([]);
  expect(parser.push("\u0003 is part of it")).toEqual([]);
  expect(parser.push("\u0003")).toEqual([{ type: "key", name: "ctrl+c" }]);
  expect(parser.push("typed")).toEqual([{ type: "text", text: "typed" }]);
});

test("a chunk with more Enters than anyone types is a paste", () => {
  const chunk = "line\r".repeat(5);
  expect(parse(chunk)).toEqual([{ type: "paste", text: chunk }]);
});

test("wherever the input is cut, it means the same", () => {
  const pieces = [
    "a",
    "你",
    "\r",
    "\u001b[1;3A",
    "\u001bOP",
    "\u001b[200~x\ry\u001b[201~",
    "\u001bf",
    "\u001b[<64;1;1M",
  ];
  const joined = (presses: readonly KeyPress[]) =>
    presses.reduce<KeyPress[]>((all, press) => {
      const last = all.at(-1);
      if (last?.type === "text" && press.type === "text")
        all[all.length - 1] = { type: "text", text: last.text + press.text };
      else all.push(press);
      return all;
    }, []);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 4 }),
      fc.infiniteStream(fc.nat(6)),
      (all, sizes) => {
        const input = all.join("");
        const parser = createKeyParser();
        const presses: KeyPress[] = [];
        for (let at = 0; at < input.length;) {
          const size = (sizes.next().value ?? 0) + 1;
          presses.push(...parser.push(input.slice(at, at + size)));
          at += size;
        }
        presses.push(...parser.flush());
        expect(joined(presses)).toEqual(joined(parse(input)));
      },
    ),
  );
});

test("any input leaves nothing waiting, and nothing throws", () => {
  const unit = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\u001b", "[", "]", "O", "~", "200~", "\u0007"),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 30 }), (parts) => {
      const parser = createKeyParser();
      for (const part of parts) parser.push(part);
      parser.flush();
      expect(parser.isWaiting).toBe(false);
    }),
  );
});
