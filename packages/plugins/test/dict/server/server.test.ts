// When connections end; what is answered on them is in test/e2e/dict-server.test.ts.
import type { StreamConnection } from "@palaver/plugin-api";
import { expect, test } from "vitest";
import type { Catalogue } from "../../../src/dict/catalogue.ts";
import { createAnswerCache } from "../../../src/dict/answer-cache.ts";
import { createScanQueue } from "../../../src/dict/scan-queue.ts";
import { createServer } from "../../../src/dict/server/server.ts";

const catalogue: Catalogue = {
  refresh: () => {},
  names: [],
  sources: () => [],
  upstreams: () => [],
  lemma: () => undefined,
  state: () => ({}),
  changed: async () => {},
  isOwn: () => false,
};
const parts = { catalogue, scans: createScanQueue(), replies: createAnswerCache<string>(10) };
const limits = { connections: 2, connectionsPerAddress: 1, idleMs: 3_600_000 };

/** A client that says what it is told to, and never ends by itself. */
function createClient(address = "192.0.2.1") {
  const written: string[] = [];
  const said: string[] = [];
  const state = { isClosed: false };
  let wake = () => {};
  const input = async function* () {
    while (!state.isClosed) {
      const text = said.shift();
      if (text !== undefined) yield Buffer.from(text);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const connection: StreamConnection = {
    address,
    input: input(),
    write: (bytes) => Promise.resolve(void written.push(String(bytes))),
    close() {
      state.isClosed = true;
      wake();
    },
  };
  return {
    connection,
    written,
    say(text: string) {
      said.push(text);
      wake();
    },
  };
}

test("a client that asks nothing is told, and ended", async () => {
  const server = createServer(parts, { ...limits, idleMs: 20 }, new AbortController().signal);
  const client = createClient();
  await server.serve(client.connection);
  expect(client.written.at(-1)).toBe("421 Nothing was asked for too long\r\n");
});

test("when the plugin goes, a client that has just come may still ask, and then is told", async () => {
  const unload = new AbortController();
  const server = createServer(parts, limits, unload.signal);
  const client = createClient();
  const served = server.serve(client.connection);
  unload.abort();
  client.say("STATUS\r\n");
  await Promise.all([served, server.ended()]);
  expect(client.written.slice(1)).toEqual([
    "210 1 commands on this connection\r\n",
    "421 The server is reloading or shutting down\r\n",
  ]);
});

test("connections are bounded, of one address and of all", async () => {
  const unload = new AbortController();
  const server = createServer(parts, limits, unload.signal);
  const refusal = "420 Too many connections; try again later\r\n";
  const first = createClient();
  const served = server.serve(first.connection);
  const again = createClient();
  await server.serve(again.connection);
  expect(again.written).toEqual([refusal]);
  const other = createClient("192.0.2.2");
  const otherServed = server.serve(other.connection);
  const third = createClient("192.0.2.3");
  await server.serve(third.connection);
  expect(third.written).toEqual([refusal]);
  first.say("QUIT\r\n");
  await served;
  const later = createClient();
  later.say("QUIT\r\n");
  await server.serve(later.connection);
  expect(later.written.at(-1)).toMatch(/^221/);
  unload.abort();
  await otherServed;
});
