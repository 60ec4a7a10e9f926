import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Caller, Reply, RoomMessage } from "@palaver/plugin-api";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import type { Peer } from "../../src/peers/peer.ts";
import { replyText } from "../../src/peers/reply-text.ts";
import { type Identities, openIdentities } from "../../src/users/identities.ts";
import { RoomDirectory } from "../../src/users/rooms.ts";
import { UserDirectory } from "../../src/users/users.ts";
import type { Backplane } from "../../src/workers/backplane.ts";
import { meetNeighbours } from "../../src/workers/neighbours.ts";
import { createRoomOrder } from "../../src/workers/room-order.ts";
import { createMemoryNetwork } from "./memory-network.ts";

const directory = mkdtempSync(join(tmpdir(), "palaver-shared-"));
const identities: Identities = openIdentities(directory, () => []);
afterAll(() => {
  identities[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

/** A peer that keeps the numbers of what it heard. */
function createPeer(id: string) {
  let caller: Caller = {
    id,
    nick: undefined,
    roles: [],
    dialect: "text",
    address: "192.0.2.1:5000",
    key: undefined,
    online: false,
  };
  const heard: number[] = [];
  const told: string[] = [];
  const peer: Peer = {
    get caller() {
      return caller;
    },
    proven: true,
    calls: new Set<AbortController>(),
    setNick: (nick) => void (caller = { ...caller, nick, online: nick !== undefined }),
    deliver: (reply: Reply, receipt = "") => void told.push(`${replyText(reply)}${receipt}`),
    deliverMessage: ({ message }) => void heard.push(message.seq),
  };
  return { id, peer, heard, told, sinceSeq: 0 };
}

type TestPeer = ReturnType<typeof createPeer>;

/** The directories of one worker, with peers of its own; the history is everybody's, as SQLite's is. */
function createWorker(backplane: Backplane, stored: RoomMessage[]) {
  const peers = Array.from({ length: 3 }, (_, index) => createPeer(`${backplane.self}.${index}`));
  const history = {
    latest: () => stored.length,
    after: (_room: string, seq: number, count: number) => stored.slice(seq, seq + count),
  };
  const shared = {
    presence: backplane.presence,
    exclusively: backplane.exclusively,
    announce: backplane.presence,
    order: createRoomOrder(() => history),
  };
  const users: UserDirectory = new UserDirectory({
    maxUsers: () => 100,
    findPeer: (id) => peers.find((peer) => peer.id === id)?.peer,
    identities,
    refusal: () => undefined,
    online: () => {},
    offline(user) {
      for (const room of rooms.of(user.id)) rooms.part(room, user.id);
    },
    shared,
  });
  const rooms: RoomDirectory = new RoomDirectory({
    maxRooms: () => 10,
    findPeer: (id) => users.peer(id),
    published: () => {},
    beforeSend: () => {},
    waiting: () => {},
    shared,
  });
  meetNeighbours({ backplane, users, rooms, frame: () => {} });
  return { users, rooms, peers };
}

function createWorld(count: number) {
  const network = createMemoryNetwork(count);
  const stored: RoomMessage[] = [];
  const workers = network.backplanes.map((backplane) => createWorker(backplane, stored));
  return {
    network,
    stored,
    workers,
    settle() {
      while (network.deliverOne(0));
    },
  };
}

function say(stored: RoomMessage[], rooms: RoomDirectory): void {
  const message: RoomMessage = {
    room: "lobby",
    seq: stored.length + 1,
    at: 0,
    from: "x",
    kind: "say",
    text: "",
  };
  stored.push(message);
  rooms.publish(message);
}

const step = fc.record({
  act: fc.constantFrom("online", "offline", "say", "say", "say", "arrive", "arrive", "arrive", "arrive"),
  worker: fc.nat(2),
  peer: fc.nat(2),
  name: fc.constantFrom("ada", "bob", "cleo", "dan"),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

it("a name belongs to one user, and each member hears each message once and in order, however the network delays", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { network, stored, workers, settle } = createWorld(3);
      for (const { act, worker, peer: index, name, random } of steps) {
        const { users, rooms, peers } = workers[worker]!;
        const who = peers[index] as TestPeer;
        if (act === "arrive") network.deliverOne(random);
        else if (act === "say") say(stored, rooms);
        else if (act === "offline") users.leave(who.id, "test");
        else {
          const wasOnline = who.peer.caller.online;
          try {
            users.enter(who.id, name);
          } catch {
            // Taken, by somebody on any worker.
          }
          if (!wasOnline && who.peer.caller.online) {
            rooms.join("lobby", who.id);
            who.heard.length = 0;
            who.sinceSeq = stored.length;
          }
        }
        const names = workers.flatMap((one) => [...one.users.here()].map(({ nick }) => nick));
        expect(new Set(names).size).toBe(names.length);
      }
      settle();
      const everybody = workers.flatMap(({ peers }) => peers).filter(({ peer }) => peer.caller.online);
      const ids = everybody.map(({ id }) => id).toSorted();
      for (const { users, rooms } of workers) {
        expect(
          users
            .online()
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(ids);
        expect(
          rooms
            .members("lobby")
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(ids);
      }
      for (const { heard, sinceSeq } of everybody) {
        expect(heard).toEqual(stored.slice(sinceSeq).map(({ seq }) => seq));
      }
    }),
    { numRuns: 300 },
  );
});

it("a worker is asked to do what only it can: a line for its user, and to put it out of a room or the hub", () => {
  const { workers, settle } = createWorld(2);
  const [here, there] = workers as [(typeof workers)[0], (typeof workers)[0]];
  const bob = there.peers[0]!;
  there.users.enter(bob.id, "bob");
  there.rooms.join("lobby", bob.id);
  settle();
  expect(here.users.find("bob")?.id).toBe(bob.id);
  expect(here.users.send(bob.id, "psst")).toBe(true);
  expect(here.users.send(bob.id, "heard me? ", "receipt")).toBe(true);
  expect(here.rooms.part("lobby", bob.id)).toBe(true);
  settle();
  expect(bob.told).toEqual(["psst", "heard me? receipt"]);
  expect([here.rooms.of(bob.id), there.rooms.of(bob.id)]).toEqual([[], []]);
  here.users.leave(bob.id, "banned");
  settle();
  expect([here.users.find("bob"), bob.peer.caller.online]).toEqual([undefined, false]);
});

it("one parcel carries a message to a worker, however many of its users hear it", () => {
  const network = createMemoryNetwork(2);
  const stored: RoomMessage[] = [];
  let parcels = 0;
  const [plane, other] = network.backplanes as [Backplane, Backplane];
  const counting: Backplane = {
    ...plane,
    publish(parcel, to) {
      parcels++;
      plane.publish(parcel, to);
    },
  };
  const here = createWorker(counting, stored);
  const there = createWorker(other, stored);
  for (const { id } of there.peers) {
    there.users.enter(id);
    there.rooms.join("lobby", id);
  }
  while (network.deliverOne(0));
  parcels = 0;
  say(stored, here.rooms);
  while (network.deliverOne(0));
  expect(parcels).toBe(1);
  expect(there.peers.map(({ heard }) => heard)).toEqual([[1], [1], [1]]);
});

it("loses nothing that waits for a worker which says something before it hears that", () => {
  const { network, stored, workers, settle } = createWorld(2);
  const [here, there] = workers as [(typeof workers)[0], (typeof workers)[0]];
  for (const { users, rooms, peers } of workers) {
    users.enter(peers[0]!.id);
    rooms.join("lobby", peers[0]!.id);
  }
  settle();
  for (let count = 0; count < 1000; count++) say(stored, here.rooms);
  say(stored, there.rooms);
  while (network.deliverOne(0));
  for (const { peers } of workers) expect(peers[0]!.heard).toEqual(stored.map(({ seq }) => seq));
});

it("a room that has no place for somebody of another worker costs nobody anything", () => {
  const { workers, settle } = createWorld(2);
  const [here, there] = workers as [(typeof workers)[0], (typeof workers)[0]];
  const { id } = there.peers[0]!;
  there.users.enter(id, "ada");
  for (let number = 0; number < 10; number++) there.rooms.join(`room${number}`, id);
  settle();
  expect(here.rooms.join("one-more", id)).toBe(true);
  settle();
  expect(there.rooms.of(id)).toHaveLength(10);
  expect(here.rooms.of(id)).toHaveLength(10);
});
