import { expectTypeOf, test } from "vitest";
import * as z from "zod";
import { command, definePlugin, type Files, type Storage, type Users } from "../src/index.ts";

test("arguments have the types that their schemas give", () => {
  command({
    summary: "",
    args: {
      count: z.coerce.number(),
      colour: z.enum(["red", "green"]),
      note: z
        .string()
        .transform((text) => new Date(text))
        .optional(),
    },
    run({ args, argv, signal }) {
      expectTypeOf(args.count).toEqualTypeOf<number>();
      expectTypeOf(args.colour).toEqualTypeOf<"red" | "green">();
      expectTypeOf(args.note).toEqualTypeOf<Date | undefined>();
      expectTypeOf(argv).toEqualTypeOf<readonly string[]>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      // @ts-expect-error -- there is no such argument
      void args.colours;
    },
  });
});

test("a command without arguments has none", () => {
  command({
    summary: "",
    run({ args }) {
      expectTypeOf<keyof typeof args>().toEqualTypeOf<never>();
    },
  });
});

test("the settings have the type that the schema gives, and only what is needed is there", () => {
  definePlugin({
    name: "typed",
    api: 1,
    needs: ["storage", "users"],
    config: z.strictObject({ limit: z.number().default(5) }),
    setup(context) {
      expectTypeOf(context.config).toEqualTypeOf<{ limit: number }>();
      expectTypeOf(context.storage).toEqualTypeOf<Storage>();
      expectTypeOf(context.users).toEqualTypeOf<Users>();
      // @ts-expect-error -- the plugin did not name it in `needs`
      void (context.files satisfies Files);
      return {};
    },
  });
});

test("what the hub would refuse does not compile", () => {
  // @ts-expect-error -- this hub speaks version 1
  definePlugin({ name: "old", api: 2, setup: () => ({}) });
  // @ts-expect-error -- there is no such capability
  definePlugin({ name: "greedy", api: 1, needs: ["sockets"], setup: () => ({}) });
  // @ts-expect-error -- a number is no reply
  command({ summary: "", run: () => 7 });
  // @ts-expect-error -- an event has a name from the list
  definePlugin({ name: "deaf", api: 1, setup: () => ({ on: { "user:onlin": () => {} } }) });
});
