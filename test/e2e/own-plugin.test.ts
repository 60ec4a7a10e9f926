import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startHub } from "./hub-process.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { openUdpPeer } from "./text-peer.ts";

test("a plugin file that lies anywhere imports the hub's plugin interface", async () => {
  using folder = createTemporaryFolder();
  writeFileSync(
    join(folder.path, "hello.ts"),
    `import { command, definePlugin } from "@palaver/plugin-api";
import * as z from "zod";

export default definePlugin({
  name: "hello",
  api: 1,
  setup: () => ({
    commands: {
      hello: command({ summary: "Greet", args: { name: z.string() }, run: ({ args }) => "hello " + args.name }),
    },
  }),
});
`,
  );
  await using hub = await startHub({ config: `[plugins.hello]\nfrom = "${folder.path}/hello.ts"\n` });
  await using client = await openUdpPeer(hub.listeners[0]?.port ?? 0);
  expect(await client.ask("hello ada\n")).toBe("hello ada\n");
});
