import { expect, test } from "vitest";
import { answerControl } from "../../src/cli/control-answers.ts";
import type { RunningHub } from "../../src/hub.ts";

const about = { version: "0", dataDir: "/nonexistent" };

test.each(["status", "refresh"] as const)(
  "a hub that ends while it is asked for %s says so, and has no fault",
  async (command) => {
    const ends = async () => {
      throw new Error("worker 0 ended");
    };
    const hub: Pick<RunningHub, "status" | "refreshUsers"> = { status: ends, refreshUsers: ends };
    const reply = await answerControl({ command }, hub as RunningHub, async () => undefined, about);
    expect(reply).toMatchObject({ ok: false, error: "worker 0 ended" });
  },
);
