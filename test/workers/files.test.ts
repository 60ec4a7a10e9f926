import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Connection, getFile } from "../../packages/client/src/index.ts";
import { type ConfigDir, makeConfigDir } from "../../packages/client/test/client-harness.ts";
import { tryAskHub } from "../../packages/server/src/cli/control/client.ts";
import type { StatusReport } from "../../packages/server/src/monitor/report.ts";
import { type HubProcess, smallDictionary, startHub } from "../e2e/hub-process.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";
import { until } from "../e2e/until.ts";

const size = 1 << 20;
const config = `${smallDictionary}
[plugins.files]
keep_free = "1B"
quota_per_user = "3MiB"
max_files_per_user = 3
`;

let hub: HubProcess;
let person: ConfigDir;
/** Two sessions of one key, each on a worker of its own. */
let here: Connection;
let there: Connection;
const connections: Connection[] = [];
beforeAll(async () => {
  [hub, person] = await Promise.all([startHub({ config, args: ["--workers", "2"] }), makeConfigDir()]);
  [here, there] = await onBoth();
});
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  await hub?.[Symbol.asyncDispose]();
  await person?.[Symbol.asyncDispose]();
});

async function arrive(at: HubProcess): Promise<Connection> {
  const port = at.port("udp");
  const connection = connect({ host: "127.0.0.1", port, configDir: person.path, outbox: false });
  connections.push(connection);
  await connection.ready();
  return connection;
}

async function onBoth(): Promise<[Connection, Connection]> {
  let before: readonly number[] = [0, 0];
  const found: (Connection | undefined)[] = [undefined, undefined];
  while (found.includes(undefined)) {
    const connection = await arrive(hub);
    const reply = await tryAskHub(hub.data, { command: "status" }, 10_000);
    if (!reply?.ok) throw new Error("no status");
    const now = (reply.status as StatusReport).workers!.map(({ sessions }) => sessions);
    found[now.findIndex((count, worker) => count > before[worker]!)] ??= connection;
    before = now;
  }
  return found as [Connection, Connection];
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** What the hub acknowledged, or the code of its refusal. */
interface End {
  readonly file?: number;
  readonly sha256?: string;
  readonly code?: string | undefined;
}

interface Sent {
  readonly agreed: Promise<{ readonly offset: number }>;
  readonly end: Promise<End>;
}

/** Sends content from where the hub is, half of it before `rest`, which begins when it is asked for. */
function put(
  by: Connection,
  name: string,
  mode: "resume" | "anew",
  content: Uint8Array,
  rest?: () => Promise<void>,
): Sent {
  const agreed = Promise.withResolvers<{ readonly offset: number }>();
  async function* stream() {
    const { offset } = await agreed.promise;
    if (offset < size / 2) yield content.subarray(offset, size / 2);
    await rest?.();
    yield content.subarray(Math.max(offset, size / 2));
    yield sha256(content);
  }
  const run = by.run("put", [String(size), mode, "-", name], { stream: stream() });
  const read = async (): Promise<End> => {
    let data: unknown;
    for await (const piece of run) {
      if (piece.type !== "text") continue;
      ({ data } = piece);
      agreed.resolve(data as never);
    }
    await run.status;
    return data as End;
  };
  const end = read().catch((error: { readonly code?: string }): End => {
    agreed.resolve({ offset: size });
    return { code: error.code };
  });
  return { agreed: agreed.promise, end };
}

const bytesOf = (letter: string) => Buffer.alloc(size, letter);

async function remove(name: string): Promise<void> {
  for await (const _reply of here.run("rm", [name]));
}

test("one file that two workers get at once is stored as its senders are told", async () => {
  for (let round = 0; round < 4; round++) {
    const name = `race ${round}`;
    const [first, second] = round % 2 === 0 ? [here, there] : [there, here];
    const taken = Promise.withResolvers<void>();
    const both = [
      put(first, name, "anew", bytesOf("A"), () => taken.promise),
      put(second, name, "anew", bytesOf("B")),
    ];
    await Promise.all(both.map(({ agreed }) => agreed));
    taken.resolve();
    const ends = await Promise.all(both.map(({ end }) => end));
    const stored = ends.filter((end) => end.sha256 !== undefined);
    expect(ends.flatMap(({ code }) => code ?? [])).toEqual(stored.length === 2 ? [] : ["BUSY"]);
    for (const { file, sha256: acknowledged } of stored) {
      const target = join(person.path, `${name} ${file}`);
      expect(await getFile(here, String(file), { target })).toMatchObject({ sha256: acknowledged });
    }
    for (const _file of stored) await remove(name);
  }
});

test("who comes back to the other worker goes on with what has come", async () => {
  const half = Promise.withResolvers<void>();
  const never = Promise.withResolvers<void>();
  const content = bytesOf("C");
  const first = put(here, "back", "resume", content, () => {
    half.resolve();
    return never.promise;
  });
  await half.promise;
  const second = put(there, "back", "resume", content);
  expect(await second.end).toMatchObject({ sha256: sha256(content).toString("hex") });
  expect(await first.end).toEqual({ code: "BUSY" });
  never.resolve();
  await remove("back");
});

test("the places of one user are the same in both workers", async () => {
  for (let round = 0; round < 8; round++) {
    const never = Promise.withResolvers<void>();
    const wishes = Array.from({ length: 6 }, (_unused, index) =>
      put(
        index % 2 === 0 ? here : there,
        `place ${round} ${index}`,
        "anew",
        bytesOf("D"),
        () => never.promise,
      ),
    );
    await Promise.all(wishes.map(({ agreed }) => agreed));
    const database = new DatabaseSync(join(hub.data, "plugins/files/files.db"), { timeout: 5000 });
    const { count } = database.prepare("SELECT count(*) AS count FROM files").get() as { count: number };
    expect(count).toBe(3);
    database.exec("DELETE FROM files");
    database.close();
    never.resolve();
    await Promise.all(wishes.map(({ end }) => end));
  }
});

test("after kill -9 nobody is in the way of who goes on with his part", async () => {
  using folder = createTemporaryFolder();
  const content = bytesOf("E");
  const start = () => startHub({ config, folder, args: ["--workers", "2"] });
  {
    await using before = await start();
    const never = Promise.withResolvers<void>();
    put(await arrive(before), "killed", "resume", content, () => never.promise);
    const contents = join(before.data, "plugins/files/content");
    const sizes = () => readdirSync(contents).map((name) => statSync(join(contents, name)).size);
    await until("half of it is there", () => sizes().includes(size / 2));
    before.process.signal("SIGKILL");
    await before.process.exited;
  }
  await using after = await start();
  const again = put(await arrive(after), "killed", "resume", content);
  expect(await again.agreed).toMatchObject({ offset: size / 2 });
  expect(await again.end).toMatchObject({ sha256: sha256(content).toString("hex") });
});
