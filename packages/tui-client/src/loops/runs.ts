import type { ChatAction } from "../store/actions.ts";
import type { RunReport } from "../commands/chat-actions.ts";
import type { Store } from "../store/store.ts";

/** Commands that run at the same time; one more is refused. */
export const MAX_RUNS = 16;

/** The commands of ours that run on the hub now, shown as entries of their rooms. */
export interface Runs {
  readonly count: number;
  begin(room: string, command: string): RunReport;
  /** Stops one by its entry, or the newest of a room; false when there is none. */
  stop(which: { readonly id: number } | { readonly room: string }): boolean;
}

export function createRuns(store: Store, put: (action: ChatAction) => void): Runs {
  const running = new Map<number, { readonly room: string; readonly controller: AbortController }>();
  return {
    get count() {
      return running.size;
    },
    begin(room, command) {
      const id = store.getState().nextId;
      const controller = new AbortController();
      running.set(id, { room, controller });
      store.dispatch(
        { type: "run-started", room, id, command, at: Date.now() },
        // Who runs something wants to see what it prints.
        { type: "scrolled", anchor: undefined },
      );
      return {
        signal: controller.signal,
        // Behind one another and once a frame: a program may print faster than anyone reads.
        print: (lines) => put({ type: "run-printed", room, id, lines }),
        // Its progress says it.
        announce() {},
        progress: (text) => put({ type: "run-progressed", room, id, text }),
        end(outcome) {
          running.delete(id);
          put({ type: "run-ended", room, id, ...outcome });
        },
      };
    },
    stop(which) {
      const found = [...running].findLast(([id, run]) =>
        "id" in which ? id === which.id : run.room === which.room,
      );
      found?.[1].controller.abort();
      return found !== undefined;
    },
  };
}
