import * as mittModule from "mitt";
import type { Emitter } from "mitt";
import type { ConnectionEvents } from "./connection.ts";

// mitt's types describe its default export wrongly under nodenext (developit/mitt#191).
const mitt = mittModule.default as unknown as () => Emitter<ConnectionEvents>;

export interface ConnectionEmitter {
  emit<E extends keyof ConnectionEvents>(event: E, value: ConnectionEvents[E]): void;
  on<E extends keyof ConnectionEvents>(event: E, listener: (value: ConnectionEvents[E]) => void): () => void;
}

/** Events of one connection. A listener that throws ends in `uncaughtException`, never inside the session core. */
export function createConnectionEmitter(): ConnectionEmitter {
  const emitter = mitt();
  return {
    emit: (event, value) => emitter.emit(event, value),
    on(event, listener) {
      const guarded: typeof listener = (value) => {
        try {
          listener(value);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      };
      emitter.on(event, guarded);
      return () => emitter.off(event, guarded);
    },
  };
}
