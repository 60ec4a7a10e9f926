import { expect, test } from "vitest";
import { PublishedMessage } from "../../src/users/published-message.ts";
import { RoomLog } from "../../src/users/room-log.ts";

const said = (seq: number, text = "hello") =>
  new PublishedMessage({ room: "lobby", seq, at: 1, from: "ann", kind: "say", text });

/** The pages that somebody reads who has everything before `place`. */
function pagesFrom(log: RoomLog, place: number) {
  const pages = [];
  for (let at = place; at < log.end; at = pages.at(-1)!.end) pages.push(log.pageAt(at));
  return pages;
}

test("messages that follow each other are one piece, the same for all who are as far", () => {
  const log = new RoomLog();
  const messages = [said(7), said(8), said(9)];
  for (const message of messages) log.add(message);
  const [page] = pagesFrom(log, 0);
  expect(page).toMatchObject({ end: 3, firstSeq: 7, lastSeq: 9 });
  expect(page!.bytes).toEqual(Buffer.concat(messages.map(({ record }) => record)));
  expect(log.pageAt(0)).toBe(page);
  expect(pagesFrom(log, 1)).toMatchObject([{ end: 3, firstSeq: 8, lastSeq: 9 }]);
});

test("a gap, a message that is not stored and 16 KiB end a piece", () => {
  const log = new RoomLog();
  for (const seq of [1, 2, 4, 0, 0]) log.add(said(seq));
  for (let seq = 5; seq < 25; seq++) log.add(said(seq, "x".repeat(1000)));
  const pages = pagesFrom(log, 0);
  expect(pages.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([
    [1, 2],
    [4, 4],
    [0, 0],
    [0, 0],
    [5, 20],
    [21, 24],
  ]);
  for (const { bytes } of pages) expect(bytes.length).toBeLessThanOrEqual(16 * 1024);
});

test("what all have is forgotten, and places go on", () => {
  const log = new RoomLog();
  log.add(said(1));
  log.add(said(2));
  log.forget(1);
  log.add(said(3));
  // Said twice, it forgets nothing else.
  log.forget(1);
  expect(pagesFrom(log, 1)).toMatchObject([{ end: 3, firstSeq: 2, lastSeq: 3 }]);
  log.forget(log.end);
  expect(pagesFrom(log, 3)).toEqual([]);
  log.add(said(4));
  expect(pagesFrom(log, 3)).toMatchObject([{ end: 4, firstSeq: 4, lastSeq: 4 }]);
});
