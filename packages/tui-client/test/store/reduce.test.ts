import type { RoomMessage } from "@palaver/client";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ChatAction } from "../../src/store/actions.ts";
import { reduce } from "../../src/store/reduce.ts";
import { MAX_ENTRIES, MAX_ROOMS, initialState, shownRoom } from "../../src/store/state.ts";
import { createStore } from "../../src/store/store.ts";

const message = (seq: number, over: Partial<RoomMessage> = {}): RoomMessage => ({
  room: "lobby",
  seq,
  at: seq * 1000,
  from: "bob",
  kind: "say",
  text: `text ${seq}`,
  ...over,
});
const arrive = (...messages: RoomMessage[]): ChatAction => ({ type: "messages", messages });
const said = (id: number, text = "hi"): ChatAction => ({
  type: "said",
  at: 5,
  message: { id, room: "lobby", kind: "say", text },
});
const outgoing = (id: number) => ({ id, room: "lobby", kind: "say", text: "hi" }) as const;
const after = (...actions: ChatAction[]) => actions.reduce(reduce, initialState(["lobby"], "ada"));
const texts = (state: ReturnType<typeof after>) => shownRoom(state).entries.map(({ text }) => text);

test("messages stand in the hub's order, each once, however they come", () => {
  const shuffled = fc
    .uniqueArray(fc.integer({ min: 1, max: 30 }))
    .chain((seqs) =>
      fc.tuple(fc.constant(seqs), fc.shuffledSubarray([...seqs, ...seqs], { minLength: seqs.length * 2 })),
    );
  fc.assert(
    fc.property(shuffled, ([seqs, order]) => {
      // One clock reading for all: only the number tells the order.
      const state = after(...order.map((seq) => arrive(message(seq, { at: 7 }))));
      expect(texts(state)).toEqual(seqs.toSorted((a, b) => a - b).map((seq) => `text ${seq}`));
    }),
  );
});

test("our message waits as pending, and is shown once whether the echo or the acknowledgement comes first", () => {
  const echo = arrive(message(1, { from: "ada", text: "hi" }));
  const stored: ChatAction = { type: "stored", message: outgoing(1), seq: 1 };
  expect(shownRoom(after(said(1))).pending).toMatchObject([{ text: "hi", delivery: "pending", from: "ada" }]);
  for (const order of [
    [echo, stored],
    [stored, echo],
  ]) {
    const room = shownRoom(after(said(1), ...order));
    expect(room.pending).toEqual([]);
    expect(room.entries).toMatchObject([{ text: "hi", delivery: "stored", seq: 1 }]);
  }
  expect(shownRoom(after(said(1), stored, echo)).entries[0]?.at).toBe(1000);
});

test("whenever the acknowledgements come, messages stand in the hub's order, each once, whatever our own clock says", () => {
  const talk = fc.array(
    fc.record({
      isOurs: fc.boolean(),
      // Acknowledgements come in order, but run ahead of what waits for a frame.
      aheadBy: fc.nat(9),
      typedAt: fc.constantFrom(0, 4500, 9_000_000),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(talk, fc.nat(4), (messages, known) => {
      const actions: ChatAction[] = Array.from({ length: known }, (_, index) => arrive(message(index + 1)));
      const waiting: { readonly dueAt: number; readonly action: ChatAction }[] = [];
      for (const [index, { isOurs, aheadBy, typedAt }] of messages.entries()) {
        const seq = known + index + 1;
        const from = isOurs ? "ada" : "bob";
        if (isOurs) {
          const spoken = { ...outgoing(100 + index), text: `text ${seq}` };
          actions.push({ type: "said", at: typedAt, message: spoken });
          waiting.push({ dueAt: index - aheadBy, action: { type: "stored", message: spoken, seq } });
        }
        waiting.push({ dueAt: index + 0.5, action: arrive(message(seq, { from })) });
      }
      actions.push(...waiting.toSorted((one, other) => one.dueAt - other.dueAt).map(({ action }) => action));
      let state = after();
      for (const action of actions) {
        state = reduce(state, action);
        const seqs = shownRoom(state).entries.map(({ seq }) => seq ?? 0);
        expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
      }
      expect(texts(state)).toEqual(
        Array.from({ length: known + messages.length }, (_, index) => `text ${index + 1}`),
      );
    }),
  );
});

test("a refused message stays, marked with the reason", () => {
  const room = shownRoom(
    after(said(1), { type: "failed", message: outgoing(1), reason: "too\u001b[1m fast" }),
  );
  expect(room.pending).toEqual([]);
  expect(room.entries).toMatchObject([{ text: "hi", delivery: "failed", reason: "too fast" }]);
});

test("a hub that lost its store counts from 1 again and is still heard", () => {
  const again = { at: 99_000, text: "new" };
  expect(texts(after(arrive(message(1), message(2)), arrive(message(1, again))))).toEqual([
    "text 1",
    "text 2",
    "new",
  ]);
});

test("a room keeps its newest entries up to the bound", () => {
  const flood = Array.from({ length: MAX_ENTRIES + 10 }, (_, index) => message(index + 1));
  const kept = texts(after(arrive(...flood)));
  expect(kept).toHaveLength(MAX_ENTRIES);
  expect(kept[0]).toBe("text 11");
});

test("no more rooms are opened than the bound, and the last one is not closed", () => {
  const opened = Array.from({ length: MAX_ROOMS + 5 }, (_, index): ChatAction => ({
    type: "room-opened",
    room: `room ${index}`,
  }));
  expect(after(...opened).rooms).toHaveLength(MAX_ROOMS);
  expect(after({ type: "room-closed", room: "lobby" }).rooms).toHaveLength(1);
});

test("unread counts what others said in rooms that are not shown, until they are", () => {
  const dev = (seq: number, over: Partial<RoomMessage> = {}) => message(seq, { room: "dev", ...over });
  const state = after(
    { type: "room-opened", room: "dev" },
    { type: "room-shown", index: 0 },
    arrive(dev(1), dev(2), dev(3, { from: "ada" }), dev(4, { kind: "notice" }), message(1)),
  );
  expect(state.rooms.map(({ unread }) => unread)).toEqual([0, 2]);
  expect(reduce(state, { type: "room-shown", index: 1 }).rooms.map(({ unread }) => unread)).toEqual([0, 0]);
});

test("what comes below a scrolled view is counted until it is at the end again", () => {
  const state = after(
    arrive(message(1)),
    { type: "scrolled", anchor: { entryId: 1, row: 0 } },
    arrive(message(2)),
  );
  expect(shownRoom(state).newBelow).toBe(1);
  expect(shownRoom(reduce(state, { type: "scrolled", anchor: undefined })).newBelow).toBe(0);
});

test("a room that the hub brought us into is there, and not shown; beyond the bound it is left out", () => {
  const state = after(arrive(message(1, { room: "elsewhere" })));
  expect(state.rooms.map(({ name, unread }) => [name, unread])).toEqual([
    ["lobby", 0],
    ["elsewhere", 1],
  ]);
  expect(shownRoom(state).name).toBe("lobby");
  const flood = Array.from({ length: MAX_ROOMS * 2 }, (_, index) => message(1, { room: `room ${index}` }));
  expect(after(arrive(...flood)).rooms).toHaveLength(MAX_ROOMS);
});

test("notices have no number: each stands where it came, also twice at the same time", () => {
  const notice = message(0, { kind: "notice", at: 500, text: "bob is here" });
  expect(texts(after(arrive(message(1), notice, message(2), notice)))).toEqual([
    "text 1",
    "bob is here",
    "text 2",
    "bob is here",
  ]);
});

test("going to the next room wraps around", () => {
  const state = after({ type: "room-opened", room: "dev" }, { type: "room-shown", index: 2 });
  expect(shownRoom(state).name).toBe("lobby");
  expect(shownRoom(reduce(state, { type: "room-shown", index: -1 })).name).toBe("dev");
});

test("hostile names and texts are clean in the state", () => {
  const state = after(
    arrive(message(1, { from: "e\u001b]0;x\u0007vil", text: "\u001b[2Jgone" })),
    { type: "presence", room: "lobby", users: [{ nick: "b\u202eob", state: "online" }] },
    { type: "connection", state: "offline", reason: "lost\u009b1m\nagain" },
  );
  expect(shownRoom(state).entries).toMatchObject([{ from: "evil", text: "gone" }]);
  expect(shownRoom(state).users).toEqual([{ nick: "bob", state: "online" }]);
  expect(state.connection.reason).toBe("lost again");
});

test("a batch of actions is one change to whoever watches", () => {
  const store = createStore(initialState(["lobby"], "ada"));
  let changes = 0;
  store.subscribe(() => changes++);
  store.dispatch(arrive(message(1)), arrive(message(2)), { type: "nick", nick: "eve" });
  expect(changes).toBe(1);
  store.dispatch();
  expect(changes).toBe(1);
});

const draft = (action: Extract<ChatAction, { type: "composer" }>["action"]): ChatAction => ({
  type: "composer",
  action,
});
const target = (type: "edit" | "reply"): ChatAction => ({
  type: "targeted",
  target: { type, room: "lobby", seq: 1, from: "ada", excerpt: "hi" },
});

test("another line of the history, or the empty draft below it, is a new message and no edit", () => {
  const written = (text: string) => [draft({ type: "insert", text }), draft({ type: "sent" })];
  const editing = after(
    ...written("/msg bob secret"),
    ...written("hi"),
    arrive(message(1, { from: "ada", text: "hi" })),
    draft({ type: "up" }),
    target("edit"),
  );
  expect(editing).toMatchObject({ target: { type: "edit" }, composer: { text: "hi" } });
  expect(reduce(editing, draft({ type: "insert", text: "!" })).target).toMatchObject({ type: "edit" });
  expect(reduce(editing, draft({ type: "up" }))).toMatchObject({
    target: undefined,
    composer: { text: "/msg bob secret" },
  });
  expect(reduce(editing, draft({ type: "down" }))).toMatchObject({
    target: undefined,
    composer: { text: "" },
  });
});

test("who goes to another room while editing takes neither the edit nor the old text along", () => {
  const rooms: ChatAction[] = [
    { type: "room-opened", room: "dev" },
    { type: "room-shown", index: 0 },
  ];
  const editing = after(...rooms, target("edit"), draft({ type: "insert", text: "secret of the lobby" }));
  const left: ChatAction[] = [
    { type: "room-shown", index: 1 },
    { type: "room-opened", room: "new" },
    { type: "room-closed", room: "lobby" },
  ];
  for (const action of left)
    expect(reduce(editing, action)).toMatchObject({ target: undefined, composer: { text: "" } });
  const answering = after(...rooms, target("reply"), draft({ type: "insert", text: "I agree" }));
  expect(reduce(answering, { type: "room-shown", index: 1 })).toMatchObject({
    target: undefined,
    composer: { text: "I agree" },
  });
  expect(reduce(answering, { type: "room-shown", index: 0 }).target).toMatchObject({ type: "reply" });
});
