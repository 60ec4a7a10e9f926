import { expect, test } from "vitest";
import { connect } from "../../packages/client/src/index.ts";
import { hear, makeConfigDir } from "../../packages/client/test/client-harness.ts";
import { startHub } from "../e2e/hub-process.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";

const host = "127.0.0.1";
const LIVES = 3;
const EACH = 40;

test(
  "a hub killed with -9 while people talk: they come back by themselves, nothing acknowledged is missing, nothing doubled",
  {
    timeout: 120_000,
  },
  async () => {
    using folder = createTemporaryFolder();
    await using adaDir = await makeConfigDir();
    await using bobDir = await makeConfigDir();
    let hub = await startHub({ folder, listen: ["udp://127.0.0.1:0"] });
    const port = hub.port("udp");
    await using ada = connect({ host, port, nick: "ada", configDir: adaDir.path });
    await using bob = connect({ host, port, nick: "bob", configDir: bobDir.path });
    const heard = hear(bob, "message");
    await Promise.all([ada.join("lobby"), bob.join("lobby")]);

    const stored: { text: string; seq: number }[] = [];
    for (let life = 1; life <= LIVES; life++) {
      const said = Array.from({ length: EACH }, async (_unused, i) => {
        const text = `life ${life}, message ${i + 1}`;
        stored.push({ text, ...(await ada.say("lobby", text)) });
      });
      // The kill comes when some are acknowledged, some stored, some on their way.
      await Promise.any(said);
      hub.process.signal("SIGKILL");
      await hub.process.exited;
      hub = await startHub({ folder, listen: [`udp://127.0.0.1:${port}`] });
      await Promise.all(said);
    }
    await using _last = hub;
    const last = Math.max(...stored.map(({ seq }) => seq));
    await heard.until(({ seq }) => seq === last);
    expect(last).toBe(LIVES * EACH);
    const expected = stored.toSorted((one, other) => one.seq - other.seq).map(({ text, seq }) => [seq, text]);
    expect(expected.map(([, text]) => text)).toEqual(
      Array.from(
        { length: LIVES * EACH },
        (_unused, i) => `life ${Math.floor(i / EACH) + 1}, message ${(i % EACH) + 1}`,
      ),
    );
    const said = heard.all.filter(({ kind }) => kind === "say");
    expect(said.map(({ seq, text }) => [seq, text])).toEqual(expected);
  },
);
