import { onTestFinished, vi } from "vitest";

/** Only the clock of dates stands still; nothing here waits for timers. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-20T12:00:00Z") });
  onTestFinished(() => void vi.useRealTimers());
}
