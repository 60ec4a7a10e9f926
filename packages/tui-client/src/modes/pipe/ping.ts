import { setTimeout as wait } from "node:timers/promises";
import type { RunPiece } from "@palaver/client";
import { EXIT } from "../../exit.ts";
import { toJsonLine } from "../../text/json-line.ts";
import type { PipeContext } from "../pipe.ts";

const rounds = 4;
const pauseMs = 200;

/** Prints the way to the hub: each round trip, then the loss and how often the hub saw our address change. */
export async function ping(
  { json }: { readonly json: boolean },
  { connection, stdout, patience, signal }: PipeContext,
): Promise<number> {
  const roundTripsMs: number[] = [];
  let pathChanges = 0;
  for (let round = 1; round <= rounds; round++) {
    if (round > 1) await wait(pauseMs, undefined, { signal });
    const startedAtMs = performance.now();
    const remote = connection.run("ping", [], { signal });
    const pieces = await patience.wait(Array.fromAsync(remote));
    const roundTripMs = performance.now() - startedAtMs;
    await patience.wait(remote.status);
    roundTripsMs.push(roundTripMs);
    pathChanges = pathChangesOf(pieces) ?? pathChanges;
    if (!json) await stdout.line(`${round}: ${roundTripMs.toFixed(1)} ms`);
  }
  const { loss } = await patience.wait(connection.ping(signal));
  const best = Math.min(...roundTripsMs);
  await stdout.line(
    json
      ? toJsonLine({ rttMs: best, roundTripsMs, loss, pathChanges })
      : `best round trip ${best.toFixed(1)} ms, loss ${(loss * 100).toFixed(1)} %, path changes ${pathChanges}`,
  );
  return EXIT.done;
}

function pathChangesOf(pieces: readonly RunPiece[]): number | undefined {
  for (const piece of pieces) {
    if (piece.type !== "text" || typeof piece.data !== "object" || piece.data === null) continue;
    if ("pathChanges" in piece.data && typeof piece.data.pathChanges === "number")
      return piece.data.pathChanges;
  }
  return undefined;
}
