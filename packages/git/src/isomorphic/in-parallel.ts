const LANES = 24;

/** Runs work for each item, so many at a time, and returns the results in order. The first failure stops the rest. */
export async function inParallel<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const iterator = [...items].entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [index, item] of iterator) {
      if (failed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // All lanes end before this does, so that nothing is written behind the back of who cleans up.
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}
