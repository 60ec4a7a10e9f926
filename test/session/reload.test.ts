import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { connect } from "../../packages/client/src/index.ts";
import { bytesOf, hear, makeConfigDir, piecesOf } from "../../packages/client/test/client-harness.ts";
import { startHub } from "../e2e/hub-process.ts";

const host = "127.0.0.1";
const RELOADS = 5;
const EACH = 20;

const config = (answer: string) => `
[plugins.exec.commands.version]
summary = "Which configuration this is"
argv = ["/usr/bin/printf", "${answer}"]
[plugins.exec.commands.slow]
summary = "Ends two seconds later"
argv = ["/bin/sh", "-c", "echo begun; sleep 2; echo ended"]
`;

test("SIGHUP with sessions connected: nobody is cut off, nothing is lost or doubled, what runs goes on", async () => {
  await using hub = await startHub({ config: config("first"), listen: ["udp://127.0.0.1:0"] });
  const port = hub.port("udp");
  await using adaDir = await makeConfigDir();
  await using bobDir = await makeConfigDir();
  await using ada = connect({ host, port, nick: "ada", configDir: adaDir.path });
  await using bob = connect({ host, port, nick: "bob", configDir: bobDir.path });
  await Promise.all([ada.join("lobby"), bob.join("lobby")]);
  const heard = hear(bob, "message");
  const states = [hear(ada, "state"), hear(bob, "state")];
  const slow = piecesOf(bob.run("run", ["slow"]));

  const stored: { seq: number }[] = [];
  for (let round = 1; round <= RELOADS; round++) {
    const said = Array.from({ length: EACH }, (_, i) => ada.say("lobby", `round ${round}, message ${i + 1}`));
    writeFileSync(hub.configFile, config(`round ${round}`));
    hub.process.signal("SIGHUP");
    stored.push(...(await Promise.all(said)));
    const answer = async () => String(bytesOf(await piecesOf(ada.run("run", ["version"])), "stdout"));
    await expect.poll(answer, { timeout: 20_000 }).toBe(`round ${round}`);
  }

  const last = stored.at(-1)?.seq;
  await heard.until(({ seq }) => seq === last);
  const texts = heard.all.filter(({ kind }) => kind === "say").map(({ text }) => text);
  expect(texts).toEqual(
    Array.from({ length: RELOADS * EACH }, (_, i) => {
      return `round ${Math.floor(i / EACH) + 1}, message ${(i % EACH) + 1}`;
    }),
  );
  expect(String(bytesOf(await slow, "stdout"))).toBe("begun\nended\n");
  expect(states.map(({ all }) => all)).toEqual([[], []]);
});
