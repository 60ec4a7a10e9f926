import { expect, test } from "vitest";
import type { Desk } from "../../src/keymap/desk.ts";
import { onHistorySearchPress } from "../../src/overlays/history-search.ts";
import { initialState } from "../../src/store/state.ts";
import { createStore } from "../../src/store/store.ts";

test("a line that was found while a message is edited is a new one, and saved over nothing", () => {
  const store = createStore(initialState(["lobby"], "ada"));
  store.dispatch(
    { type: "composer", action: { type: "insert", text: "alpha first" } },
    { type: "composer", action: { type: "sent" } },
    // It is where the history stands already, and the draft is another text.
    { type: "composer", action: { type: "up" } },
    { type: "composer", action: { type: "replace", text: "gamma", cursor: 5 } },
    { type: "targeted", target: { type: "edit", room: "lobby", seq: 3, from: "ada", excerpt: "gamma" } },
  );
  const overlay = { type: "history-search", query: "alpha", position: 0 } as const;
  onHistorySearchPress(overlay, { type: "key", name: "enter" }, { store } as Desk);
  expect(store.getState()).toMatchObject({ composer: { text: "alpha first" }, target: undefined });
});
