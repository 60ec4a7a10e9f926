import { randomBytes } from "node:crypto";
import { command, fittingRows, MAX_DATA_BYTES } from "@palaver/plugin-api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createVirtualClient, createVirtualHub } from "./virtual-hub.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function ask(data: unknown) {
  const hub = createVirtualHub(1, { list: command({ summary: "A list", run: () => ({ text: "", data }) }) });
  const client = createVirtualClient(hub, randomBytes(32));
  client.tell({ type: "hello", version: 1, client: "test" });
  await vi.advanceTimersByTimeAsync(1000);
  const stream = client.request("list", randomBytes(16)) ?? expect.unreachable("too many requests");
  await vi.advanceTimersByTimeAsync(1000);
  return client.replies.get(stream) ?? [];
}

test("data beyond the bound is refused to its caller, and is no fault of the plugin", async () => {
  const fits = "x".repeat(MAX_DATA_BYTES - 2);
  expect((await ask(fits)).map(({ type }) => type)).toEqual(["text", "data", "end"].slice(1));
  expect(await ask(`${fits}x`)).toEqual([
    expect.objectContaining({ type: "end", code: "TOO_LARGE", message: expect.stringContaining("61440") }),
  ]);
});

test("rows that fit leave room for what stands beside them", async () => {
  const rows = Array.from({ length: 500 }, () => ({ text: '"'.repeat(300) }));
  const fitting = fittingRows(rows);
  expect(fitting.length).toBeGreaterThan(90);
  const replies = await ask({ rows: fitting, topic: '"'.repeat(1000), total: rows.length });
  expect(replies.map(({ type }) => type)).toEqual(["data", "end"]);
  expect(fittingRows(rows.slice(0, 9))).toHaveLength(9);
});
