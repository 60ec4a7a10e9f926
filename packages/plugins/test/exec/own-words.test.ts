import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutputPiece, Reply } from "@palaver/plugin-api";
import { beforeEach, describe, expect, test } from "vitest";
import { answerOf, guest, operator, startExec } from "./running-exec.ts";

const script = (text: string, more: object = {}) => ({
  summary: "A script",
  argv: ["/bin/sh", "-c", text],
  ...more,
});
const word = { type: "pattern", pattern: "[^]*" };
const other = { ...guest, id: "guest-2", nick: "~bob" };
const member = { ...operator, id: "session-2", nick: "mia", key: "bWlh", roles: ["member"] };

let directory: string;
let touch: object;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "palaver-own-words-"));
  touch = script(`echo ran >> ${directory}/ran; echo did it`);
  return () => rmSync(directory, { recursive: true, force: true });
});
const runs = (): number =>
  existsSync(join(directory, "ran"))
    ? readFileSync(join(directory, "ran"), "utf8").split("\n").length - 1
    : 0;

/** Starts a call and resolves when its program has said something. */
async function started(replies: unknown) {
  const iterator = (replies as AsyncIterable<Reply>)[Symbol.asyncIterator]();
  const first = Buffer.from(((await iterator.next()).value as OutputPiece).bytes).toString();
  return { first, answer: answerOf({ [Symbol.asyncIterator]: () => iterator }) };
}

describe("jobs and kill", () => {
  const it = script("echo up; sleep 600");

  test("show and end one's own, and everybody's to operators", async () => {
    const hub = await startExec({ commands: { it } });
    expect((await hub.line("jobs")).stdout).toBe("Nothing runs.\n");
    const own = await started(hub.mounted("it"));
    const others = await started(hub.called(["it"], member));
    expect((await hub.line("jobs")).stdout).toMatch(/^1 it - ~ada, \d+\.\d s\n$/);
    expect((await hub.ask("jobs", [], member)).texts[0]).toMatch(/^2 it - mia, \d+\.\d s$/);
    const all = await hub.ask("jobs", [], operator);
    expect(all.data).toMatchObject([
      { id: 1, line: "it", by: "~ada" },
      { id: 2, line: "it", by: "mia" },
    ]);
    for (const [job, caller] of [
      ["2", guest],
      ["1", other],
      ["1", member],
      ["3", operator],
    ] as const) {
      const { refusal } = await hub.ask("kill", [job], caller);
      expect(refusal).toEqual({
        code: "NOT_FOUND",
        message: `You have no job ${job}; list yours with: jobs`,
      });
    }
    expect((await hub.line("kill 1")).texts).toEqual(["Ended 1: it"]);
    expect(await own.answer).toMatchObject({ texts: ["(ended by ~ada)"], data: { outcome: "aborted" } });
    expect((await hub.run(["kill", "2"], operator)).texts).toEqual(["Ended 2: it"]);
    expect((await others.answer).texts).toEqual(["(ended by grace)"]);
    expect((await hub.ask("jobs", [], operator)).texts).toEqual(["Nothing runs."]);
    expect(hub.rows()).toMatchObject([
      { outcome: "aborted", reason: "ended by ~ada" },
      { outcome: "aborted", reason: "ended by grace" },
    ]);
  });

  test("are one's own in every session of a key", async () => {
    const hub = await startExec({ commands: { it } });
    const { answer } = await started(hub.called(["it"], member));
    expect((await hub.ask("kill", ["1"], { ...member, id: "session-9" })).texts).toEqual(["Ended 1: it"]);
    await answer;
  });

  test.each(["kill", "kill x", "kill -1", "kill 1 2", "jobs all"])("%s is a wrong usage", async (line) => {
    const hub = await startExec({});
    expect((await hub.line(line)).refusal?.code).toBe("INVALID");
  });
});

describe("confirmation", () => {
  test("shows what would run, and runs it once, for its caller, within a minute", async () => {
    const hub = await startExec({ commands: { touch: { ...touch, confirm: true } } });
    const asked = await hub.run(["touch"], operator);
    expect(asked.texts[0]).toMatch(
      /^This runs \/bin\/sh -c echo ran .*\. Within 60 s, confirm it: run yes [2-9a-z]{5}$/,
    );
    expect(asked).toMatchObject({ status: 125, data: { outcome: "unconfirmed" } });
    const code = String(asked.data?.["code"]);
    expect((await hub.run(["yes", code], member)).refusal?.code).toBe("NOT_FOUND");
    expect((await hub.run(["yes", "aaaaa"], operator)).refusal?.code).toBe("NOT_FOUND");
    expect((await hub.run(["yes"], operator)).refusal?.message).toBe("Usage: yes <code>");
    expect(runs()).toBe(0);
    expect(await hub.run(["yes", code], operator)).toMatchObject({ stdout: "did it\n", status: 0 });
    expect((await hub.run(["yes", code], operator)).refusal?.message).toBe(
      "Nothing waits for this yes; send the command again.",
    );
    expect(runs()).toBe(1);
    expect(hub.rows().map(({ command, outcome, reason }) => [command, outcome, reason])).toEqual([
      ["touch", "refused", "asked to confirm"],
      ["yes", "refused", "Nothing waits for this yes; send the command again."],
      ["yes", "refused", "Nothing waits for this yes; send the command again."],
      ["yes", "refused", "Usage: yes <code>"],
      ["touch", "ok", null],
      ["yes", "refused", "Nothing waits for this yes; send the command again."],
    ]);
  });

  test("is asked of text peers for what changes something, since their datagrams may come twice", async () => {
    const hub = await startExec({ commands: { touch: { ...touch, changes: true } } });
    expect(await hub.run(["touch"], operator)).toMatchObject({ status: 0 });
    const [question, again] = [await hub.line("touch"), await hub.line("touch")];
    expect(again.data?.["code"]).not.toBe(question.data?.["code"]);
    expect(runs()).toBe(1);
    const yes = `yes ${String(question.data?.["code"])}`;
    const twice = await Promise.all([hub.line(yes), hub.line(yes)]);
    expect(twice.filter(({ status }) => status === 0)).toHaveLength(1);
    expect(runs()).toBe(2);
  });

  test("checks again: a role that was taken away meanwhile is missing", async () => {
    const hub = await startExec({ commands: { touch: { ...touch, confirm: true, roles: ["member"] } } });
    const { data } = await hub.run(["touch"], member);
    const { refusal } = await hub.run(["yes", String(data?.["code"])], { ...member, roles: [] });
    expect(refusal?.code).toBe("FORBIDDEN");
    expect(runs()).toBe(0);
  });
});

test("standard input reaches a program that declares it, up to its bound", async () => {
  const cat = { summary: "Echo", argv: ["/bin/cat"] };
  const hub = await startExec({ commands: { cat: { ...cat, max_input: 10 }, deaf: cat } });
  const input = (text: string, name = "cat") => hub.run([name], operator, undefined, Buffer.from(text));
  expect(await input("0123456789")).toMatchObject({ stdout: "0123456789", status: 0 });
  expect((await input("0123456789+")).refusal).toEqual({
    code: "TOO_LARGE",
    message: "cat takes at most 10 bytes of standard input.",
  });
  expect((await input("x", "deaf")).refusal?.message).toBe("deaf takes no standard input.");
  expect(await hub.run(["cat"], operator)).toMatchObject({ stdout: "", status: 0 });
});

describe("a secret argument", () => {
  const login = {
    summary: "Log in",
    argv: ["/bin/sh", "-c", 'echo "got $1 $TOKEN"; sleep 600', "sh", "{user}"],
    env: { TOKEN: "{token}" },
    args: { user: word, token: { ...word, secret: true } },
  };

  test("reaches the program and nothing that is kept or shown", async () => {
    const hub = await startExec({ commands: { login, ask: { ...login, confirm: true } } });
    const { first, answer } = await started(hub.called(["login", "ada", "hunter2"], member));
    expect(first).toBe("got ada hunter2\n");
    const jobs = await hub.ask("jobs", [], operator);
    expect(jobs.texts[0]).toMatch(/^1 login ada \*\*\* - mia/);
    await hub.ask("kill", ["1"], operator);
    const ended = await answer;
    const asked = await hub.run(["ask", "ada", "hunter2"], member);
    expect(asked.texts[0]).not.toContain("hunter2");
    // A secret with a blank in it is several words to a text peer.
    const refused = await hub.line("login ada hunter2 hunter2");
    expect(refused.refusal?.message).toMatch(/^Too many arguments/);
    const audit = await hub.ask("audit", [], operator);
    expect(JSON.stringify([hub.logged, hub.rows(), jobs, ended, asked, refused, audit])).not.toContain(
      "hunter2",
    );
    expect(hub.rows().map(({ argv }) => argv)).toEqual([
      '["ada","***"]',
      '["ada","***"]',
      '["ada","***","***"]',
    ]);
  });

  test("in an argument of the program is hidden where the program is shown", async () => {
    const echo = {
      summary: "Say",
      argv: ["/bin/echo", "key={key}"],
      args: { key: { ...word, secret: true } },
    };
    const hub = await startExec({ commands: { echo: { ...echo, confirm: true } } });
    const { texts, data } = await hub.run(["echo", "hunter2"], member);
    expect(texts[0]).toMatch(/^This runs \/bin\/echo key=\*\*\*\. /);
    expect((await hub.run(["yes", String(data?.["code"])], member)).stdout).toBe("key=hunter2\n");
  });
});

describe("the audit", () => {
  test("is for operators, newest last, by count, user and command", async () => {
    const hub = await startExec({ commands: { it: script("exit 3") } });
    await hub.run(["it"], member);
    await hub.line("it; rm\u001b[31m");
    await hub.run(["date"], operator);
    for (const refused of [
      await hub.line("audit"),
      await hub.run(["audit"], member),
      await hub.ask("audit", [], member),
    ]) {
      expect(refused.refusal).toEqual({ code: "FORBIDDEN", message: "audit needs the role operator." });
    }
    const lines = async (...words: string[]) =>
      (await hub.ask("audit", words, operator)).texts[0]?.split("\n");
    const all = await lines();
    expect(all).toHaveLength(3);
    expect(all?.[0]).toMatch(/^1 \d{4}-\S+Z mia 192\.0\.2\.8:6000 it: failed, status 3, \d+ ms, 0 bytes$/);
    expect(all?.[1]).toMatch(
      /^2 \S+ ~ada 192\.0\.2\.7:5353 it; rm\?\[31m: refused, There is no such command/,
    );
    expect(all?.[2]).toMatch(/ grace \S+ date: ok, /);
    expect(await lines("1")).toEqual([all?.[2]]);
    expect(await lines("20", "MIA")).toEqual([all?.[0]]);
    for (const mia of ["bWlh", "mia.m"]) expect(await lines(mia)).toEqual([all?.[0]]);
    expect(await lines("-", "date")).toEqual([all?.[2]]);
    expect(await lines("5", "mia", "date")).toEqual(["No attempt is written down."]);
    for (const words of [["0"], ["201"], ["1", "a", "b", "c"]]) {
      expect((await hub.ask("audit", words, operator)).refusal?.code).toBe("INVALID");
    }
    expect((await hub.ask("audit", ["1"], operator)).data).toMatchObject([
      { id: 3, command: "date", argv: [], outcome: "ok", status: 0, nick: "grace" },
    ]);
  });

  test("answers within its bound, whatever callers wrote", async () => {
    const hub = await startExec({});
    for (let n = 0; n < 200; n++) await hub.line(`no${n} ${"x".repeat(900)}`);
    const { data } = await hub.ask("audit", ["200"], operator);
    const rows = data as unknown as readonly { readonly command: string }[];
    expect(JSON.stringify(rows).length).toBeLessThan(60 * 1024);
    expect(rows.at(-1)?.command).toBe("no199");
  });
});
