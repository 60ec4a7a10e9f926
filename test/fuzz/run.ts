// Throws changed inputs at every parser of ours and keeps those that reach new code:
//   node test/fuzz/run.ts [--seconds 600] [--seed N] [--target NAME]
// Ends with status 1 at the first broken promise; the input is then in the corpus, which test/fuzz/corpus.test.ts runs.
import { parseArgs } from "node:util";
import { readCorpus, writeCorpus } from "./corpus.ts";
import { watchCoverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";
import { targets } from "./targets.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    target: { type: "string" },
  },
});
const chosen = Object.entries(targets).filter(
  ([name]) => values.target === undefined || name === values.target,
);
const sliceMs = (Number(values.seconds) * 1000) / chosen.length;
const maxInputMs = 1000;
// To ask for coverage takes as long as some hundred runs.
const runsPerLook = 200;
const random = createRandom(Number(values.seed));
// Most inputs are refused, and nobody reads where.
Error.stackTraceLimit = 0;
process.stdout.write(`seed ${values.seed}\n`);

for (const [name, { seeds, run }] of chosen) {
  using coverage = await watchCoverage();
  const corpus = [...seeds.map((seed) => Buffer.from(seed)), ...readCorpus(name)];
  const kept = [...readCorpus(name)];
  const attempt = (bytes: Uint8Array) => {
    const startedAt = performance.now();
    try {
      run(bytes);
      const tookMs = performance.now() - startedAt;
      if (tookMs > maxInputMs) throw new Error(`it took ${Math.round(tookMs)} ms`);
    } catch (error) {
      // Once more, for where it is.
      Error.stackTraceLimit = 20;
      writeCorpus(name, [...kept, bytes]);
      process.stdout.write(`${name}: ${JSON.stringify(Buffer.from(bytes).toString("latin1"))}\n`);
      run(bytes);
      throw error;
    }
  };
  for (const bytes of corpus) {
    attempt(bytes);
    await coverage.isNew("one");
  }
  let runs = 0;
  for (const end = performance.now() + sliceMs; performance.now() < end;) {
    const inputs = Array.from({ length: runsPerLook }, () => mutate(random, corpus));
    inputs.forEach(attempt);
    runs += inputs.length;
    if (!(await coverage.isNew("many"))) continue;
    for (const bytes of inputs) {
      attempt(bytes);
      if (!(await coverage.isNew("one"))) continue;
      corpus.push(Buffer.from(bytes));
      kept.push(Buffer.from(bytes));
    }
  }
  writeCorpus(name, kept);
  process.stdout.write(`${name}: ${runs} runs, ${kept.length} kept\n`);
}
