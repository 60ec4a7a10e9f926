import { expect, test } from "vitest";
import { createTransfers } from "../../src/files/transfers.ts";

function setUp(limits = { maxUserTransfers: 2, maxTransfers: 3 }) {
  const clock = { nowMs: 0 };
  return { clock, transfers: createTransfers(limits, () => clock.nowMs) };
}

test("one user and all together have so many at once, and an end makes room", async () => {
  const { transfers } = setUp();
  const first = await transfers.begin("ada");
  using _second = await transfers.begin("ada");
  await expect(transfers.begin("ada")).rejects.toMatchObject({ code: "BUSY", message: /You have 2/ });
  using _third = await transfers.begin("bob");
  await expect(transfers.begin("cat")).rejects.toMatchObject({ code: "BUSY", message: /The hub has/ });
  first[Symbol.dispose]();
  using _fourth = await transfers.begin("cat");
});

test("what has not moved for long gives way when places are short, and only then", async () => {
  const { clock, transfers } = setUp();
  const stalled = await transfers.begin("ada");
  const moving = await transfers.begin("ada");
  clock.nowMs = 30_000;
  moving.moved(64 << 10);
  using _other = await transfers.begin("bob");
  expect(stalled.signal.aborted).toBe(false);
  using _next = await transfers.begin("ada");
  expect([stalled.signal.aborted, moving.signal.aborted]).toEqual([true, false]);
});

test("a byte now and then does not keep a transfer for more than ten minutes; 256 KiB do", async () => {
  const { clock, transfers } = setUp();
  using trickling = await transfers.begin("ada", 17);
  using thin = await transfers.begin("bob", 18);
  for (let minute = 1; minute <= 30; minute++) {
    clock.nowMs = minute * 60_000;
    trickling.moved(1);
    thin.moved(27 << 10);
    transfers.endSlow();
    expect([minute, trickling.signal.aborted]).toEqual([minute, minute >= 10]);
  }
  expect(trickling.signal.reason).toMatchObject({
    code: "TIMEOUT",
    message: "Too little has moved: at least 256 KiB in ten minutes are wanted; ask again to go on.",
  });
  expect(thin.signal.aborted).toBe(false);
});

test("when places or room are short, who hardly moves gives way after a minute", async () => {
  const { clock, transfers } = setUp();
  using trickling = await transfers.begin("ada", 17);
  using thin = await transfers.begin("ada", 18);
  const step = (nowMs: number) => {
    clock.nowMs = nowMs;
    trickling.moved(100);
    thin.moved(30 << 10);
  };
  step(50_000);
  await expect(transfers.begin("ada")).rejects.toMatchObject({ code: "BUSY" });
  expect(transfers.release(17, false)).toBe(false);
  step(60_000);
  using _next = await transfers.begin("ada");
  expect([trickling.signal.aborted, thin.signal.aborted]).toEqual([true, false]);
  expect([transfers.release(17, false), transfers.release(18, false)]).toEqual([true, false]);
});

test("who writes the same file takes over, once the one before has ended", async () => {
  const { transfers } = setUp();
  const before = await transfers.begin("ada", 17);
  expect(transfers.isWritten(17)).toBe(true);
  let hasBegun = false;
  const next = transfers.begin("ada", 17).then((transfer) => {
    hasBegun = true;
    return transfer;
  });
  await Promise.resolve();
  expect([before.signal.aborted, hasBegun]).toEqual([true, false]);
  before[Symbol.dispose]();
  using _now = await next;
  expect(transfers.isWritten(17)).toBe(true);
});

test("all have ended", async () => {
  const { transfers } = setUp();
  const one = await transfers.begin("ada");
  let isIdle = false;
  const idle = transfers.idle().then(() => (isIdle = true));
  await Promise.resolve();
  expect(isIdle).toBe(false);
  one[Symbol.dispose]();
  await idle;
});
