import * as mittModule from "mitt";
import type { Emitter, EventType } from "mitt";

// mitt's types describe its default export wrongly under nodenext (developit/mitt#191).
const mitt = mittModule.default as unknown as <
  Events extends Record<EventType, unknown>,
>() => Emitter<Events>;

export { mitt as createEmitter };
export type { Emitter };
