import { expect, test } from "vitest";
import { createScanQueue } from "../../src/dict/scan-queue.ts";

/** Work of some milliseconds of the processor's time, however busy it is with others. */
function search() {
  const before = process.threadCpuUsage();
  for (let used = 0; used < 5000;) {
    const { user, system } = process.threadCpuUsage(before);
    used = user + system;
  }
  return "found";
}

test("one search runs at once; of many at once the rest wait, and others have their turn between", async () => {
  const scans = createScanQueue();
  const answers = Array.from({ length: 60 }, () => scans.soon(search));
  expect(answers[0]).toBe("found");
  expect(answers.filter((answer) => answer instanceof Promise).length).toBeGreaterThan(50);
  let isOver = false;
  let turns = 0;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  count();
  expect(await Promise.all(answers.map((answer) => Promise.resolve(answer)))).toEqual(
    answers.map(() => "found"),
  );
  isOver = true;
  expect(turns).toBeGreaterThan(50);
});

test("when too many wait it says that it is full, and refuses", async () => {
  const scans = createScanQueue();
  const waiting = Array.from({ length: 64 }, () => scans.run(() => 1));
  expect(scans.isFull()).toBe(true);
  await expect(scans.run(() => 1)).rejects.toThrow("Too many searches are waiting");
  await Promise.all(waiting);
  expect(scans.isFull()).toBe(false);
});

test("work that throws gives the turn on", async () => {
  const scans = createScanQueue();
  const failed = scans.run(() => {
    throw new Error("damaged");
  });
  const next = scans.run(() => 2);
  await expect(failed).rejects.toThrow("damaged");
  expect(await next).toBe(2);
});
