import { expect, it } from "vitest";
import type { FakePeer } from "./fake-hub.ts";
import { setUp } from "./people.ts";

interface Listed {
  readonly rooms: readonly { readonly name: string; readonly users: number }[];
  readonly total: number;
}

it("five thousand rooms are joined, listed and left; the list is bounded, and so is what is remembered", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const remembered = plugin.database.prepare("SELECT count(*) AS count FROM rooms");
  const people: FakePeer[] = [];
  for (let number = 0; people.length < 334; number++) {
    const person = setup.enter(`user${number}`);
    hub.call(person, "part lobby");
    people.push(person);
  }
  const roomsOf = (person: FakePeer) =>
    Array.from({ length: 15 }, (_, index) => `${person.id.replace("peer-", "")}-${index}`);
  for (const person of people) for (const room of roomsOf(person)) hub.call(person, `join ${room}`);
  const [ada, bob] = people as [FakePeer, FakePeer];
  hub.call(ada, "join user1-0");
  const { rooms, total } = hub.call(ada, "rooms").data as Listed;
  expect([rooms.length, total]).toEqual([200, 5010]);
  expect(rooms[0]).toEqual({ name: "user1-0", users: 2 });
  expect(hub.call(ada, "rooms").text).toMatch(/and 4810 more$/);
  hub.call(bob, "say #user1-0 it works");
  expect(ada.heard.at(-1)).toBe("user1: it works");

  for (const person of people) for (const room of hub.roomsOf(person)) hub.call(person, `part ${room}`);
  expect(hub.call(ada, "rooms").text).toBe("Nobody is in any room.");
  // A thousand, the lobby, and up to 63 that wait for the next stride; the one in which something was said is among them.
  expect(Number(remembered.get()?.["count"])).toBeLessThanOrEqual(1064);
  hub.call(ada, "join user1-0");
  expect(hub.call(ada, "history").text).toContain("it works");
});
