import { command, definePlugin, Refusal } from "@palaver/plugin-api";
import * as z from "zod";

const maxRunning = 4;

/**
 * `/link text` gives the text to a program on its standard input, and streams what it prints. The operator chooses the
 * program; no shell sees a word of it, and it ends with its call.
 */
export default definePlugin({
  name: "link",
  api: 1,
  needs: ["processes"],
  config: z.strictObject({
    program: z.string().startsWith("/", "must be an absolute path"),
    args: z.array(z.string()).default([]),
    timeout_seconds: z.int().min(1).max(3600).default(20),
  }),
  setup({ config, processes }) {
    let running = 0;
    return {
      commands: {
        link: command({
          summary: "Give a text to the program behind this hub",
          args: { text: z.string() },
          timeoutMs: (config.timeout_seconds + 5) * 1000,
          async *run({ args, signal }) {
            if (running >= maxRunning) throw new Refusal("It is busy; try again in a moment.", "BUSY");
            running++;
            try {
              const { output, exit } = processes.run({
                argv: [config.program, ...config.args],
                env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
                input: Buffer.from(`${args.text}\n`),
                timeoutMs: config.timeout_seconds * 1000,
                maxOutputBytes: 64 * 1024,
                signal,
              });
              yield* output;
              const { outcome, status } = await exit;
              if (outcome !== "exited") yield { text: `It was ended (${outcome}).`, status };
              else if (status !== 0) yield { text: `It failed with status ${status}.`, status };
            } finally {
              running--;
            }
          },
        }),
      },
    };
  },
});
