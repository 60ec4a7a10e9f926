import { expect, test, vi } from "vitest";

import { PalaverError } from "../../src/errors.ts";
import { PacketKeys } from "../../src/session/packet-keys.ts";
import { createSessionPair } from "../session-pair.ts";

test("hostile 15: a session whose packet numbers are used up closes without a throw", () => {
  const pair = createSessionPair();
  pair.connect();
  vi.spyOn(PacketKeys.prototype, "seal").mockImplementation(() => {
    throw new PalaverError("EXPIRED", "the packet numbers are used up");
  });
  pair.client.write(0, new Uint8Array(10));
  pair.client.poll(pair.network.nowMs);
  expect(pair.client.state).toBe("closing");
  expect(() => pair.client.poll(pair.network.nowMs)).not.toThrow();
});
