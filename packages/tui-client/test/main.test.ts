import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/palaver.mjs", import.meta.url));

/** Runs the built command, without a terminal. */
function palaver(...argv: string[]): Promise<{ status: number | string; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...argv], (error, stdout, stderr) => {
      resolve({ status: error?.code ?? 0, stdout, stderr });
    });
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
