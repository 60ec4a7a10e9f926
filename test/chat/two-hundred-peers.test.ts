import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { createSeededRandom } from "../../packages/protocol/test/seeded-random.ts";
import { startHub } from "../../packages/server/test/hub-harness.ts";
import { until } from "../e2e/until.ts";
import { enterSession, enterText, room, type StormPeer } from "./storm-peers.ts";

/** `PALAVER_STORM_SECONDS=60` is the whole storm. */
const seconds = Number(process.env["PALAVER_STORM_SECONDS"] ?? 3);
const kinds = [
  ...Array<"session">(80).fill("session"),
  ...Array<"udp">(60).fill("udp"),
  ...Array<"tcp">(60).fill("tcp"),
];

interface Slot {
  readonly kind: (typeof kinds)[number];
  peer: StormPeer | undefined;
  isBusy: boolean;
  /** Messages that had been said when it came in: all later ones must reach it. */
  since: number;
}

test(
  "two hundred peers that come, go, crash and are put out: whoever remains has the same sequence",
  { timeout: 120_000 + 4000 * seconds },
  async () => {
    const seed = Number(process.env["PALAVER_SEED"] ?? Date.now() % 1_000_000);
    const random = createSeededRandom(seed);
    await using hub = await startHub({
      listen: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"],
      plugins: { chat: {} },
    });
    const owner = await enterSession(hub.port(0), "owner");
    const slots: Slot[] = kinds.map((kind) => ({ kind, peer: undefined, isBusy: false, since: 0 }));
    const done = { said: 0, edited: 0, left: 0, crashed: 0, kicked: 0 };
    let lives = 0;

    const come = async (slot: Slot) => {
      const nick = `p${++lives}`;
      const { kind } = slot;
      slot.peer = await (kind === "session"
        ? enterSession(hub.port(0), nick)
        : enterText(hub.port(kind === "udp" ? 0 : 1), nick, kind));
      slot.since = done.said;
    };
    const say = async (peer: StormPeer) => {
      await peer.say(`m${++done.said}`);
    };
    // The owner puts people out one after the other.
    let kicking: Promise<unknown> = Promise.resolve();
    const kick = async (slot: Slot, peer: StormPeer) => {
      done.kicked++;
      const argv = [`#${room}`, peer.nick, "storm"];
      kicking = kicking.then(() => owner.client.replies(owner.client.request("kick", argv)));
      await kicking;
      await peer.rejoin();
      slot.since = done.said;
    };
    const act = async (slot: Slot, peer: StormPeer) => {
      const chance = random.next();
      if (chance < 0.7) return say(peer);
      if (chance < 0.78) {
        if (peer.edit) done.edited++;
        return peer.edit?.(`edited ${done.edited}`);
      }
      if (chance < 0.86) return kick(slot, peer);
      if (chance < 0.93) {
        done.left++;
        await peer.leave();
      } else {
        done.crashed++;
        peer.crash();
      }
      return come(slot);
    };

    // One after the other: who comes in beside others would not know which messages it must have.
    for (const slot of slots) await come(slot);
    const running = new Set<Promise<void>>();
    const endAt = performance.now() + 1000 * seconds;
    while (performance.now() < endAt) {
      const slot = slots[Math.floor(random.next() * slots.length)]!;
      if (slot.peer && !slot.isBusy) {
        slot.isBusy = true;
        const turn = act(slot, slot.peer).finally(() => {
          slot.isBusy = false;
          running.delete(turn);
        });
        running.add(turn);
      }
      // The storm's own pace.
      await pause(10);
    }
    await Promise.all(running);
    await say(owner);

    const last = `m${done.said}`;
    const remaining = slots.flatMap(({ peer, since, kind }) => (peer ? [{ peer, since, kind }] : []));
    const all = [...remaining.map(({ peer }) => peer), owner];
    const isThere = () => all.every((peer) => peer.log().at(-1)?.endsWith(last));
    await until(`the last message, seed ${seed}`, isThere, {
      timeoutMs: 60_000,
      detail: () =>
        JSON.stringify(all.filter((peer) => !peer.log().at(-1)?.endsWith(last)).map(({ nick }) => nick)),
    });

    const numbered = owner.log();
    expect(numbered.map((line) => Number(line.split(" ")[0]))).toEqual(numbered.map((_, index) => index + 1));
    // As text peers read it: what was said before it was edited.
    const spoken = owner.said();
    expect(remaining).toHaveLength(200);
    for (const { peer, since, kind } of remaining) {
      const log = peer.log();
      const reference = kind === "session" ? numbered : spoken;
      expect(log, `${kind} ${peer.nick}, seed ${seed}`).toEqual(reference.slice(-log.length));
      const must = spoken.filter((text) => Number(text.slice(1)) > since).length;
      expect(log.length, `${kind} ${peer.nick}, seed ${seed}`).toBeGreaterThanOrEqual(must);
    }
    if (seconds > 10)
      process.stderr.write(`${JSON.stringify({ seed, seconds, ...done, numbers: numbered.length })}\n`);
    for (const { peer } of remaining) peer.crash();
    owner.crash();
  },
);
