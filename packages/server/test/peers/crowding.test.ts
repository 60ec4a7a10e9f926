import { expect, test } from "vitest";
import { createCrowding, patience, type Occupant } from "../../src/peers/crowding.ts";

test("the longest silent gives way: a stranger after a second, who sends frames after five, who has spoken after a minute, one at a time", () => {
  let nowMs = 100_000;
  const ended: string[] = [];
  const occupants = new Map<string, Occupant>();
  const add = (name: string, heardAtMs: number, patienceMs: number) => {
    const shed = () => {
      ended.push(name);
      occupants.delete(name);
    };
    occupants.set(name, { standing: "unconfirmed", patienceMs, heardAtMs, shed });
  };
  add("just came", 99_500, patience.silent);
  add("spoke lately", 41_000, patience.quiet);
  add("half way in", 95_500, patience.greeting);
  add("silent", 98_000, patience.silent);
  add("spoke long ago", 39_000, patience.quiet);
  const crowded = createCrowding(
    () => occupants.values(),
    () => nowMs,
  );
  crowded();
  crowded();
  expect(ended).toEqual(["spoke long ago"]);
  for (let round = 0; round < 5; round++) {
    nowMs += 50;
    crowded();
  }
  expect(ended).toEqual(["spoke long ago", "silent"]);
});
