interface Step {
  readonly version: string;
  /** The version before it. */
  readonly current: string;
  /** As YYYY-MM-DD. */
  readonly date: string;
  /** Whether nothing was released before. */
  readonly isFirst: boolean;
}

/**
 * The changelog in which what was unreleased is `version`, with an empty place for what comes next.
 * @throws {Error} when nothing is unreleased, or when it is more than `version` may bring after `current`.
 */
export function releaseChangelog(text: string, { version, current, date, isFirst }: Step): string {
  const found = /^## Unreleased.*\n([^]*?)(?=^## |(?![^]))/m.exec(text);
  const [whole = "", entries = ""] = found ?? [];
  if (!found || !/^- /m.test(entries)) throw new Error("CHANGELOG.md has nothing under Unreleased");
  if (!isFirst) checkStep(entries, version, current);
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + whole.length);
  return `${before}## Unreleased\n\n## ${version} (${date})\n${entries}${after}`;
}

/** Before 1.0.0 the second number stands for what breaks: https://semver.org/#spec-item-4 */
function checkStep(entries: string, version: string, current: string): void {
  const numbers = (one: string) => one.split(/[.-]/, 3).map(Number);
  const [from, to] = [numbers(current), numbers(version)];
  const step = to.findIndex((part, index) => part !== from[index]);
  const group = ["Breaking", "Added"].find((name) => new RegExp(`^### ${name}\n+- `, "m").test(entries));
  const largest = group === undefined ? 2 : group === "Breaking" && to[0] !== 0 ? 0 : 1;
  if (step <= largest) return;
  throw new Error(
    `CHANGELOG.md has entries under ${group}: ${version} after ${current} is too small a step, raise its ${["first", "second"][largest]} number`,
  );
}
