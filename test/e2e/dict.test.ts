import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubProcess, startHub } from "./hub-process.ts";
import { openUdpPeer, type TextPeer } from "./text-peer.ts";
import { until } from "./until.ts";

let hub: HubProcess;
let peer: TextPeer;
beforeAll(async () => {
  hub = await startHub({
    withDictionaries: true,
    config: '[plugins.dict]\nfiles = ["./words.txt"]\n',
    listen: ["udp://127.0.0.1:0", "udp://127.0.0.1:0=dict"],
  });
  peer = await openUdpPeer(hub.port("udp", "dict"));
});
afterAll(async () => {
  await peer?.[Symbol.asyncDispose]();
  await hub?.[Symbol.asyncDispose]();
});

test("the operator's own words win over the dictionaries", async () => {
  expect(await peer.ask("apple")).toBe("apple 苹果\n");
});

test("an English word is translated to Chinese, with phonetics and part of speech", async () => {
  const answer = await peer.ask("dictionary");
  expect(answer).toMatch(/^dictionary \[.+\] n\. .*字典/);
});

test.for([
  ["Orange", "orange"],
  ["ORANGE", "orange"],
  ["ｏｒａｎｇｅ", "orange"],
  ["ran", "run"],
  ["children", "child"],
  ["went", "go"],
  ["studies", "study"],
])("%s is found as %s", async ([asked = "", headword = ""]) => {
  const [line = ""] = (await peer.ask(asked)).split("\n");
  expect(line).toMatch(/\p{Script=Han}/u);
  expect(line.toLowerCase()).toContain(headword);
});

test("a Chinese word is translated to English, simplified and traditional", async () => {
  expect(await peer.ask("词典")).toMatch(/dictionary/i);
  expect(await peer.ask("詞典")).toMatch(/dictionary/i);
});

test("a phrase is looked up whole", async () => {
  expect(await peer.ask("look up")).toBe("look up 查找\n");
  expect(await peer.ask("by the way")).toMatch(/^by the way .*\p{Script=Han}/u);
});

test("an unknown word is answered with a line that starts with unknown and names the nearest words", async () => {
  expect(await peer.ask("dictionery")).toMatch(/^unknown.*did you mean .*dictionary/);
  expect(await peer.ask("xqzkvwyyq")).toMatch(/^unknown/);
  expect(await peer.ask("龘龘龘龘")).toMatch(/^unknown/);
});

test("tr lists what begins alike, and picks a source; on the mount those are words like any other", async () => {
  await using main = await openUdpPeer(hub.port("udp"));
  expect(await main.ask("tr dictionar*")).toMatch(/^dictionar\*: .*dictionary/);
  expect(await main.ask("tr -d ecdict apple")).toMatch(/^apple \[.+\] /);
  expect(await main.ask("tr -d files apple")).toBe("apple 苹果\n");
  expect(await peer.ask("-d files apple")).toMatch(/^unknown/);
});

test("the main port knows tr and dict, with and without a slash", async () => {
  await using main = await openUdpPeer(hub.port("udp"));
  for (const line of ["tr apple", "/tr apple", "dict apple", "/dict apple", "TR apple"]) {
    expect(await main.ask(line)).toBe("apple 苹果\n");
  }
  expect(await main.ask("tr xqzkvwyyq")).toMatch(/^unknown/);
});

test("words that try to be something else are just unknown words", async () => {
  for (const line of ["'; DROP TABLE ecdict; --", "%", "_", "*", "../../etc/passwd", "\u001b[31mred", "-d"]) {
    const answer = await peer.ask(line);
    // oxlint-disable-next-line no-control-regex
    expect(answer).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  }
  expect(await peer.ask("dictionary")).toMatch(/字典/);
});

test("a change of the operator's file is seen without a signal", async () => {
  const file = join(hub.folder.path, "words.txt");
  writeFileSync(file, "apple:苹果\nlook up:查找\nflibber:新词\nthis line is bad\n");
  await until("the new word", async () => (await peer.ask("flibber")) === "flibber 新词\n");
  await hub.process.complains(/words\.txt:4/);
});

test("the first start answers while it builds, and is stopped at any time", async () => {
  await using fresh = await startHub({
    config: '[plugins.dict]\nfiles = ["./words.txt"]\n',
    listen: ["udp://127.0.0.1:0=dict"],
  });
  await using asker = await openUdpPeer(fresh.port("udp", "dict"));
  expect(await asker.ask("apple")).toBe("apple 苹果\n");
  expect(await asker.ask("xqzkvwyyq")).toMatch(/^unknown.*still being built \(\d+ %\)/);
  await until("a common word, before all is there", async () =>
    /词典|字典/.test(await asker.ask("dictionary")),
  );
  fresh.process.signal("SIGTERM");
  expect((await fresh.process.exited).code).toBe(0);
});
