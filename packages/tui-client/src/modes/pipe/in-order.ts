/**
 * Runs `task` on each item, at most `maxInFlight` at a time, and hands the results to `onResult` in the order of the
 * items, each as soon as it can. The first failure, in that order, ends it; what was begun is settled by then.
 */
export async function inOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  maxInFlight: number,
  task: (item: Item) => Promise<Result>,
  onResult: (result: Result) => Promise<void>,
): Promise<void> {
  const inFlight: Promise<void>[] = [];
  // Told apart from the loop below, which may be waiting for an item that is long in coming.
  const failure = Promise.withResolvers<never>();

  async function takeAll(): Promise<void> {
    let previous: Promise<void> = Promise.resolve();
    for await (const item of items) {
      if (inFlight.length >= maxInFlight) await inFlight.shift();
      previous = finish(task(item), previous);
      previous.catch(failure.reject);
      inFlight.push(previous);
    }
    await previous;
  }

  async function finish(result: Promise<Result>, previous: Promise<void>): Promise<void> {
    const [outcome] = await Promise.allSettled([result]);
    await previous;
    if (outcome.status === "rejected") throw outcome.reason;
    await onResult(outcome.value);
  }

  try {
    await Promise.race([takeAll(), failure.promise]);
  } finally {
    await Promise.allSettled(inFlight);
  }
}
