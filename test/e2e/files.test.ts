import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLossyProxy } from "../lossy-proxy.ts";
import { startHub } from "./hub-process.ts";
import { palaver, type Program, runCommand, startProgram } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

const config = "[plugins.dict]\necdict = false\ncedict = false\n[plugins.exec]\ndefaults = false\n";
const seed = Number(process.env["PALAVER_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

function setUp() {
  const folder = createTemporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const env = { XDG_CONFIG_HOME: join(folder.path, "config") };
  const options = { env, cwd: folder.path };
  return {
    path: (name: string) => join(folder.path, name),
    write: (name: string, bytes: number) => writeFileSync(join(folder.path, name), randomBytes(bytes)),
    sha256: (name: string) =>
      createHash("sha256")
        .update(readFileSync(join(folder.path, name)))
        .digest("hex"),
    run: (...args: string[]) => runCommand(palaver, args, options),
    start: (...args: string[]): Program => startProgram(process.execPath, [palaver, ...args], options),
  };
}

test("put, ls, get and rm, for people and as JSON, with their exit codes", async () => {
  await using hub = await startHub({ config });
  const at = `127.0.0.1:${hub.port("udp")}`;
  const { run, write, path, sha256 } = setUp();
  write("photo.png", 123_456);
  expect(await run("put", at, "photo.png", "nothing.png")).toMatchObject({
    code: 1,
    stdout: "1  photo.png  123.5 kB\n",
    stderr: expect.stringMatching(/^palaver: nothing\.png: no such file or directory$/m),
  });
  expect((await run("ls", at)).stdout).toMatch(/^1 {2}photo\.png {2}123\.5 kB {2}\d{4}-/);
  expect(await run("get", at, "photo.png")).toMatchObject({ code: 1, stdout: "" });
  const got = await run("get", at, "1", "-o", "copy.png", "--json");
  expect(JSON.parse(got.stdout)).toMatchObject({
    file: 1,
    name: "photo.png",
    size: 123_456,
    path: "copy.png",
    sha256: sha256("photo.png"),
  });
  expect(sha256("copy.png")).toBe(sha256("photo.png"));
  // What is in the way is named, where it is not what was typed.
  expect((await run("get", at, "1", "-o", "no/such")).stderr).toBe(
    "palaver: 1: no/such.part: no such file or directory\n",
  );
  expect((await run("put", at, ".")).stderr).toBe("palaver: . is no regular file\n");
  expect(await run("rm", at, "1")).toMatchObject({ code: 0, stdout: "removed 1  photo.png\n" });
  expect(await run("get", at, "1")).toMatchObject({ code: 1, stderr: expect.stringContaining("no file 1") });
  expect((await run("get", at)).code).toBe(2);
  expect((await run("get", at, "1", "2", "-o", "x")).code).toBe(2);
  expect((await run("get", at, "1", "-o", "-")).code).toBe(2);
  expect((await run("put", "127.0.0.1:1", "--timeout", "500ms", "photo.png")).code).toBe(5);
  expect(existsSync(path("photo.png.part"))).toBe(false);
});

test(
  `a bad link, cut three times, from one address to the next: the right checksum, both ways (seed ${seed})`,
  { timeout: 120_000 },
  async () => {
    await using hub = await startHub({ config });
    const link = { loss: 0.02, duplicate: 0.02, reorder: 0.05, reorderMs: 5, delayMs: 2 };
    await using proxy = await createLossyProxy({
      targetPort: hub.port("udp"),
      seed,
      conditions: link,
    });
    const at = `127.0.0.1:${proxy.port}`;
    const { start, write, sha256 } = setUp();
    // Some 1500 datagrams of 16 kB: long enough for three cuts also where all goes fast.
    write("film.mkv", 24_000_000);

    const cutThreeTimes = async (program: Program) => {
      for (let cut = 0; cut < 3; cut++) {
        const before = proxy.forwarded;
        await until("packets", () => !program.isRunning || proxy.forwarded > before + 100);
        proxy.conditions = { ...proxy.conditions, loss: 1 };
        const dropped = proxy.dropped;
        await until("a cut", () => !program.isRunning || proxy.dropped > dropped + 10);
        const { rebinds } = proxy;
        proxy.conditions = { ...proxy.conditions, loss: link.loss, rebindEveryMs: 20 };
        await until("another address", () => !program.isRunning || proxy.rebinds > rebinds);
        proxy.conditions = { ...proxy.conditions, rebindEveryMs: 0 };
      }
      return program.exited;
    };
    const put = await cutThreeTimes(start("put", at, "--json", "--timeout", "60s", "film.mkv"));
    expect(put).toMatchObject({ code: 0 });
    expect(JSON.parse(put.stdout)).toMatchObject({ file: 1, sha256: sha256("film.mkv") });
    const get = await cutThreeTimes(start("get", at, "--timeout", "60s", "1", "-o", "copy.mkv"));
    expect(get).toMatchObject({ code: 0, stdout: "copy.mkv\n" });
    expect(sha256("copy.mkv")).toBe(sha256("film.mkv"));
    expect(proxy.rebinds).toBeGreaterThan(1);
  },
);

test(
  "interrupted, and the hub killed: the next try goes on with what is there",
  { timeout: 90_000 },
  async () => {
    await using hub = await startHub({ config });
    const port = hub.port("udp");
    // Slow enough to be stopped on the way.
    await using proxy = await createLossyProxy({ targetPort: port, seed, conditions: { delayMs: 30 } });
    const at = `127.0.0.1:${proxy.port}`;
    const { start, run, write, path, sha256 } = setUp();
    write("disk.img", 8_000_000);
    const content = join(hub.data, "plugins/files/content");
    const partBytes = () =>
      readdirSync(content).reduce((sum, name) => sum + statSync(join(content, name)).size, 0);

    const put = start("put", at, "--timeout", "60s", "disk.img");
    await until("a part", () => existsSync(content) && partBytes() > 1_000_000);
    put.signal("SIGINT");
    expect(await put.exited).toMatchObject({ code: 130 });
    const before = partBytes();
    expect(before).toBeLessThan(8_000_000);

    const again = start("put", at, "--timeout", "60s", "disk.img");
    await until("more", () => partBytes() > before + 500_000);
    hub.process.signal("SIGKILL");
    await hub.process.exited;
    await using next = await startHub({ config, folder: hub.folder, listen: [`udp://127.0.0.1:${port}`] });
    expect(await again.exited).toMatchObject({ code: 0, stdout: "1  disk.img  8.0 MB\n" });
    expect(next.process.isRunning).toBe(true);

    const get = start("get", at, "1", "-o", "copy.img");
    const part = path("copy.img.part");
    await until("a part", () => existsSync(part) && statSync(part).size > 1_000_000);
    get.signal("SIGINT");
    expect(await get.exited).toMatchObject({ code: 130 });
    expect(existsSync(path("copy.img"))).toBe(false);
    expect(await run("get", at, "1", "-o", "copy.img")).toMatchObject({ code: 0 });
    expect(sha256("copy.img")).toBe(sha256("disk.img"));
    expect(existsSync(part)).toBe(false);
  },
);

test("a disk that is full refuses in a sentence, and loses nothing that was acknowledged", async () => {
  await using hub = await startHub({ config });
  const at = `127.0.0.1:${hub.port("udp")}`;
  const { run, write, sha256 } = setUp();
  write("small.bin", 500_000);
  write("large.bin", 3_000_000);
  expect(await run("put", at, "small.bin")).toMatchObject({ code: 0 });
  // For the hub the disk ends here: no file of its own gets larger.
  execFileSync("prlimit", ["--pid", String(hub.process.pid), "--fsize=1000000"]);
  expect(await run("put", at, "large.bin")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("The hub's disk is full; the file was not stored."),
  });
  expect(hub.process.isRunning).toBe(true);
  expect(readdirSync(join(hub.data, "plugins/files/content"))).toHaveLength(1);
  expect((await run("ls", at)).stdout).toMatch(/^1 {2}small\.bin[^\n]*\n$/);
  expect(await run("get", at, "1", "-o", "copy.bin")).toMatchObject({ code: 0 });
  expect(sha256("copy.bin")).toBe(sha256("small.bin"));
});

test("a photo that is shared is told in the room", async () => {
  await using hub = await startHub({ config });
  const at = `127.0.0.1:${hub.port("udp")}`;
  const { run, start, write } = setUp();
  write("photo.png", 2_100_000);
  await using tail = start("tail", at, "--nick", "bob");
  await until("bob", async () => (await run("who", at)).stdout.includes("bob"));
  expect(await run("put", at, "--nick", "ann", "--room", "lobby", "photo.png")).toMatchObject({ code: 0 });
  await tail.prints("ann shares photo.png, 2.1 MB — /get 1");
});
