/** Files on their way at the same time; one more is refused. */
export const MAX_TRANSFERS = 4;

/** How many transfers are under way. */
export interface Transfers {
  /** Its place goes with its disposal; undefined while there is none. */
  tryBegin(): Disposable | undefined;
}

export function createTransfers(): Transfers {
  let underWay = 0;
  return {
    tryBegin() {
      if (underWay >= MAX_TRANSFERS) return undefined;
      underWay++;
      return { [Symbol.dispose]: () => void underWay-- };
    },
  };
}
