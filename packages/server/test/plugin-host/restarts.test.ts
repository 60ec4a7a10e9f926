import { randomBytes } from "node:crypto";
import { encodeRequestStream } from "@palaver/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../../test/e2e/until.ts";
import { startHub, udpClient, type HubHarness } from "../hub-harness.ts";
import { connectSession } from "../sessions/session-client.ts";

let harness: HubHarness;
beforeAll(async () => {
  harness = await startHub({
    plugins: { echo: {}, stranger: { from: "./stranger.ts", isolate: "worker", settings: {} } },
  });
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const report = () => harness.hub.status().plugins.find(({ name }) => name === "stranger")!;

test("a worker that dies again and again is left alone for longer and longer, and callers are told", async () => {
  using client = await udpClient(harness.port());
  const gone = "stranger had to be ended; ask again.\n";
  const end = async () => {
    await until("it is there again", async () => (await client.ask("refuse")) === "Not here.\n");
    expect(await client.ask("exits")).toBe(gone);
  };
  await end();
  // At once, for the first time.
  expect(await client.ask("refuse")).toBe("Not here.\n");
  expect(await client.ask("exits")).toBe(gone);
  for (let time = 0; time < 2; time++) await end();
  expect(await client.ask("refuse")).toMatch(/^stranger had to be ended again; ask in [1-4] s\.\n$/);
  expect(report()).toMatchObject({ state: "on", faults: 4 });
  // A reload begins anew.
  await harness.hub.reloadPlugin("stranger", harness.config);
  expect(await client.ask("refuse")).toBe("Not here.\n");
});

test("standard input reaches a plugin in a worker", async () => {
  using asker = await udpClient(harness.port());
  await until("it is there", async () => (await asker.ask("refuse")) === "Not here.\n");
  await using client = await connectSession(harness.port());
  const stream = client.session.open("request")!;
  const bytes = randomBytes(1000);
  client.session.write(stream, encodeRequestStream({ type: "in", bytes }));
  client.session.write(
    stream,
    encodeRequestStream({ type: "request", id: randomBytes(16), command: "swallow", argv: [] }),
  );
  client.session.finish(stream);
  client.poll();
  expect(await client.replies(stream)).toMatchObject([{ text: bytes.toString("hex") }, { type: "end" }]);
});
