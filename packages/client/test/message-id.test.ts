import { MESSAGE_ID_BYTES } from "@palaver/protocol";
import { expect, test } from "vitest";
import { createMessageId } from "../src/message-id.ts";

test("ids are of the protocol's length, differ, and begin with the time", () => {
  const before = Date.now();
  const ids = Array.from({ length: 1000 }, createMessageId);
  const after = Date.now();
  expect(new Set(ids.map((id) => id.toString("hex"))).size).toBe(ids.length);
  for (const id of ids) {
    expect(id.length).toBe(MESSAGE_ID_BYTES);
    expect(id.readUIntBE(0, 6)).toBeGreaterThanOrEqual(before);
    expect(id.readUIntBE(0, 6)).toBeLessThanOrEqual(after);
  }
});
