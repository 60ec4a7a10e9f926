import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessSpec, ProcessUser } from "@palaver/plugin-api";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findTool } from "../../../../test/e2e/tools.ts";
import { createProcesses } from "../../src/capabilities/processes.ts";
import { closed, spec } from "./process-spec.ts";
import { processesWith } from "./processes-with.ts";

const isRoot = process.getuid?.() === 0;

let processes: ReturnType<typeof createProcesses>;
let directory: string;
/** Whom the kernel limits: it lets root fork as it likes. */
let limited: ProcessUser | undefined;
beforeAll(async () => {
  findTool("bwrap");
  limited = isRoot ? await createProcesses().findUser("nobody") : undefined;
});
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "palaver-sandbox-")));
  processes = createProcesses([join(directory, "data")]);
  return () => rmSync(directory, { recursive: true, force: true });
});
afterEach(() => processes[Symbol.asyncDispose]());

async function run(script: string, more: Partial<ProcessSpec> = {}) {
  const running = processes.run(spec(["/bin/sh", "-c", script], { sandbox: closed, ...more }));
  const text = { stdout: "", stderr: "" };
  for await (const { stream, bytes } of running.output) text[stream] += Buffer.from(bytes).toString();
  return { ...text, ...(await running.exit), pid: running.pid };
}

/** A duration for `sleep` that no other process has. */
const uniqueSleep = (): string => `6${Math.floor(Math.random() * 1e9)}.25`;

test("this machine can, for the hub's user and for another", async () => {
  expect(await processes.sandboxProblem()).toBeUndefined();
  expect(await processes.sandboxProblem(limited)).toBeUndefined();
  expect(processes.limitsProblem()).toBeUndefined();
});

describe("a program in a sandbox", () => {
  test("gives output, streams apart, input and status as outside", async () => {
    const ran = await run("cat; echo err >&2; exit 7", { input: Buffer.from("in\n") });
    expect(ran).toMatchObject({ stdout: "in\n", stderr: "err\n", outcome: "exited", status: 7 });
    expect(await run("kill -SEGV $$")).toMatchObject({ stderr: "", outcome: "exited", status: 139 });
    expect(await run("pwd; whoami", { cwd: "/usr" })).toMatchObject({
      stdout: expect.stringMatching(/^\/usr\n\w/) as string,
    });
  });

  test("that ends without reading its input ends all the same", async () => {
    expect(await run("exit 3", { input: Buffer.alloc(65_536) })).toMatchObject({
      outcome: "exited",
      status: 3,
    });
  });

  test("writes nowhere but to its own folders, which are empty and go with it", async () => {
    const places = ["/", "/usr", "/etc", "/dev", "/root", "/home", "/run", "/proc/sys/kernel", "/sys/kernel"];
    const script = `for place in ${places.join(" ")}; do touch $place/palaver && echo "wrote to $place"; done 2>/dev/null
      ls -A /tmp /var/tmp /home /root /run; echo mine > /tmp/mine; cat /tmp/mine; chmod 777 /etc /usr /bin/sh && echo changed`;
    const { stdout } = await run(script);
    expect(stdout).not.toMatch(/wrote|changed/);
    expect(stdout).toContain("mine\n");
    expect((await run("ls -A /tmp /dev/shm")).stdout).toBe("/dev/shm:\n\n/tmp:\n");
  });

  test("sees neither the hub's data, nor homes, nor sockets of services, whatever it is shown", async () => {
    mkdirSync(join(directory, "data"));
    writeFileSync(join(directory, "data/hub.key"), "key");
    const shown = { ...closed, readable: [directory], writable: [directory] };
    const { stdout } = await run(`ls ${directory}/data; cat ${directory}/data/hub.key; ls /run /home /root`, {
      sandbox: shown,
    });
    expect(stdout).toBe("/home:\n\n/root:\n\n/run:\n");
  });

  test("reads and writes what it is shown, and only so", async () => {
    const [notes, drop] = [join(directory, "notes"), join(directory, "drop")];
    for (const folder of [notes, drop]) mkdirSync(folder);
    writeFileSync(join(notes, "note"), "noted\n");
    symlinkSync(join(notes, "note"), join(directory, "link"));
    const sandbox = {
      network: false,
      readable: [notes, join(directory, "link"), "/nonexistent/x"],
      writable: [drop],
    };
    const script = `cat ${notes}/note ${directory}/link; echo x > ${notes}/new; echo new > ${drop}/new; ls ${directory}`;
    const ran = await run(script, { sandbox });
    expect(ran.stdout).toBe("noted\nnoted\ndrop\nlink\nnotes\n");
    expect(ran.stderr).toContain("Read-only file system");
    expect(readFileSync(join(drop, "new"), "utf8")).toBe("new\n");
  });

  test("has the network only where that is declared", async () => {
    await using server = createServer((socket) => socket.end("hello\n")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const connect = `nc -w 2 127.0.0.1 ${port} </dev/null || echo none`;
    findTool("nc");
    expect((await run(connect)).stdout).toBe("none\n");
    expect((await run(connect, { sandbox: { ...closed, network: true } })).stdout).toBe("hello\n");
  });

  test("holds no capability and cannot get one", async () => {
    const { stdout } = await run(
      "grep -h ^Cap /proc/self/status; unshare -Ur true && echo nested; mount -t tmpfs x /tmp && echo mounted",
    );
    expect(stdout.match(/^Cap\w+:\t0{16}$/gm)).toHaveLength(5);
    expect(stdout).not.toMatch(/nested|mounted/);
  });

  test("sees no process but its own, and signals none", async () => {
    const { stdout } = await run(
      `ls /proc | grep -c '^[0-9]'; kill -9 ${process.pid} && echo sent; kill -9 -1; echo over`,
    );
    expect(Number(stdout.split("\n")[0])).toBeLessThan(8);
    expect(stdout).not.toContain("sent");
  });
});

describe("nothing outlives its call in a sandbox:", () => {
  const daemon = (sleep: string) =>
    `env -i /usr/bin/setsid /bin/sh -c '/bin/sleep ${sleep} & /bin/sleep ${sleep} &' </dev/null >/dev/null 2>&1`;
  test.each([
    ["a child in the background", (sleep: string) => `sleep ${sleep} &`],
    ["a setsid child", (sleep: string) => `setsid sleep ${sleep} &`],
    [
      "a double fork without parent, environment, session and descriptors",
      (sleep: string) => `${daemon(sleep)} &`,
    ],
    ["a stopped child", (sleep: string) => `sleep ${sleep} & kill -STOP $!`],
    [
      "children that ignore every signal they can",
      (sleep: string) => `trap '' TERM HUP INT QUIT; setsid sleep ${sleep} & sleep ${sleep} &`,
    ],
  ])("%s", async (_, script) => {
    const sleep = uniqueSleep();
    expect(await run(script(sleep))).toMatchObject({ outcome: "exited", status: 0 });
    expect(processesWith(sleep)).toEqual([]);
  });

  test("also when time is up, when output is too much, and when the caller leaves; politely first", async () => {
    const sleep = uniqueSleep();
    const polite = `trap 'echo bye; exit 5' TERM; ${daemon(sleep)}; echo up; sleep ${sleep} & wait`;
    expect(await run(polite, { timeoutMs: 2000 })).toMatchObject({
      stdout: "up\nbye\n",
      outcome: "timeout",
      status: 5,
    });
    const stubborn = `trap '' TERM; ${daemon(sleep)}; while :; do sleep ${sleep}; done`;
    expect(await run(stubborn, { timeoutMs: 2000 })).toMatchObject({ outcome: "timeout", status: 137 });
    expect(await run(`${daemon(sleep)}; yes ${sleep}`)).toMatchObject({ outcome: "output" });
    const caller = new AbortController();
    const left = run(`${daemon(sleep)}; sleep ${sleep}`, { signal: caller.signal });
    setImmediate(() => caller.abort());
    expect(await left).toMatchObject({ outcome: "aborted" });
    // What was started ahead of a call that does not come goes soon.
    await expect.poll(() => processesWith(sleep)).toEqual([]);
  });

  test("a fork bomb", { timeout: 60_000 }, async () => {
    const sleep = uniqueSleep();
    const bomb = `b() { sleep ${sleep} & b & b & wait; }; b; sleep ${sleep}`;
    const limits = { processes: 40 };
    const ran = await run(bomb, { timeoutMs: 4000, user: limited, limits, maxOutputBytes: 8_388_608 });
    expect(ran.stderr).toContain("Cannot fork");
    expect(processesWith(sleep)).toEqual([]);
  });

  test("what the hub's death leaves behind", async () => {
    const sleep = uniqueSleep();
    const module = new URL("../../dist/capabilities/processes.js", import.meta.url).href;
    const hub = `
      const { createProcesses } = await import(${JSON.stringify(module)});
      const { output } = createProcesses().run({ argv: ["/bin/sh", "-c", "setsid sleep ${sleep} & echo up; sleep ${sleep}"],
        env: { PATH: "/usr/bin:/bin" }, timeoutMs: 60_000, maxOutputBytes: 100, signal: new AbortController().signal,
        sandbox: ${JSON.stringify(closed)} });
      for await (const piece of output) process.kill(process.pid, "SIGKILL");`;
    const { outcome, status } = await run('exec "$NODE" --input-type=module -e "$HUB"', {
      env: { PATH: "/usr/bin:/bin", NODE: process.execPath, HUB: hub },
      sandbox: undefined,
    });
    expect({ outcome, status }).toEqual({ outcome: "exited", status: 137 });
    await expect.poll(() => processesWith(sleep), { timeout: 20_000 }).toEqual([]);
  });
});

describe("limits hold,", () => {
  test.each([
    ["inside", closed],
    ["outside of a sandbox", undefined],
  ])("%s", async (_, sandbox) => {
    const limits = { memoryBytes: 200 * 2 ** 20, openFiles: 16, cpuSeconds: 1, fileBytes: 4096 };
    const file = sandbox ? "/tmp/big" : join(directory, "big");
    const limitsOf = (script: string) => run(script, { limits, sandbox });
    expect((await limitsOf(`head -c 100000 /dev/zero > ${file}; wc -c < ${file}`)).stdout.trim()).toBe(
      "4096",
    );
    expect((await limitsOf("ulimit -v; ulimit -n; ulimit -c")).stdout).toBe(`${200 * 1024}\n16\n0\n`);
    expect((await limitsOf("head -c 900000000 /dev/zero | tail -n 1")).stderr).toMatch(/memory exhausted/);
    // SIGXCPU.
    expect(await limitsOf("while :; do :; done")).toMatchObject({ outcome: "exited", status: 152 });
  });

  test.runIf(isRoot)("and a program of another user runs as it, in its group alone", async () => {
    const { stdout } = await run("id", { user: limited });
    expect(stdout).toMatch(/^uid=(\d+)\(nobody\) gid=\d+\(nogroup\) groups=\d+\(nogroup\)\n$/);
    expect((await run("id", { user: limited, sandbox: undefined })).stdout).toBe(stdout);
  });

  test("and a user that is not there, or may not be had, is said", async () => {
    await expect(processes.findUser("no-such-user")).rejects.toThrow("this machine has no user no-such-user");
    await expect(processes.findUser("--help")).rejects.toThrow("this machine has no user --help");
    if (!isRoot) await expect(processes.findUser("root")).rejects.toThrow("only a hub that runs as root");
  });
});
