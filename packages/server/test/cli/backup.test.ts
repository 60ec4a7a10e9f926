import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { palaverd, runCommand } from "../../../../test/e2e/program.ts";
import { startHub } from "../../../../test/e2e/hub-process.ts";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { udpClient } from "../hub-harness.ts";

const onlyChat = ["dict", "exec"].map((name) => `[plugins.${name}]\nenabled = false\n`).join("");
const listen = ["udp://127.0.0.1:0"];

describe("palaverd backup and restore", () => {
  it("what was said before the backup is there after the restore", async () => {
    using folder = createTemporaryFolder();
    const archive = join(folder.path, "backup.tar.gz");
    const run = (command: string, data: string, ...more: string[]) =>
      runCommand(palaverd, [command, ...more, archive, "--data", data], { cwd: folder.path });
    await using hub = await startHub({ config: onlyChat, listen });
    using ada = await udpClient(hub.port("udp"));
    await ada.ask("online ada");
    const said = Array.from({ length: 20 }, (_, n) => `line ${n}`);
    for (const line of said) while (!(await ada.ask(line)).includes(line));

    // While somebody goes on talking.
    const done = new AbortController();
    const backup = run("backup", hub.data).finally(() => done.abort());
    for (let n = 20; !done.signal.aborted; n++) await ada.ask(`line ${n}`);
    const { code, stdout, stderr } = await backup;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^\S+backup\.tar\.gz: \d+ files, [\d.]+ KiB\n$/);

    expect(await run("restore", hub.data, "--force")).toEqual({
      code: 1,
      stdout: "",
      stderr: `palaverd: a hub runs on ${hub.data}; stop it first: palaverd stop\n`,
    });
    const restored = await run("restore", join(folder.path, "restored"));
    expect(restored).toMatchObject({ code: 0, stderr: "" });
    expect(restored.stdout).toMatch(/restored: \d+ files as of \d{4}-.+Z, of palaver \d/);
    const data = join(folder.path, "restored");
    expect(readFileSync(join(data, "hub.key"))).toEqual(readFileSync(join(hub.data, "hub.key")));
    const { stdout: lines } = await runCommand(palaverd, ["export", "lobby", "--data", data]);
    const texts = lines
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts.slice(0, 20)).toEqual(said);
    expect(texts).toEqual(Array.from(texts, (_, n) => `line ${n}`));
  });

  it.runIf(process.platform === "linux")("a second hub on the same data keeps restore away too", async () => {
    using folder = createTemporaryFolder();
    const archive = join(folder.path, "backup.tar.gz");
    const first = await startHub({ config: onlyChat, listen, folder });
    await using second = await startHub({ config: onlyChat, listen, folder });
    const { data } = first;
    const restore = () =>
      runCommand(palaverd, ["restore", archive, "--data", data, "--force"], { cwd: folder.path });
    await runCommand(palaverd, ["backup", archive, "--data", data]);
    await first[Symbol.asyncDispose]();
    expect(await restore()).toEqual({
      code: 1,
      stdout: "",
      stderr: `palaverd: process ${second.process.pid} has files of ${data} open; end it first\n`,
    });
    await second[Symbol.asyncDispose]();
    expect(await restore()).toMatchObject({ code: 0, stderr: "" });
  });

  it("refuses in one line what makes no sense", { timeout: 60_000 }, async () => {
    using folder = createTemporaryFolder();
    const data = join(folder.path, "data");
    const run = (...args: string[]) => runCommand(palaverd, [...args, "--data", data], { cwd: folder.path });
    folder.write("nonsense", "nonsense");
    const refusals = [
      [["backup", "x"], `palaverd: ${data}: no hub's data; see --data and --config\n`],
      [
        ["restore", "nonsense"],
        `palaverd: nonsense is not restored to ${data}: it is no backup of palaver, or damaged\n`,
      ],
      [["restore", "missing"], `palaverd: missing is not restored to ${data}: there is no such path\n`],
    ] as const;
    for (const [args, stderr] of refusals)
      expect(await run(...args)).toEqual({ code: 1, stdout: "", stderr });
    folder.write("data/hub.key", "x");
    expect((await run("restore", "nonsense")).stderr).toContain("is not empty; with --force");
    expect((await run("backup", "data/x")).stderr).toContain(
      "lies in the data directory; choose another place",
    );
    expect((await run("backup", "no/x")).stderr).toContain("no backup is written to");
    expect(existsSync(join(data, "x"))).toBe(false);
    expect(await run("backup")).toMatchObject({ code: 2 });
    expect(await run("backup", "-")).toMatchObject({ code: 2, stdout: "" });
  });
});
