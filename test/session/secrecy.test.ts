import { expect, test } from "vitest";
import { connect } from "../../packages/client/src/index.ts";
import { bytesOf, hear, makeConfigDir, piecesOf } from "../../packages/client/test/client-harness.ts";
import { startHub } from "../../packages/server/test/hub-harness.ts";
import { createLossyProxy } from "../lossy-proxy.ts";

const host = "127.0.0.1";

test("nothing readable of what users write, are called or run is on the wire, in either direction", async () => {
  await using harness = await startHub({
    plugins: { chat: {}, echo: {}, demo: { from: "./demo-session.ts" } },
  });
  await using link = await createLossyProxy({
    targetPort: harness.port(),
    seed: 7,
    conditions: { loss: 0.1, duplicate: 0.1 },
  });
  const wire = { up: [] as Uint8Array[], down: [] as Uint8Array[] };
  link.onDatagram = (bytes) => void wire.up.push(bytes);
  link.onAnswer = (bytes) => void wire.down.push(bytes);
  await using adaDir = await makeConfigDir();
  await using bobDir = await makeConfigDir();
  await using ada = connect({ host, port: link.port, nick: "adalovelace", configDir: adaDir.path });
  await using bob = connect({ host, port: link.port, nick: "babbage", configDir: bobDir.path });
  const heard = hear(bob, "message");
  const notices = hear(bob, "notice");
  await Promise.all([ada.join("engineroom"), bob.join("engineroom")]);
  await ada.say("engineroom", "meet me at the fountain");
  await ada.say("engineroom", "明天见，喷泉旁边");
  await heard.until(({ text }) => text.includes("喷泉"));
  const echoed = ada.run("echo", ["difference", "machine"]);
  expect(
    (await piecesOf(echoed)).some((piece) => piece.type === "text" && piece.text.includes("machine")),
  ).toBe(true);
  expect(bytesOf(await piecesOf(ada.run("bytes", ["4000"])), "stdout")).toHaveLength(4000);
  await ada.run("msg", ["babbage", "between the two of us"]).status;
  await notices.until(({ text }) => text.includes("between the two of us"));
  await ada.close();

  expect(wire.up.length).toBeGreaterThan(10);
  expect(wire.down.length).toBeGreaterThan(10);
  const secrets = [
    "adalovelace",
    "babbage",
    "engineroom",
    "fountain",
    "明天见",
    "喷泉",
    "difference",
    "machine",
    "between the two",
    "echo",
    "lobby",
    "\x40\x41\x42\x43\x44\x45\x46\x47",
  ];
  for (const bytes of [...wire.up, ...wire.down]) {
    // Every datagram is a frame.
    expect(bytes[0]).toBe(0xf9);
    for (const encoding of ["utf8", "utf16le"] as const) {
      for (const secret of secrets)
        expect(Buffer.from(bytes).includes(Buffer.from(secret, encoding)), secret).toBe(false);
    }
    expect(Buffer.from(bytes).toString("latin1")).not.toMatch(/[a-z]{20}/i);
  }
});
