import { Refusal, type Caller, type Reply } from "@palaver/plugin-api";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createActiveCalls } from "../src/plugin-host/active-calls.ts";
import { abortGraceMs, invoke, type Handler, type Responsible } from "../src/invoke.ts";

const caller: Caller = {
  id: "peer",
  nick: undefined,
  roles: [],
  dialect: "text",
  address: "127.0.0.1:5353",
  key: undefined,
  online: false,
};

/** A plugin whose code runs as it is; what it did wrong goes into the list. */
function responsible(faults: unknown[] = []): Responsible {
  return {
    name: "demo",
    enter: (run, ...parameters) => run(...parameters),
    health: { fault: (error) => void faults.push(error), called: () => {} },
    calls: createActiveCalls(),
  };
}

function call(handler: Handler, timeoutMs = 1000) {
  const replies: Reply[] = [];
  const ends: ({ code: string; message: string } | undefined)[] = [];
  const faults: unknown[] = [];
  const calls = new Set<AbortController>();
  const sink = {
    reply: (reply: Reply) => void replies.push(reply),
    end: (refusal?: never) => void ends.push(refusal),
  };
  invoke(responsible(faults), handler, {
    caller,
    sink,
    timeoutMs,
    startedAtMs: performance.now(),
    input: { text: "hi" },
    calls,
  });
  return { replies, ends, faults, calls };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a handler that answers at once", () => {
  test("is answered in the same turn and leaves no timer", () => {
    const { replies, ends, calls } = call((input) => `got ${String(input["text"])}`);
    expect(replies).toEqual(["got hi"]);
    expect(ends).toEqual([undefined]);
    expect(calls.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("may answer with nothing", () => {
    const { replies, ends } = call(() => {});
    expect(replies).toEqual([]);
    expect(ends).toEqual([undefined]);
  });
});

describe("a handler that takes its time", () => {
  test("replies as it goes and ends once", async () => {
    const { replies, ends, calls } = call(async function* () {
      yield "one";
      await Promise.resolve();
      yield "two";
    });
    await settled();
    expect(replies).toEqual(["one", "two"]);
    expect(ends).toEqual([undefined]);
    expect(calls.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits while the caller's window is closed", async () => {
    const replies: Reply[] = [];
    let open: () => void = () => {};
    const sink = {
      reply: (reply: Reply) => {
        replies.push(reply);
        return new Promise<void>((resolve) => (open = resolve));
      },
      end: () => {},
    };
    const handler: Handler = async function* () {
      yield "one";
      yield "two";
    };
    invoke(responsible(), handler, {
      caller,
      sink,
      timeoutMs: 1000,
      startedAtMs: 0,
      input: {},
      calls: new Set(),
    });
    await settled();
    expect(replies).toEqual(["one"]);
    open();
    await settled();
    expect(replies).toEqual(["one", "two"]);
  });
});

describe("what goes wrong", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("secret path /etc/x");
      },
    ],
    ["rejects", () => Promise.reject(new Error("secret path /etc/x"))],
    ["replies with rubbish", () => Promise.resolve(42 as never)],
    ["replies with rubbish at once", () => 42 as never],
    [
      "yields rubbish",
      async function* () {
        yield { no: "text" } as never;
      },
    ],
  ] satisfies [string, Handler][])(
    "a handler that %s costs its caller one sentence",
    async (_name, handler) => {
      const { ends, faults } = call(handler);
      await settled();
      expect(ends).toHaveLength(1);
      expect(ends[0]).toEqual({ code: "PLUGIN", message: "demo failed; the hub's log says why." });
      expect(faults).toHaveLength(1);
    },
  );

  test("a refusal is no fault, and its message is the caller's", async () => {
    for (const handler of [
      () => {
        throw new Refusal("No.", "FORBIDDEN");
      },
      () => Promise.reject(new Refusal("No.")),
    ]) {
      const { ends, faults } = call(handler as Handler);
      await settled();
      expect(ends).toEqual([expect.objectContaining({ code: "FORBIDDEN", message: "No." })]);
      expect(faults).toEqual([]);
    }
  });

  test("the time limit ends the answer and aborts the signal, also of a generator that is stuck", async () => {
    let aborted = false;
    const { ends, calls } = call(async function* (input) {
      (input["signal"] as AbortSignal).addEventListener("abort", () => (aborted = true));
      await new Promise(() => {});
      yield "never";
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(ends).toEqual([expect.objectContaining({ code: "TIMEOUT" })]);
    expect(aborted).toBe(true);
    expect(calls.size).toBe(0);
  });

  test("who first looks at its signal after the end finds it aborted, and why", async () => {
    let seen: AbortSignal | undefined;
    const { ends } = call(async (input) => {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      seen = input["signal"] as AbortSignal;
    });
    await vi.advanceTimersByTimeAsync(2000);
    expect(ends).toMatchObject([{ code: "TIMEOUT" }]);
    expect(seen?.aborted).toBe(true);
    expect(String(seen?.reason)).toContain("time limit");
  });

  test("a caller that leaves ends its calls", async () => {
    let aborted = false;
    const { ends, calls } = call((input) => {
      (input["signal"] as AbortSignal).addEventListener("abort", () => (aborted = true));
      return new Promise(() => {});
    });
    for (const controller of calls) controller.abort();
    await settled();
    expect(aborted).toBe(true);
    expect(ends).toHaveLength(1);
  });

  test("a handler that ignores its signal past the grace is at fault; one that heeds it is not", async () => {
    const stuck = call(() => new Promise(() => {}));
    const heeding = call((input) => {
      const { promise, reject } = Promise.withResolvers<never>();
      (input["signal"] as AbortSignal).addEventListener("abort", () => reject(new Error("ended")));
      return promise;
    });
    await vi.advanceTimersByTimeAsync(1000 + abortGraceMs - 1);
    expect(stuck.faults).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(stuck.faults).toEqual([expect.objectContaining({ message: "ignored its abort signal for 5 s" })]);
    expect(heeding.faults).toEqual([]);
  });

  test("a generator that never waits leaves the loop its turns", async () => {
    vi.useRealTimers();
    let replies = 0;
    const { ends } = call(async function* () {
      for (;;) yield `reply ${replies++}`;
    }, 50);
    await vi.waitFor(() => expect(ends).toEqual([expect.objectContaining({ code: "TIMEOUT" })]));
    const sent = replies;
    await new Promise((resolve) => setImmediate(resolve));
    expect(replies).toBe(sent);
  });

  test.each([
    [
      "an iterator that cannot be made",
      () => ({ [Symbol.asyncIterator]: () => fail("no iterator") }) as never,
    ],
    [
      "an error that cannot be read",
      () => fail(new Proxy(new Error("x"), { get: () => fail("trap"), has: () => fail("trap") })),
    ],
    [
      "a getter in a reply",
      () =>
        ({
          get text() {
            return fail("getter");
          },
        }) as never,
    ],
  ] satisfies [string, Handler][])("%s stays the plugin's fault", (_name, handler) => {
    const { ends, faults } = call(handler);
    expect(ends).toEqual([expect.objectContaining({ code: "PLUGIN" })]);
    expect(faults).toHaveLength(1);
  });

  test("what an iterator keeps behind getters is read as the plugin, and an end that throws ends nothing else", async () => {
    const faults: unknown[] = [];
    const ends: unknown[] = [];
    let depth = 0;
    const read: string[] = [];
    const inside = (what: string) => void (depth > 0 && read.push(what));
    const iterator = {
      next: async () => ({
        done: false,
        get value() {
          inside("value");
          return "one";
        },
      }),
      get return() {
        inside("return");
        return fail("no end");
      },
    };
    const enter: Responsible["enter"] = (run, ...parameters) => {
      depth++;
      try {
        return run(...parameters);
      } finally {
        depth--;
      }
    };
    const calls = new Set<AbortController>();
    const sink = { reply: () => calls.forEach((one) => one.abort()), end: () => void ends.push("end") };
    invoke({ ...responsible(faults), enter }, () => ({ [Symbol.asyncIterator]: () => iterator }) as never, {
      caller,
      sink,
      timeoutMs: 1000,
      startedAtMs: 0,
      input: {},
      calls,
    });
    await settled();
    expect(read.slice(0, 2)).toEqual(["value", "return"]);
    expect([ends, faults]).toEqual([["end"], []]);
  });

  test("a reply that comes after the end is not sent", async () => {
    let late: (reply: string) => void = () => {};
    const { replies, ends } = call(() => new Promise<string>((resolve) => (late = resolve)));
    await vi.advanceTimersByTimeAsync(1000);
    late("too late");
    await settled();
    expect(replies).toEqual([]);
    expect(ends).toHaveLength(1);
  });
});

function fail(what: unknown): never {
  throw what;
}
