import { expect, test } from "vitest";

import { createSessionPair } from "../session-pair.ts";

test("a close is told to both sides once, with its code and text", () => {
  const pair = createSessionPair();
  pair.connect();
  pair.serverSession().close("SHUTDOWN", "maintenance");
  pair.serverSession().close("BUSY", "twice");
  pair.network.run(pair.network.nowMs + 5000);
  expect(pair.clientEar.closes).toEqual([{ code: "SHUTDOWN", text: "maintenance", by: "peer" }]);
  expect(pair.serverEar.closes).toEqual([{ code: "SHUTDOWN", text: "maintenance", by: "self" }]);
  expect(pair.server.stats().sessions).toBe(0);
});

test("a lost CLOSE is said again to a peer that goes on talking", () => {
  const pair = createSessionPair();
  pair.connect();
  pair.network.run(pair.network.nowMs + 3000);
  pair.network.conditions = { ...pair.network.conditions, loss: 1 };
  pair.serverSession().close("SHUTDOWN");
  pair.network.run(pair.network.nowMs + 1);
  pair.network.conditions = { ...pair.network.conditions, loss: 0 };
  pair.client.write(0, Buffer.from("anyone?"));
  pair.network.run(pair.network.nowMs + 200);
  expect(pair.clientEar.closes).toEqual([expect.objectContaining({ code: "SHUTDOWN" })]);
});

test("an idle client pings every twenty seconds and the session lives on", () => {
  const pair = createSessionPair();
  pair.connect();
  pair.network.run(60_000);
  let pings = 0;
  pair.network.onSend = ({ from }) => {
    if (from === pair.clientNode.address) pings++;
  };
  pair.network.run(pair.network.nowMs + 200_000);
  expect(pings).toBeGreaterThanOrEqual(9);
  expect(pings).toBeLessThanOrEqual(11);
  expect(pair.serverSession().stats().lastReceivedAtMs).toBeGreaterThan(pair.network.nowMs - 21_000);
});

test("a session that nobody speaks on ends with IDLE", () => {
  const pair = createSessionPair({ server: { sessionLimits: { idleTimeoutMs: 60_000 } } });
  pair.connect();
  const sinceMs = pair.network.nowMs;
  pair.network.isCut = () => true;
  pair.network.run(sinceMs + 59_000);
  expect(pair.server.stats().sessions).toBe(1);
  pair.network.run(sinceMs + 61_000);
  expect(pair.serverEar.closes).toEqual([expect.objectContaining({ code: "IDLE", by: "silence" })]);
  expect(pair.server.stats().sessions).toBe(0);
});

test("a laptop that sleeps ten minutes and wakes at another address carries on with nothing lost or doubled", () => {
  const pair = createSessionPair({ seed: 3, conditions: { loss: 0.1 } });
  pair.connect();
  const session = pair.serverSession();
  session.write(0, Buffer.from("before;"));
  pair.network.run(pair.network.nowMs + 5000);
  // Asleep: it hears nothing and its clock stands still until it wakes.
  let isAsleep = true;
  pair.network.isCut = () => isAsleep;
  const { poll, nextTimeout } = pair.client;
  pair.client.nextTimeout = () => (isAsleep ? undefined : nextTimeout.call(pair.client));
  pair.client.poll = (nowMs) => (isAsleep ? [] : poll.call(pair.client, nowMs));
  pair.network.at(pair.network.nowMs + 60_000, () => session.write(0, Buffer.from("during;")));
  pair.network.run(pair.network.nowMs + 600_000);
  expect(session.state).toBe("open");
  isAsleep = false;
  pair.network.rebind(pair.clientNode, "203.0.113.9:1234");
  const wokeMs = pair.network.nowMs;
  pair.client.write(0, Buffer.from("awake"));
  pair.network.run(
    wokeMs + 10_000,
    () => pair.clientEar.text(0) === "before;during;" && pair.serverEar.text(0) === "awake",
  );
  expect(pair.clientEar.text(0)).toBe("before;during;");
  expect(pair.serverEar.text(0)).toBe("awake");
  expect(pair.network.nowMs - wokeMs).toBeLessThan(2000);
  pair.network.run(pair.network.nowMs + 1000);
  expect(session.address).toBe("203.0.113.9:1234");
});

test("a server says no more to a client that does not answer, until it speaks", () => {
  const pair = createSessionPair();
  pair.connect();
  pair.network.isCut = () => true;
  let sent = 0;
  pair.network.onSend = ({ to }) => {
    if (to === pair.clientNode.address) sent++;
  };
  pair.serverSession().write(0, Buffer.from("are you there?"));
  pair.network.run(pair.network.nowMs + 600_000);
  expect(sent).toBeGreaterThan(5);
  expect(sent).toBeLessThan(40);
});

test("an idle session wakes for nothing but its idle timeout", () => {
  const pair = createSessionPair({ client: { keepAliveMs: 0 } });
  pair.connect();
  pair.serverSession().write(0, Buffer.from("x"));
  pair.network.run(pair.network.nowMs + 60_000);
  const { lastReceivedAtMs } = pair.serverSession().stats();
  expect(pair.server.nextTimeout()).toBe(lastReceivedAtMs + 2 * 60 * 60 * 1000);
});
