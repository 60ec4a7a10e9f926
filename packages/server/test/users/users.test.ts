import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Caller } from "@palaver/plugin-api";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Peer } from "../../src/peers/peer.ts";
import { type Identities, openIdentities } from "../../src/users/identities.ts";
import { UserDirectory } from "../../src/users/users.ts";

let directory: string;
let identities: Identities;
let peers: Map<string, Peer>;
let users: UserDirectory;
let reasons: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "palaver-users-"));
  identities = openIdentities(directory, () => []);
  peers = new Map();
  reasons = [];
  users = new UserDirectory({
    refusal: () => undefined,
    maxUsers: () => 10,
    findPeer: (id) => peers.get(id),
    identities,
    online: () => {},
    offline: (_user, reason) => void reasons.push(reason),
  });
});
afterEach(() => {
  identities[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

function addPeer(id: string, key?: string): void {
  let caller: Caller = {
    id,
    nick: undefined,
    roles: [],
    dialect: key === undefined ? "text" : "session",
    address: "192.0.2.1:5000",
    key,
    online: false,
  };
  peers.set(id, {
    get caller() {
      return caller;
    },
    proven: true,
    calls: new Set(),
    setNick: (nick) => void (caller = { ...caller, nick, online: nick !== undefined }),
    deliver: () => {},
    deliverMessage: () => {},
  });
}

it("a guest's name that a client asks for again after a break stays a guest's and becomes nobody's own", () => {
  addPeer("session", "key-of-ada");
  const { nick } = users.enter("session");
  expect(nick).toBe("~guest1");
  users.leave("session", "the hub restarted");
  expect(users.enter("session", nick).nick).toBe("~guest1");
  expect(identities.ownerOf("guest1")).toBeUndefined();
});

it("who comes online without a name gets one that belongs to nobody", () => {
  identities.claim("key-of-ada", "guest1");
  addPeer("text");
  expect(users.enter("text").nick).toBe("~guest2");
});

it("a name that clients of one user share is free when the last of them has left", () => {
  for (const id of ["desk", "phone", "laptop"]) addPeer(id, "key-of-ada");
  addPeer("stranger", "key-of-bob");
  for (const id of ["desk", "phone", "laptop"]) expect(users.enter(id, "~ada").nick).toBe("~ada");
  for (const id of ["laptop", "desk"]) {
    users.leave(id, "by request");
    expect(users.find("~ada")?.key).toBe("key-of-ada");
    expect(() => users.enter("stranger", "~ada")).toThrow("is taken");
  }
  users.leave("phone", "by request");
  expect(users.enter("stranger", "~ada").nick).toBe("~ada");
});

it("why somebody left is a line that a room can be told, whatever a plugin gave as the reason", () => {
  addPeer("text");
  users.enter("text");
  users.leave("text", `x\u001b[2J\n${"r".repeat(100_000)}`);
  expect(reasons).toEqual([expect.stringMatching(/^[xr[2J ]{1,250}$/)]);
});
