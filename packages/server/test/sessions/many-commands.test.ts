import { randomBytes } from "node:crypto";
import { command } from "@palaver/plugin-api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createVirtualClient, createVirtualHub } from "./virtual-hub.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.for([
  ["more than the table holds", 300, "short"],
  ["more than a record holds", 200, "名".repeat(80)],
] as const)("a hub with commands, %s, still lets everybody in", async ([, count, summary]) => {
  const commands = Array.from({ length: count }, (_, number) => [
    `${"command".repeat(8)}${number}`,
    command({ summary, run: () => "" }),
  ]);
  const client = createVirtualClient(createVirtualHub(1, Object.fromEntries(commands)), randomBytes(32));
  client.tell({ type: "hello", version: 1, client: "test" });
  await vi.advanceTimersByTimeAsync(1000);
  expect(client.session.state).toBe("open");
  const welcome = client.control.find(({ type }) => type === "welcome");
  expect(welcome?.type === "welcome" && welcome.commands.length).toBeGreaterThan(100);
});
