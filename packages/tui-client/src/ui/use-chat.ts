import { createContext, useContext, useSyncExternalStore } from "react";
import type { ChatState } from "../store/state.ts";
import type { Store } from "../store/store.ts";

/** The store the components read. */
export const StoreContext = createContext<Store | undefined>(undefined);

/** A part of the state; the component is drawn again when that part changes. */
export function useChat<T>(select: (state: ChatState) => T): T {
  const store = useContext(StoreContext);
  if (store === undefined) throw new Error("no store is given");
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}
