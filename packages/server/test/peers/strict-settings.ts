import type { TextSettings } from "../../src/peers/text-peers.ts";

/** What a hub decides where the operator trusts nobody. */
export const strictSettings: TextSettings = {
  trust: [],
  encoding: "utf-8",
  repliesPerSecond: 5,
  burst: 20,
  bytesPerSecond: 65_536,
  maxPeers: 100,
};
