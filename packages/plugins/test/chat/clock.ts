import { onTestFinished, vi } from "vitest";

/** The clocks stand still, that of dates and that of the process; nothing here waits for timers. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: new Date("2026-11-20T12:00:00Z") });
  onTestFinished(() => void vi.useRealTimers());
}
