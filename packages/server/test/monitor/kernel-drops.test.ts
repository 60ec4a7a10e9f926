import { expect, it } from "vitest";
import { dropsOf, readKernelDrops } from "../../src/monitor/kernel-drops.ts";
import { udpClient } from "../hub-harness.ts";

// As Linux 6.12 prints it; 1A0A is 6666.
const table = `\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  100: 0100007F:1A0A 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 12345 2 0000000000000000 7
  101: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12346 2 0000000000000000 9
  102: 00000000:1A0A 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 12347 2 0000000000000000 5
`;

it("adds up what was dropped on our ports", () => {
  const none = new Set<string>();
  expect(dropsOf(table, [6666], none)).toBe(12);
  expect(dropsOf(table, [53, 6666], none)).toBe(21);
  expect(dropsOf(table, [6666], new Set(["12347"]))).toBe(7);
  expect(dropsOf(table, [], none)).toBe(0);
  expect(dropsOf("", [6666], none)).toBe(0);
});

it.runIf(process.platform === "linux")("reads the kernel's tables", async () => {
  using client = await udpClient(9);
  expect(await readKernelDrops([client.port])).toBe(0);
});
