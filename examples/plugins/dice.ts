import { randomInt } from "node:crypto";
import { command, definePlugin } from "@palaver/plugin-api";
import * as z from "zod";

const dice = z
  .string()
  .default("1d6")
  .transform((text, context) => {
    const [, count, sides] = /^(\d{0,2})d(\d{1,3})$/.exec(text) ?? [];
    const wanted = { count: Number(count || 1), sides: Number(sides) };
    if (wanted.count >= 1 && wanted.count <= 20 && wanted.sides >= 2) return wanted;
    context.addIssue({ code: "custom", message: "write 2d6 for two dice of six sides; at most 20d999" });
    return z.NEVER;
  });

/** `/roll 2d6`. A schema makes of a word what the command works with, and of a wrong one a good answer. */
export default definePlugin({
  name: "dice",
  api: 1,
  setup: () => ({
    commands: {
      roll: command({
        summary: "Roll dice: roll 2d6",
        args: { dice },
        rate: { limit: 30, windowMs: 60_000 },
        run({ args: { dice: wanted } }) {
          const rolled = Array.from({ length: wanted.count }, () => randomInt(wanted.sides) + 1);
          const sum = rolled.reduce((total, points) => total + points, 0);
          return { text: `${rolled.join(" + ")} = ${sum}`, data: { rolled, sum } };
        },
      }),
    },
  }),
});
