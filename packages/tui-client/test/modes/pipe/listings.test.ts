import { expect, test } from "vitest";
import { hub, onlineConnection, startPipe } from "../pipe-harness.ts";

test("who prints one nickname a line, away ones marked", async () => {
  const connection = onlineConnection();
  connection.userList = [
    { nick: "ada", state: "online" },
    { nick: "小\u001b[1m明", state: "away" },
  ];
  const plain = startPipe({ command: "who", hub, room: "lobby", json: false }, { connection });
  expect(await plain.status).toBe(0);
  expect(plain.stdout).toBe("ada\n小明 (away)\n");
});

test("who --json and rooms --json print an object a line", async () => {
  const connection = onlineConnection();
  connection.userList = [{ nick: "ada", state: "online" }];
  connection.roomList = [{ name: "lobby", users: 3 }];
  const who = startPipe({ command: "who", hub, room: "lobby", json: true }, { connection });
  expect(await who.status).toBe(0);
  expect(who.stdout).toBe('{"nick":"ada","state":"online"}\n');
  connection.state = "online";
  const rooms = startPipe({ command: "rooms", hub, json: true }, { connection });
  expect(await rooms.status).toBe(0);
  expect(rooms.stdout).toBe('{"name":"lobby","users":3}\n');
});

test("rooms prints name, people and topic a line", async () => {
  const connection = onlineConnection();
  connection.roomList = [
    { name: "lobby", users: 3 },
    { name: "dev", users: 1, topic: "all\u001b[1m about\ndev" },
  ];
  const plain = startPipe({ command: "rooms", hub, json: false }, { connection });
  expect(await plain.status).toBe(0);
  expect(plain.stdout).toBe("lobby 3\ndev 1 all about dev\n");
  connection.state = "online";
  const json = startPipe({ command: "rooms", hub, json: true }, { connection });
  expect(await json.status).toBe(0);
  expect(JSON.parse(json.stdout.split("\n")[1] ?? "")).toEqual(connection.roomList[1]);
});

test("ping prints round trip, loss and changes of path", async () => {
  const connection = onlineConnection();
  connection.pingResult = { rttMs: 12.34, loss: 0.05, pathChanges: 0 };
  connection.onRun = () => ({ pieces: [{ type: "text", text: "pong", data: { pathChanges: 1 } }] });
  const pipe = startPipe({ command: "ping", hub, json: false }, { connection });
  expect(await pipe.status).toBe(0);
  expect(pipe.stdout).toMatch(
    /^1: [\d.]+ ms\n2: [\d.]+ ms\n3: [\d.]+ ms\n4: [\d.]+ ms\nbest round trip [\d.]+ ms, loss 5\.0 %, path changes 1\n$/,
  );
  expect(connection.runs).toHaveLength(4);
});
