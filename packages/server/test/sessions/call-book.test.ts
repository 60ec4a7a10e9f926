import { expect, test } from "vitest";
import { CallBook } from "../../src/sessions/call-book.ts";
import { CallRecord } from "../../src/sessions/call-record.ts";

/** Runs so many calls of each user, one after the other. @returns the book, and what it has of each call, in their order. */
function answerAll(book: CallBook, { users, each, answer }: { users: number; each: number; answer: string }) {
  const asked: (readonly [user: string, id: string])[] = [];
  for (let user = 0; user < users; user++) {
    for (let id = 0; id < each; id++) {
      const record = book.begin(`user ${user}`, `${id}`);
      void record?.reply(answer);
      record?.end();
      asked.push([`user ${user}`, `${id}`]);
    }
  }
  return asked.map(([user, id]) => book.find(user, id));
}

/** How many calls in a row the book does not know, knows the ids of, and has the answers of. */
function rowsOf(found: readonly ReturnType<CallBook["find"]>[]): Record<string, number> {
  const kinds = found.map((one) => (one instanceof CallRecord ? "kept" : (one ?? "unknown")));
  expect(kinds.filter((kind, index) => kind !== kinds[index + 1])).toEqual([...new Set(kinds)]);
  return Object.fromEntries(
    Map.groupBy(kinds, (kind) => kind)
      .entries()
      .map(([kind, { length }]) => [kind, length]),
  );
}

test("the answers of all users together are bounded; of the oldest the ids are left, so that none runs again", () => {
  const book = new CallBook(() => 0);
  const underWay = book.begin("ada", "1")!;
  void underWay.reply("so far");
  const found = answerAll(book, { users: 40, each: 20, answer: "x".repeat(60_000) });
  const bytes = found.reduce((sum, one) => sum + (one instanceof CallRecord ? one.keptBytes : 0), 0);
  expect(bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
  expect(bytes).toBeGreaterThan(30 * 1024 * 1024);
  expect(Object.keys(rowsOf(found))).toEqual(["forgotten", "kept"]);
  expect(book.find("ada", "1")).toBe(underWay);
});

test("short answers are bounded too, and so are the ids that are left of them", () => {
  const rows = rowsOf(answerAll(new CallBook(() => 0), { users: 1000, each: 200, answer: "x" }));
  expect(Object.keys(rows)).toEqual(["unknown", "forgotten", "kept"]);
  expect(rows["kept"]).toBeGreaterThan(30_000);
  expect(rows["kept"]).toBeLessThanOrEqual(32_768);
  expect(rows["forgotten"]).toBeGreaterThan(125_000);
  expect(rows["forgotten"]).toBeLessThanOrEqual(131_072);
});

test("what users held who had to go counts no more, and neither does a call of theirs that ends later", () => {
  const book = new CallBook(() => 0);
  const late: CallRecord[] = [];
  for (let user = 0; user < 30_000; user++) {
    const record = book.begin(`user ${user}`, "1")!;
    void record.reply("x".repeat(3000));
    if (user % 3 === 0) late.push(record);
    else record.end();
  }
  for (const record of late) record.end();
  // The latest 10,000 users, of 4 KiB each: more than 32 MiB.
  const kept = Array.from({ length: 10_000 }, (_, user) => book.find(`user ${20_000 + user}`, "1")).filter(
    (one) => one instanceof CallRecord,
  );
  expect(kept.length).toBeGreaterThan(7900);
  expect(kept.length).toBeLessThan(8400);
});
