import { command, definePlugin } from "@palaver/plugin-api";
import * as z from "zod";

export default definePlugin({
  name: "echo",
  api: 1,
  setup: () => ({
    commands: {
      echo: command({
        summary: "Give back the text",
        args: { text: z.string() },
        run: ({ args }) => args.text,
      }),
    },
    text: (call) => call.text,
  }),
});
