import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBlocks } from "./blocks.ts";
import { repository } from "./page-place.ts";

const read = (name: string) => readFileSync(join(repository, name), "utf8");
const english = read("README.md");
const chinese = read("README.zh-CN.md");

/** What a block does; its comments are in the reader's language. */
const withoutComments = (text: string) => text.replaceAll(/(^|\s)(?:#|\/\/) .*$/gm, "$1");
const blocksOf = (page: string) =>
  readBlocks(page).map(({ language, label, text }) => ({ language, label, text: withoutComments(text) }));
const prose = (page: string) => page.replaceAll(/^```[^]*?^```/gm, "```");
/** Where blocks, headings, lists, tables and pictures stand. */
const shapeOf = (page: string) =>
  prose(page)
    .split("\n")
    .flatMap((line) => /^(?:#+ |```|\| |!\[|- )/.exec(line) ?? []);
const targetsOf = (page: string) =>
  Array.from(prose(page).matchAll(/\]\(([^)]*)\)/g), ([, target]) => target).slice(1);

// pages.test.ts runs the blocks of the one; so those of the other hold too.
test("the Chinese README shows what the English one does", () => {
  expect(blocksOf(chinese)).toEqual(blocksOf(english));
});

test("the Chinese README has the same headings, tables and links", () => {
  expect(shapeOf(chinese)).toEqual(shapeOf(english));
  expect(targetsOf(chinese)).toEqual(targetsOf(english));
  expect(english).toContain("](README.zh-CN.md)");
  expect(chinese).toContain("](README.md)");
});
