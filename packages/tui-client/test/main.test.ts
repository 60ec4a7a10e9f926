import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/palaver.mjs", import.meta.url));

/** Runs the built command, without a terminal. */
function palaver(...argv: string[]): Promise<{ status: number | string; stdout: string; stderr: string }> {
  return palaverWith({}, ...argv);
}

function palaverWith(
  env: NodeJS.ProcessEnv,
  ...argv: string[]
): Promise<{ status: number | string; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [bin, ...argv],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        resolve({ status: error?.code ?? 0, stdout, stderr });
      },
    );
  });
}

test("--version prints the version alone", async () => {
  expect(await palaver("--version")).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test.each(["chat", "send", "tail", "run", "tr", "who", "rooms", "ping", "id"])(
  "%s --help shows an example",
  async (command) => {
    const { status, stdout } = await palaver(command, "--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\n  .*palaver${command === "chat" ? "" : ` ${command}`}`));
  },
);

test("wrong usage is told in a line on standard error, with status 2", async () => {
  const { status, stdout, stderr } = await palaver("ping", "host:0");
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^palaver: .*port 0 is not between 1 and 65535\n$/);
});

test("a configuration that is refused is told with file and line, and keeps nobody from repairing it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "palaver-config-"));
  const file = join(folder, "palaver/config.toml");
  try {
    mkdirSync(join(folder, "palaver"));
    writeFileSync(file, "# mine\nnik = 'ada'\n");
    const env = { XDG_CONFIG_HOME: folder, VISUAL: "", EDITOR: "sed -i s/nik/nick/" };
    expect(await palaverWith(env, "who", "127.0.0.1:9")).toEqual({
      status: 1,
      stdout: "",
      stderr: `palaver: ${file}:2: nik: is no setting; did you mean nick?\n`,
    });
    expect(await palaverWith(env, "who", "--help")).toMatchObject({ status: 0 });
    expect(await palaverWith(env, "config")).toMatchObject({ status: 0, stderr: "" });
    expect(await palaverWith(env, "who", "127.0.0.1:9", "--timeout", "100ms")).toMatchObject({ status: 5 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
