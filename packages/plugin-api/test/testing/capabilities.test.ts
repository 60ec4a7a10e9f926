import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod";
import { command, definePlugin } from "../../src/index.ts";
import { createTestHub } from "../../src/testing/index.ts";

const shell = definePlugin({
  name: "shell",
  api: 1,
  needs: ["processes"],
  config: z.strictObject({ timeout_ms: z.number().default(20_000) }),
  setup: ({ config, processes }) => ({
    commands: {
      sh: command({
        summary: "Run a script",
        args: { script: z.string() },
        async *run({ args, signal }) {
          const { output, exit } = processes.run({
            argv: ["/bin/sh", "-c", args.script],
            env: { GREETING: "hello" },
            input: Buffer.from("from stdin\n"),
            timeoutMs: config.timeout_ms,
            maxOutputBytes: 1000,
            signal,
          });
          yield* output;
          const { outcome, status } = await exit;
          yield { text: outcome, status };
        },
      }),
    },
  }),
});

test("programs are answered by the test", async () => {
  await using hub = await createTestHub(shell, {
    programs: ({ argv }) =>
      argv[2] === "slow" ? { takesMs: 30_000 } : { stdout: argv.join(" "), stderr: "!", status: 3 },
  });
  const ada = hub.as("ada");
  const call = ada.run("sh", "date");
  expect(await call).toEqual(["/bin/sh -c date", "!", "exited"]);
  expect(call.replies.at(-1)).toEqual({ text: "exited", status: 3 });
  const slow = ada.run("sh", "slow");
  await hub.advance(20_000);
  expect(await slow).toEqual(["timeout"]);
});

test("a test that names no programs is told how", async () => {
  await using hub = await createTestHub(shell);
  await expect(hub.as("ada").run("sh", "date")).rejects.toThrow(/programs: \(spec\) =>/);
});

test("real programs run, and end with their output limit, their time and their call", async () => {
  await using hub = await createTestHub(shell, { capabilities: { processes: "real" } });
  const ada = hub.as("ada");
  const call = ada.run("sh", "cat; echo $GREETING; exit 4");
  expect((await call).join("")).toBe("from stdin\nhello\nexited");
  expect(call.replies.at(-1)).toEqual({ text: "exited", status: 4 });
  expect((await ada.run("sh", "yes")).at(-1)).toBe("output");
  const endless = ada.run("sh", "echo begun; sleep 1000 & sleep 1000");
  expect(await endless.next()).toBe("begun\n");
  endless.cancel();
  expect((await endless).at(-1)).toBe("The call was ended.");
  await hub.reload({ timeout_ms: 20 });
  expect(await ada.run("sh", "sleep 1000 & sleep 1000")).toEqual(["timeout"]);
});

test("files lie in a folder of the test, and a watcher is told at once", async () => {
  const forecast = definePlugin({
    name: "forecast",
    api: 1,
    needs: ["files", "storage"],
    setup({ files, storage }) {
      const path = files.resolve("today.txt");
      let text = readFileSync(path, "utf8");
      files.watch("today.txt", () => (text = readFileSync(path, "utf8")));
      return {
        commands: {
          today: command({ summary: "", run: () => text }),
          where: command({ summary: "", run: () => storage.directory }),
        },
      };
    },
  });
  await using hub = await createTestHub(forecast, { files: { "today.txt": "rain" } });
  const ada = hub.as("ada");
  expect(await ada.send("/today")).toEqual(["rain"]);
  await hub.write("today.txt", "sun");
  expect(await ada.send("/today")).toEqual(["sun"]);
  await hub.reload();
  await hub.write("today.txt", "snow");
  expect(await ada.send("/today")).toEqual(["snow"]);
  expect(await ada.send("/where")).toEqual([expect.stringContaining("palaver-plugin-")]);
});
