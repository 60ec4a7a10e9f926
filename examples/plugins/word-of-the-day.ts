import { readFileSync } from "node:fs";
import { command, definePlugin } from "@palaver/plugin-api";
import * as z from "zod";

const dayMs = 86_400_000;

/** `/word`, the same for everybody until midnight UTC; who comes online is told it too. */
export default definePlugin({
  name: "word-of-the-day",
  api: 1,
  needs: ["files", "users"],
  config: z.strictObject({ file: z.string().default("words.txt") }),
  setup({ config, files, users }) {
    const path = files.resolve(config.file);
    const words = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "");
    if (words.length === 0) throw new Error(`${path} has no words; write one a line`);
    const today = () => words[Math.floor(Date.now() / dayMs) % words.length] ?? "";

    return {
      commands: { word: command({ summary: "The word of the day", run: today }) },
      on: { "user:online": ({ user }) => void users.send(user.id, `Word of the day: ${today()}`) },
    };
  },
});
