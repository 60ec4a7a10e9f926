import { MAX_DATA_BYTES } from "@palaver/plugin-api";
import { expect, it } from "vitest";
import type { FakePeer } from "./fake-hub.ts";
import { makeRoom, setUp } from "./people.ts";

/** Each is two bytes of JSON. */
const quotes = (count: number) => '"'.repeat(count);

const bytesOf = (data: unknown) => Buffer.byteLength(JSON.stringify(data));

it("however long people write, what a list tells programs stays within an answer's bound", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const { ada, bob } = makeRoom(setup);
  for (let number = 0; number < 40; number++) {
    hub.call(ada, `say ${number} ${quotes(1900)} ${"x".repeat(number)}`);
    hub.call(bob, `join bob${number % 14}`);
  }
  for (const line of ["history 40", "history since 0", "search x"]) {
    const { data } = hub.call(ada, line);
    expect(bytesOf(data), line).toBeLessThanOrEqual(MAX_DATA_BYTES);
    expect((data as { messages: unknown[] }).messages.length, line).toBeGreaterThan(8);
  }
  expect(bytesOf(hub.call(bob, "join dev").data)).toBeLessThanOrEqual(MAX_DATA_BYTES);
});

it("rooms with the longest topics, and people who are away for the longest reasons, are told as far as they fit", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const people: FakePeer[] = [];
  for (let number = 0; number < 14; number++) {
    const person = setup.enter(`user${number}`);
    people.push(person);
    for (let room = 0; room < 14; room++) {
      hub.call(person, `join room${number}-${room}`);
      hub.call(person, `topic ${quotes(300)}`);
    }
  }
  const [ada] = people as [FakePeer];
  const { data, text } = hub.call(ada, "rooms");
  const { rooms, total } = data as { rooms: unknown[]; total: number };
  expect(bytesOf(data)).toBeLessThanOrEqual(MAX_DATA_BYTES);
  expect(total).toBe(197);
  expect(rooms.length).toBeGreaterThan(80);
  expect(text).toMatch(new RegExp(`and ${total - rooms.length} more$`));
});

it("the bans of a room are told as far as they fit", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const { ada } = makeRoom(setup);
  for (let number = 0; number < 200; number++) {
    setup.guest(`guest${number}`, `198.51.${number}.7:5353`);
    hub.call(ada, `mute ~guest${number} 1h ${quotes(200)}`);
  }
  const { data } = hub.call(ada, "bans");
  expect(bytesOf(data)).toBeLessThanOrEqual(MAX_DATA_BYTES);
  expect((data as { total: number }).total).toBeGreaterThan(150);
});
