import type { ChatAction } from "./actions.ts";
import { reduce } from "./reduce.ts";
import type { ChatState } from "./state.ts";

/** The state outside React, in the shape `useSyncExternalStore` wants. */
export interface Store {
  getState(): ChatState;
  /** Applies the actions one after the other; subscribers are told once. */
  dispatch(...actions: readonly ChatAction[]): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(initial: ChatState): Store {
  const listeners = new Set<() => void>();
  let state = initial;
  return {
    getState: () => state,
    dispatch(...actions) {
      const next = actions.reduce(reduce, state);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
