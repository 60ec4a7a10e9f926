import { expect, test } from "vitest";
import { connect } from "../../packages/client/src/index.ts";
import { hear, makeConfigDir } from "../../packages/client/test/client-harness.ts";
import { startHub } from "../e2e/hub-process.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";

const host = "127.0.0.1";
const TALKERS = 5;
const EACH = 20;

test(
  "five people talk while the hub is killed with -9: each reads all that was acknowledged, once and in one order",
  { timeout: 60_000 },
  async () => {
    using folder = createTemporaryFolder();
    let hub = await startHub({ folder, listen: ["udp://127.0.0.1:0"] });
    const port = hub.port("udp");
    const people = await Promise.all(
      Array.from({ length: TALKERS }, async (_unused, number) => {
        const dir = await makeConfigDir();
        const connection = connect({ host, port, nick: `talker${number}`, configDir: dir.path });
        return { dir, connection, heard: hear(connection, "message") };
      }),
    );
    await Promise.all(people.map(({ connection }) => connection.join("lobby")));
    const said = people.flatMap(({ connection }, number) =>
      Array.from({ length: EACH }, async (_unused, i) => {
        const text = `${number}: ${i}`;
        return { text, ...(await connection.say("lobby", text)) };
      }),
    );
    await Promise.any(said);
    hub.process.signal("SIGKILL");
    await hub.process.exited;
    hub = await startHub({ folder, listen: [`udp://127.0.0.1:${port}`] });
    await using _last = hub;
    const stored = (await Promise.all(said)).toSorted((one, other) => one.seq - other.seq);
    expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_message, index) => index + 1));
    for (const { heard, connection, dir } of people) {
      await heard.until(({ seq }) => seq === stored.length);
      const read = heard.all.filter(({ kind }) => kind === "say").map(({ seq, text }) => ({ text, seq }));
      expect(read).toEqual(stored);
      await connection.close();
      await dir[Symbol.asyncDispose]();
    }
  },
);
