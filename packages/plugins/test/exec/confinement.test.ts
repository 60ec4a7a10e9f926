import type { Processes } from "@palaver/plugin-api";
import { expect, test } from "vitest";
import { createProcesses } from "../../../server/src/capabilities/processes.ts";
import { createCatalogue } from "../../src/exec/catalogue.ts";
import { configSchema } from "../../src/exec/config.ts";
import { confine } from "../../src/exec/confinement.ts";

const isRoot = process.getuid?.() === 0;
const real = createProcesses();
/** A machine without bubblewrap, and one without util-linux. */
const bare: Processes = { ...real, sandboxProblem: async () => "bubblewrap is not installed" };
const unlimited: Processes = { ...real, limitsProblem: () => "limits need Linux" };

async function confined(command: object, settings: object = {}, processes: Processes = real) {
  const it = { summary: "It", argv: ["/bin/true"], ...command };
  const config = configSchema.parse({ defaults: false, ...settings, commands: { it } });
  const warned: string[] = [];
  const warn = (message: string, fields?: object) => warned.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: () => {}, warn, error: () => {}, progress: () => {} };
  const { entries } = createCatalogue(config);
  const confinementOf = await confine(entries.values(), config, processes, log);
  return { ...confinementOf(entries.get("it")!), warned: warned.join("\n") };
}

test("by default a command is in a sandbox, closed but for its own places", async () => {
  const { sandbox, limits } = await confined({
    argv: ["/opt/tool", "{file}"],
    args: { file: { type: "path", below: "/srv/files" } },
    cwd: "/srv",
  });
  expect(sandbox).toEqual({ network: false, readable: ["/opt/tool", "/srv", "/srv/files"], writable: [] });
  expect(limits).toEqual({
    memoryBytes: 4 * 2 ** 30,
    processes: 64,
    openFiles: 256,
    cpuSeconds: undefined,
    fileBytes: 64 * 2 ** 20,
  });
});

test("the profile's options are passed on", async () => {
  const options = { network: true, readable: ["/home/a"], writable: ["/srv"], max_cpu: "1500ms" };
  const { sandbox, limits } = await confined({ ...options, max_processes: 3, max_memory: "1GiB" });
  expect(sandbox).toMatchObject({ network: true, writable: ["/srv"] });
  expect(sandbox?.readable).toContain("/home/a");
  expect(limits).toMatchObject({ cpuSeconds: 2, processes: 3, memoryBytes: 2 ** 30 });
});

test("a command's word on the sandbox goes before that for all", async () => {
  expect((await confined({ sandbox: "off" }, { sandbox: "required" })).sandbox).toBeUndefined();
  expect((await confined({ sandbox: "auto" }, { sandbox: "off" })).sandbox).toBeDefined();
  // The user's other processes count, so that no number would fit all machines.
  expect((await confined({ sandbox: "off" })).limits).toMatchObject({ processes: undefined });
});

test("where there is no bubblewrap, auto goes without and says so, required does not start", async () => {
  const { sandbox, limits, warned } = await confined({}, {}, bare);
  expect(sandbox).toBeUndefined();
  expect(limits).toMatchObject({ processes: undefined, openFiles: 256 });
  expect(warned).toContain(
    'run without a sandbox {"commands":["it"],"reason":"bubblewrap is not installed"}',
  );
  await expect(confined({ sandbox: "required" }, {}, bare)).rejects.toThrow(
    "it must run in a sandbox, but bubblewrap is not installed",
  );
  expect((await confined({ sandbox: "off" }, { sandbox: "required" }, bare)).warned).not.toContain("sandbox");
});

test("where limits cannot be set, commands run without them, and that is said", async () => {
  const { limits, warned } = await confined({}, {}, unlimited);
  expect(limits).toBeUndefined();
  expect(warned).toContain("run without limits");
});

test.runIf(isRoot)("a user is looked up; root is warned of", async () => {
  const { user, warned } = await confined({ user: "nobody" }, { user: "daemon" });
  expect(user).toEqual(await real.findUser("nobody"));
  expect(warned).toBe("");
  expect((await confined({}, { user: "daemon" })).user).toEqual(await real.findUser("daemon"));
  expect((await confined({})).warned).toContain("run as root, whom the kernel lets fork without limit");
});

test("a user that is not there stops the start", async () => {
  await expect(confined({ user: "no-such-user" })).rejects.toThrow("this machine has no user no-such-user");
});
