import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { createHub } from "../../src/hub.ts";
import { eventually, startHub, udpClient } from "../hub-harness.ts";
import { connectSession, joined } from "../sessions/session-client.ts";

const comeBack = "short of memory; come back in 60 s";
const listen = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"];

/** A hub whose memory is as full as the test says; the guard looks every second, and puts out every three. */
async function startFilling() {
  await using bare = await startHub({ listen, plugins: { chat: {} } });
  await bare.hub.close();
  const state = { fill: 0.5 };
  const log: string[] = [];
  const config = bare.with({ limits: { memory: 1024 ** 3 } });
  const logger = pino({ level: "info" }, { write: (line) => void log.push(line) });
  const hub = await createHub(config, logger, { readFill: () => state.fill });
  const port = (index: number) => Number(new URL(hub.listeners[index]?.url ?? "").port);
  return { hub, state, log, port, [Symbol.asyncDispose]: () => hub.close() };
}

async function said(socket: Socket): Promise<string> {
  let text = "";
  for await (const bytes of socket) text += String(bytes);
  return text;
}

describe("a hub that is short of memory", () => {
  test("lets nobody new in, says so, and lets users with a name of their own come and go", async () => {
    await using harness = await startFilling();
    const { hub, state, port, log } = harness;
    const identity = randomBytes(32);
    const ada = await joined(port(0), "ada", identity);
    ada.client.close();
    await eventually(() => hub.status().sessions).toBe(0);
    state.fill = 0.95;
    await eventually(() => hub.status().memoryGuard.isShort).toBe(true);

    using text = await udpClient(port(0));
    expect(await text.ask("online bob")).toContain(comeBack);
    expect(await text.ask("rooms")).toContain("Nobody is in any room.");
    const stranger = connect({ port: port(1), host: "127.0.0.1" });
    stranger.write("rooms\n");
    expect(await said(stranger)).toContain(comeBack);
    await using guest = await connectSession(port(0));
    expect(await guest.closed).toMatchObject({ code: "BUSY", text: expect.stringContaining(comeBack) });
    const back = await joined(port(0), "ada", identity);
    await using _back = back.client;
    expect(hub.status()).toMatchObject({ usersOnline: 1, memoryGuard: { refused: 3 } });

    state.fill = 0.5;
    await eventually(() => hub.status().memoryGuard.isShort).toBe(false);
    expect(await text.ask("online bob")).toContain("You are online as ~bob");
    expect(log.filter((line) => line.includes("memory"))).toHaveLength(2);
  });

  test("puts out guests first, then those who never came online, and no user with a name who is there", async () => {
    await using harness = await startFilling();
    const { hub, state, port, log } = harness;
    const ada = await joined(port(0), "ada");
    await using _ada = ada.client;
    using guest = await udpClient(port(0));
    expect(await guest.ask("online bob")).toContain("online as ~bob");
    const talking = connect({ port: port(1), host: "127.0.0.1" });
    talking.write("online eve\n");
    await once(talking, "data");
    await using unconfirmed = await connectSession(port(0));
    await unconfirmed.next("welcome");
    const stranger = connect({ port: port(1), host: "127.0.0.1" });
    // A frame of nobody's session.
    stranger.write("0002f91f", "hex");
    await eventually(() => hub.status().connections).toBe(2);

    const shed = () => hub.status().memoryGuard.shed;
    const fillTo = async (fill: number, wanted: object) => {
      state.fill = fill;
      await eventually(shed).toMatchObject(wanted);
    };
    // Full once puts out once, however long it stays so.
    await fillTo(1.1, { guest: 1, unconfirmed: 0 });
    expect(await guest.next()).toBe("* ~eve is here\n");
    expect(await guest.next()).toContain(comeBack);
    const heard = said(talking);
    await fillTo(1.2, { guest: 2, unconfirmed: 0 });
    expect(await heard).toContain(comeBack);
    const ending = said(stranger);
    await fillTo(1.3, { guest: 2, unconfirmed: 1 });
    await fillTo(1.4, { guest: 2, unconfirmed: 2, idle: 0 });
    expect(await ending).toContain(comeBack);
    expect(await unconfirmed.closed).toMatchObject({ code: "BUSY", text: expect.stringContaining(comeBack) });
    state.fill = 1.5;
    await eventually(() => log.join("")).toContain("nobody left to put out");
    expect(hub.status()).toMatchObject({ usersOnline: 1, sessions: 1 });
    expect(log.filter((line) => line.includes("some are put out"))).toHaveLength(4);
  }, 60_000);
});
