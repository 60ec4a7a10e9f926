import { join } from "node:path";
import { expect, it } from "vitest";
import { startHub } from "../../../../test/e2e/hub-process.ts";
import { palaverd, runCommand } from "../../../../test/e2e/program.ts";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";

const onlyEcho = ["dict", "exec", "chat"].map((name) => `[plugins.${name}]\nenabled = false\n`).join("");

interface Line {
  readonly check: string;
  readonly state: string;
}

it("says of a hub that runs that it is well, to programs too", async () => {
  await using hub = await startHub({ config: onlyEcho });
  const args = ["doctor", "--config", hub.configFile, "--data", hub.data, "--listen", "udp://127.0.0.1:0"];
  const { code, stdout } = await runCommand(palaverd, [...args, "--json"]);
  const lines = JSON.parse(stdout) as readonly Line[];
  expect(lines.filter(({ state }) => state === "failure")).toEqual([]);
  expect(code).toBe(0);
  const table = (await runCommand(palaverd, args)).stdout;
  expect(table).toContain(`ok       key                ${hub.data}/hub.key\n`);
});

it("names what fails and its remedy, with status 1", async () => {
  using folder = createTemporaryFolder();
  const config = folder.write("palaver.toml", "[plugins.dict]\nflies = []\n");
  const data = join(folder.path, "data");
  const { code, stdout, stderr } = await runCommand(palaverd, ["doctor", "--config", config, "--data", data]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toContain(
    `failure  configuration      ${config}:2: plugins.dict.flies: unknown setting; did you mean files?\n` +
      "                            → mend that line; the rest is looked at then\n",
  );
  expect(stdout).toContain(`ok       data               ${data} is made at the first start\n`);
});
