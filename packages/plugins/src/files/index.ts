import { join } from "node:path";
import { command, definePlugin, tryParseDuration } from "@palaver/plugin-api";
import * as z from "zod";
import { createClaims } from "./claims.ts";
import type { FilesContext } from "./context.ts";
import { get } from "./get.ts";
import { list, remove } from "./listing.ts";
import { put } from "./put.ts";
import { readLimits, settings } from "./settings.ts";
import { openShelf } from "./shelf.ts";
import { createTransfers } from "./transfers.ts";
import { expire, reconcile, tellMoving } from "./upkeep.ts";
import { openVault } from "./vault.ts";

const lookEveryMs = 60_000;
// Well within the lease of what moves.
const tellEveryMs = 10_000;
// A large file on a thin line; a transfer that hardly moves ends long before.
const transferMs = 12 * 3_600_000;

const count = z
  .string()
  .regex(/^\d{1,15}$/, "is no number")
  .transform(Number);
const size = z
  .string()
  .regex(/^\d{1,15}$/, "is no number of bytes; to store a file, run: palaver put HOST FILE")
  .transform(Number);
const last = (what: z.ZodString) => what.min(1).max(4096);

/** Keeps files for the hub's users: agreed on first, resumed after a break, checked at the end. */
export default definePlugin({
  name: "files",
  api: 1,
  config: settings,
  needs: ["storage", "rooms", "users"],
  setup: async ({ config, log, storage, rooms, users, signal }) => {
    const limits = readLimits(config);
    const folder = join(storage.directory, "content");
    const shelf = openShelf(storage.database("files.db"));
    const context: FilesContext = {
      limits,
      shelf,
      vault: openVault(folder),
      claims: createClaims(shelf, folder),
      transfers: createTransfers(limits, () => performance.now()),
      sha256: () => storage.sha256(),
      rooms,
      users,
      log,
    };
    await reconcile(context);
    const lookAfter = () => {
      context.transfers.endSlow();
      // The earlier of both clocks: one that is set forth removes nothing too soon.
      const now = Math.min(Date.now(), performance.timeOrigin + performance.now());
      expire(context, now).catch((error: unknown) =>
        log.error("files that are too old could not be removed", { reason: String(error) }),
      );
    };
    lookAfter();
    const timers = [setInterval(lookAfter, lookEveryMs), setInterval(() => tellMoving(context), tellEveryMs)];
    for (const timer of timers) timer.unref();
    const stopTimers = () => timers.forEach(clearInterval);
    signal.addEventListener("abort", stopTimers);

    const rate = { limit: config.rate.limit, windowMs: tryParseDuration(config.rate.window) ?? 60_000 };
    const putRoles = config.put_roles && { roles: config.put_roles };
    const getRoles = config.get_roles && { roles: config.get_roles };
    return {
      commands: {
        put: command({
          summary: "Store a file; for programs, as `palaver put HOST FILE`",
          args: {
            size,
            mode: z.enum(["resume", "anew"]),
            room: z.string().max(200),
            name: last(z.string()),
          },
          ...putRoles,
          rate,
          timeoutMs: transferMs,
          takesStream: true,
          run: (call) => put(context, call),
        }),
        get: command({
          summary: "Show a small text file; `palaver get HOST FILE` fetches any",
          args: { file: last(z.string()), from: z.union([count, z.literal("end")]).optional() },
          ...getRoles,
          rate,
          timeoutMs: transferMs,
          run: (call) => get(context, call),
        }),
        ls: command({
          summary: "List the files, the newest first; with a number, those before it",
          args: { below: count.optional() },
          ...getRoles,
          rate,
          run: ({ caller, args }) => list(context, caller, args.below),
        }),
        rm: command({
          summary: "Remove a file of yours; operators, anybody's",
          args: { file: last(z.string()) },
          rate,
          run: ({ caller, args }) => remove(context, caller, args.file),
        }),
      },
      async [Symbol.asyncDispose]() {
        stopTimers();
        await context.transfers.idle();
        context.claims[Symbol.dispose]();
      },
    };
  },
});
