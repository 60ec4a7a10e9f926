import { expect, test } from "vitest";
import { connect } from "../../packages/client/src/index.ts";
import { bytesOf, hear, makeConfigDir, piecesOf } from "../../packages/client/test/client-harness.ts";
import { startHub } from "../../packages/server/test/hub-harness.ts";
import { BAD_LINK, createLossyProxy } from "../lossy-proxy.ts";

const host = "127.0.0.1";
const MESSAGES = 60;
const OUTPUT_BYTES = 108_000;
const seed = Number(process.env["PALAVER_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(
  `30 % loss, duplicates, reordering and a new address every second: all arrives, once and in order (seed ${seed})`,
  {
    timeout: 120_000,
  },
  async () => {
    await using harness = await startHub({ plugins: { chat: {}, demo: { from: "./demo-session.ts" } } });
    const targetPort = harness.port();
    await using adaLink = await createLossyProxy({ targetPort, seed, conditions: BAD_LINK });
    await using bobLink = await createLossyProxy({ targetPort, seed: seed + 1, conditions: BAD_LINK });
    await using adaDir = await makeConfigDir();
    await using bobDir = await makeConfigDir();
    await using ada = connect({ host, port: adaLink.port, nick: "ada", configDir: adaDir.path });
    await using bob = connect({ host, port: bobLink.port, nick: "bob", configDir: bobDir.path });
    const heard = hear(bob, "message");
    await Promise.all([ada.join("lobby", { since: 0 }), bob.join("lobby", { since: 0 })]);

    const output = piecesOf(bob.run("bytes", [String(OUTPUT_BYTES)]));
    const texts = Array.from({ length: MESSAGES }, (_unused, i) => `message ${i + 1}`);
    const stored = [];
    for (const text of texts) stored.push(await ada.say("lobby", text));
    expect(stored.map(({ seq }) => seq)).toEqual(texts.map((_text, i) => i + 1));
    await heard.until(({ seq }) => seq === MESSAGES);
    const said = heard.all.filter(({ kind }) => kind === "say");
    expect(said.map(({ seq, text }) => [seq, text])).toEqual(texts.map((text, i) => [i + 1, text]));
    const actual = bytesOf(await output, "stdout");
    expect(actual.length).toBe(OUTPUT_BYTES);
    expect(actual.equals(expectedBytes())).toBe(true);
    expect(adaLink.dropped).toBeGreaterThan(MESSAGES / 4);
    expect(adaLink.rebinds).toBeGreaterThan(0);
  },
);

/** What the fixture's `bytes` prints: each byte is its own index. */
function expectedBytes(): Buffer {
  return Buffer.from(Array.from({ length: OUTPUT_BYTES }, (_unused, i) => i & 255));
}
