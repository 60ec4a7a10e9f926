import { afterEach, expect, test } from "vitest";
import { eventually, startHub, udpClient, type UdpClient } from "../hub-harness.ts";

const clients: UdpClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client[Symbol.dispose]();
});

for (const io of ["auto", "dgram"] as const) {
  test(`${io}: everybody in a room hears all that is said there and nothing else, in order, whoever comes and goes`, async () => {
    await using hub = await startHub({ io, plugins: { chat: {} } });
    const enter = async (nick: string) => {
      const client = await udpClient(hub.port());
      clients.push(client);
      expect(await client.ask(`online ${nick}`)).toContain(`online as ~${nick}`);
      return client;
    };
    const said = (client: UdpClient) => client.inbox.filter((line) => line.includes("mark")).join("");
    const twelve: UdpClient[] = [];
    for (let number = 0; number < 12; number++) twelve.push(await enter(`peer${number}`));
    const [speaker, traveller, leaver] = twelve as [UdpClient, UdpClient, UdpClient];
    let expected = "";
    let apart = "";
    let count = 0;
    const say = async (listeners: readonly UdpClient[]) => {
      for (let time = 0; time < 4; time++) {
        speaker.send(`mark ${++count}`);
        const line = `~peer0: mark ${count}\n`;
        expected += line;
        apart += isApart ? `[#lobby] ${line}` : line;
      }
      for (const client of listeners) {
        await eventually(() => said(client)).toBe(client === traveller ? apart : expected);
      }
    };
    let isApart = false;
    await say(twelve);

    traveller.send("/join dev");
    await eventually(() => traveller.inbox.join("")).toContain("#dev");
    isApart = true;
    await say(twelve);
    traveller.send("elsewhere, which is no mark of the lobby's");
    await eventually(() => traveller.inbox.join("")).toContain("elsewhere");
    apart = said(traveller);

    leaver.send("offline");
    await eventually(() => leaver.inbox.join("")).toContain("You are offline");
    const heard = said(leaver);
    const others = twelve.filter((client) => client !== leaver);
    await say(others);
    expect(said(leaver)).toBe(heard);

    traveller.send("/part dev");
    await eventually(() => traveller.inbox.join("")).toContain("left #dev");
    isApart = false;
    await say(others);
    expect(others.some((client) => client !== traveller && client.inbox.join("").includes("elsewhere"))).toBe(
      false,
    );
    const newcomer = await enter("late");
    const before = expected;
    expected = "";
    speaker.send(`mark ${++count}`);
    await eventually(() => said(newcomer)).toBe(`~peer0: mark ${count}\n`);
    await eventually(() => said(others[5]!)).toBe(`${before}~peer0: mark ${count}\n`);
  });
}
