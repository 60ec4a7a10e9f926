import type { Config } from "../config/config.ts";

/**
 * A worker's part of what is meant for the hub as a whole, rounded up. The kernel gives each worker about the same number of
 * senders. What all workers count together (users, rooms) and what they use together (memory) stays whole.
 */
export function shareLimits(config: Config): Config {
  const { text, limits, workers } = config;
  const part = (whole: number) => Math.ceil(whole / workers);
  return {
    ...config,
    text: {
      ...text,
      repliesPerSecond: part(text.repliesPerSecond),
      burst: part(text.burst),
      bytesPerSecond: part(text.bytesPerSecond),
    },
    limits: {
      ...limits,
      connections: part(limits.connections),
      handshakesPerSecond: part(limits.handshakesPerSecond),
    },
  };
}
