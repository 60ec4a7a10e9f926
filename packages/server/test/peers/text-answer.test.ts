import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Rests } from "../../src/peers/rests.ts";
import { TextAnswer, type TextAnswering } from "../../src/peers/text-answer.ts";
import { TextPeer } from "../../src/peers/text-peer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function answerTo(
  peerOptions: { proven: boolean; stream?: boolean },
  { unprovenBytes = 160, ...shared }: Partial<TextAnswering> & { readonly unprovenBytes?: number } = {},
) {
  const sent: string[] = [];
  const rests = new Rests();
  const peer = new TextPeer({
    id: "peer",
    address: "127.0.0.1:5353",
    listener: { listen: { mount: undefined } },
    stream: false,
    ...peerOptions,
    send: (bytes) => sent.push(Buffer.from(bytes).toString()),
  });
  const answering = { rests, moreLine: () => "more 7K3Q\n", now: () => 0, allow: () => true, ...shared };
  const answer = new TextAnswer(answering, peer, 1, unprovenBytes);
  return { answer, sent, rest: () => rests.take("peer", 0)?.text };
}

const out = (text: string) => ({ stream: "stdout" as const, bytes: Buffer.from(text) });

test("each whole reply is a datagram, and ends its line", () => {
  const { answer, sent } = answerTo({ proven: true });
  void answer.reply("one");
  void answer.reply({ text: "two\nthree" });
  answer.end();
  expect(sent).toEqual(["one\n", "two\nthree\n"]);
});

test("a carriage return and the line end behind it are one", () => {
  const { answer, sent } = answerTo({ proven: true });
  void answer.reply("one\r");
  void answer.reply("two\r\nthree\r");
  answer.end();
  expect(sent).toEqual(["one\n", "two\nthree\n"]);
});

test("a short command's output and its exit status are one datagram", () => {
  const { answer, sent } = answerTo({ proven: true });
  void answer.reply(out("line 1\nli"));
  void answer.reply(out("ne 2"));
  void answer.reply({ text: "(exit 3)", status: 3 });
  answer.end();
  expect(sent).toEqual(["line 1\nline 2\n(exit 3)\n"]);
});

test("output that trickles is sent line by line", () => {
  const { answer, sent } = answerTo({ proven: true });
  void answer.reply(out("first\nsec"));
  vi.advanceTimersByTime(60);
  expect(sent).toEqual(["first\n"]);
  void answer.reply(out("ond\n"));
  vi.advanceTimersByTime(60);
  answer.end();
  expect(sent).toEqual(["first\n", "second\n"]);
});

test("a character whose bytes come apart stays whole", () => {
  const { answer, sent } = answerTo({ proven: true });
  const bytes = Buffer.from("你好");
  void answer.reply({ stream: "stdout", bytes: bytes.subarray(0, 4) });
  void answer.reply({ stream: "stdout", bytes: bytes.subarray(4) });
  answer.end();
  expect(sent).toEqual(["你好\n"]);
});

test("no datagram is longer than 1000 bytes, all end a line, and eight are the most; the rest waits", () => {
  const { answer, sent, rest } = answerTo({ proven: true });
  const lines = Array.from({ length: 2000 }, (_, index) => `line ${index}`);
  void answer.reply(lines.join("\n"));
  answer.end();
  expect(sent).toHaveLength(8);
  for (const datagram of sent) {
    expect(Buffer.byteLength(datagram)).toBeLessThanOrEqual(1000);
    expect(datagram.endsWith("\n")).toBe(true);
  }
  expect(sent.at(-1)?.endsWith("\nmore 7K3Q\n")).toBe(true);
  const shown = sent.join("").replace("more 7K3Q\n", "");
  expect((shown + (rest() ?? "")).trimEnd().split("\n")).toEqual(lines);
});

test("an answer of exactly eight datagrams needs no more", () => {
  const { answer, sent, rest } = answerTo({ proven: true });
  const lines = Array.from({ length: 8 }, () => "x".repeat(998));
  for (const line of lines) void answer.reply(out(`${line}\n`));
  answer.end();
  expect(sent).toEqual(lines.map((line) => `${line}\n`));
  expect(rest()).toBeUndefined();
});

test("an unproven peer gets one datagram within its budget, and the word that fetches the rest", () => {
  const { answer, sent, rest } = answerTo({ proven: false });
  void answer.reply("x".repeat(90));
  void answer.reply("y".repeat(90));
  expect(sent).toEqual([]);
  answer.end();
  expect(sent).toHaveLength(1);
  expect(Buffer.byteLength(sent[0] ?? "")).toBeLessThanOrEqual(160);
  expect(sent[0]?.endsWith("\nmore 7K3Q\n")).toBe(true);
  expect(sent[0]?.startsWith("x".repeat(90))).toBe(true);
  expect(rest()).toContain("y");
});

test("an unproven peer gets nothing when the hub may send no more to such peers", () => {
  const { answer, sent } = answerTo({ proven: false }, { allow: () => false });
  void answer.reply("hello");
  answer.end();
  expect(sent).toEqual([]);
});

test("over TCP an answer is not cut", () => {
  const { answer, sent, rest } = answerTo({ proven: true, stream: true });
  void answer.reply("x".repeat(50_000));
  answer.end();
  expect(sent.join("")).toBe(`${"x".repeat(50_000)}\n`);
  expect(rest()).toBeUndefined();
});

test("terminal controls of programs do not pass", () => {
  const { answer, sent } = answerTo({ proven: true });
  void answer.reply(out("\x1b[31mred\x1b[0m \x1b]52;c;aGk=\x07done\n"));
  answer.end();
  expect(sent.join("")).toBe("red done\n");
});

test.each([true, false])("what would be dropped makes a flood wait (proven: %s)", async (proven) => {
  const { answer, rest } = answerTo({ proven });
  let replies = 0;
  while (replies < 1000 && answer.reply("x".repeat(500)) === undefined) replies++;
  // Eight datagrams and 64 KiB come at full speed.
  expect(replies).toBeGreaterThan(120);
  expect(replies).toBeLessThan(160);
  const waits = answer.reply("dropped");
  await vi.advanceTimersByTimeAsync(10);
  await waits;
  answer.end();
  if (!proven) return;
  // Who reads on gets what was kept, and then it goes on at full speed.
  expect(rest()).toMatch(/\(cut here\)\n$/);
});
