import { expect, test } from "vitest";
import { readCorpus } from "./corpus.ts";
import { mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";
import { targets } from "./targets.ts";

const mutations = 300;

test.each(Object.keys(targets))(
  "%s keeps its promises, for what was found before and for what nobody saw yet",
  (name) => {
    const { seeds, run } = targets[name]!;
    const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1e9);
    const random = createRandom(seed);
    const corpus = [...seeds.map((text) => Buffer.from(text)), ...readCorpus(name)];
    const inputs = [...corpus, ...Array.from({ length: mutations }, () => mutate(random, corpus))];
    for (const bytes of inputs) {
      expect(
        () => run(bytes),
        `FUZZ_SEED=${seed}, base64 ${Buffer.from(bytes).toString("base64")}`,
      ).not.toThrow();
    }
  },
);
