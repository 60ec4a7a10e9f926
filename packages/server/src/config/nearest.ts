/**
 * The word that `typed` was probably meant to be: the nearest one by edit distance, where two neighbouring letters
 * that changed places count once. Undefined when nothing is near.
 */
export function findNearest(typed: string, words: Iterable<string>): string | undefined {
  // A hostile key is as long as the file; no real one is longer than this.
  if (typed.length > 64) return undefined;
  const tolerance = Math.max(1, Math.floor(typed.length / 3));
  let nearest: string | undefined;
  let best = tolerance + 1;
  for (const word of words) {
    const distance = editDistance(typed.toLowerCase(), word.toLowerCase());
    if (distance < best) [nearest, best] = [word, distance];
  }
  return nearest;
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length]!;
}
