import { expect, test } from "vitest";
import { createTransfers } from "../../src/files/transfers.ts";

function setUp(limits = { maxUserTransfers: 2, maxTransfers: 3 }) {
  const clock = { nowMs: 0 };
  return { clock, transfers: createTransfers(limits, () => clock.nowMs) };
}

test("one user and all together have so many at once, and an end makes room", async () => {
  const { transfers } = setUp();
  const first = transfers.begin("ada");
  using _second = transfers.begin("ada");
  expect(() => transfers.begin("ada")).toThrow(
    expect.objectContaining({ code: "BUSY", message: expect.stringMatching("You have 2") }),
  );
  using _third = transfers.begin("bob");
  expect(() => transfers.begin("cat")).toThrow(
    expect.objectContaining({ code: "BUSY", message: expect.stringMatching("The hub has") }),
  );
  first[Symbol.dispose]();
  using _fourth = transfers.begin("cat");
});

test("what has not moved for long gives way when places are short, and only then", async () => {
  const { clock, transfers } = setUp();
  const stalled = transfers.begin("ada");
  const moving = transfers.begin("ada");
  clock.nowMs = 30_000;
  moving.moved(64 << 10);
  using _other = transfers.begin("bob");
  expect(stalled.signal.aborted).toBe(false);
  using _next = transfers.begin("ada");
  expect([stalled.signal.aborted, moving.signal.aborted]).toEqual([true, false]);
});

test("a byte now and then does not keep a transfer for more than ten minutes; 256 KiB do", async () => {
  const { clock, transfers } = setUp();
  using trickling = transfers.begin("ada", 17);
  using thin = transfers.begin("bob", 18);
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
  using trickling = transfers.begin("ada", 17);
  using thin = transfers.begin("ada", 18);
  const step = (nowMs: number) => {
    clock.nowMs = nowMs;
    trickling.moved(100);
    thin.moved(30 << 10);
  };
  step(50_000);
  expect(() => transfers.begin("ada")).toThrow(expect.objectContaining({ code: "BUSY" }));
  expect(transfers.moving()).toEqual([17, 18]);
  step(60_000);
  using _next = transfers.begin("ada");
  expect([trickling.signal.aborted, thin.signal.aborted]).toEqual([true, false]);
  expect(transfers.moving()).toEqual([18]);
});

test("all have ended", async () => {
  const { transfers } = setUp();
  const one = transfers.begin("ada");
  let isIdle = false;
  const idle = transfers.idle().then(() => (isIdle = true));
  await Promise.resolve();
  expect(isIdle).toBe(false);
  one[Symbol.dispose]();
  await idle;
});
