import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exit, Program } from "../e2e/program.ts";
import { until } from "../e2e/until.ts";
import { type Block, isShown, linesOf, readBlocks, readSteps, type Step } from "./blocks.ts";
import { createPagePlace, type PagePlace, repository } from "./page-place.ts";
import { createScreens, type Screens } from "./screens.ts";

/** What a page finds when its first block runs; its own `palaver.toml` replaces it. */
const firstConfig = `listen = [
  "udp://127.0.0.1:6666", "tcp://127.0.0.1:6666",
  "udp://127.0.0.1:6667=dict", "udp://127.0.0.1:6668=exec", "udp://127.0.0.1:6669=chat",
]
`;
const startTimeoutMs = 25_000;
const stepTimeoutMs = 20_000;
// Files that a page shows and later blocks use.
const fileLanguages = new Set(["toml", "ts", "c", "python", "text", "yaml"]);

interface PageRun {
  readonly place: PagePlace;
  /** Ends what the page left running. */
  readonly running: AsyncDisposableStack;
  readonly screens: Screens;
  /** The page starts and stops hubs itself. */
  readonly bringsHub: boolean;
}

/** Runs every block of a page, in order. @throws {Error} naming page and line, also for a block without a rule. */
export async function runPage(page: string, { bringsHub = false } = {}): Promise<void> {
  const blocks = readBlocks(readFileSync(join(repository, page), "utf8"));
  if (blocks.length === 0) return;
  await using place = await createPagePlace();
  await using running = new AsyncDisposableStack();
  using screens = createScreens(place);
  const run: PageRun = { place, running, screens, bringsHub };
  const needsHub = !bringsHub && blocks.some(({ label }) => label !== "paths");
  await using hub = needsHub ? await startHub(place) : undefined;
  for (const [index, block] of blocks.entries()) {
    try {
      await runBlock(block, blocks[index - 1], blocks[index + 1], run);
    } catch (error) {
      const log = hub ? `\nthe hub's log:\n${hub.stderr.slice(-2000)}` : "";
      throw new Error(`${page}:${block.line}: ${String(error)}${log}`, { cause: error });
    }
  }
  if (bringsHub) await place.start("palaverd stop").exited;
}

async function runBlock(
  block: Block,
  before: Block | undefined,
  after: Block | undefined,
  run: PageRun,
): Promise<void> {
  const { language, label, text } = block;
  const { place, screens } = run;
  const output = after?.language === "text" && !after.label ? after.text : undefined;
  switch (`${language} ${label === undefined ? "" : label.includes(".") ? "FILE" : label}`.trim()) {
    case "sh":
      return runScript(text, output, place);
    case "sh server":
      return runServer(text, place);
    case "sh root":
      return checkRootScript(text, place);
    case "sh background":
      return runBackground(text, output, run);
    case "console screen":
      for (const step of readSteps(text)) await screens.runOnce(step);
      return;
    case "console":
      for (const step of readSteps(text)) await runStep(step, place);
      return;
    case "text":
      if (before?.language !== "sh") throw new Error("output of no sh block; give it a label");
      return;
    case "text paths":
      return checkPaths(text);
    case "toml":
      place.write("checked.toml", text);
      return runScript("palaverd check --config checked.toml", undefined, place);
    case "json FILE":
      return place.write(label ?? "", text);
    case "ini FILE":
      return checkKernelSettings(text);
    default:
      if (language === "console" && label !== undefined) return screens.goOn(label, text);
      if (label === undefined || !fileLanguages.has(language)) {
        throw new Error(`no rule says how a block "${language} ${label ?? ""}" is tested`);
      }
      return writeFile(label, text, run);
  }
}

async function startHub(place: PagePlace): Promise<Program> {
  place.write("palaver.toml", firstConfig);
  const hub = place.start("exec palaverd --config palaver.toml");
  await hub.prints("palaverd ready\n", startTimeoutMs);
  return hub;
}

/** A configuration is taken over by the page's hub at once; a file of the repository is shown as it is. */
async function writeFile(name: string, text: string, { place, bringsHub }: PageRun): Promise<void> {
  if (name.startsWith("/srv/")) return place.write(name.slice(1), `${text}\n`);
  if (name.includes("/")) return compare(text, readFileSync(join(repository, name), "utf8"));
  if (name !== "palaver.toml") return place.write(name, `${text}\n`);
  const listens = /^listen = /m.test(text) || bringsHub;
  place.write(name, listens ? text : firstConfig + text);
  await runScript(bringsHub ? `palaverd check --config ${name}` : "palaverd reload", undefined, place);
}

async function runScript(script: string, shown: string | undefined, place: PagePlace): Promise<void> {
  const { code, stdout } = await runToEnd(script, place);
  if (code !== 0) throw new Error(`it ended with ${code}\n${stdout}`);
  if (shown !== undefined) compare(place.adapt(shown), stdout);
}

/** What root does to a machine of its own: it is read, not run, and the files of the repository that it names are there. */
async function checkRootScript(script: string, place: PagePlace): Promise<void> {
  await runScript(`bash -n <<'script'\n${script}\nscript`, undefined, place);
  const named = [...script.matchAll(/\/opt\/palaver\/(\S+)/g), ...script.matchAll(/ -f (\S+)/g)];
  for (const [, path = ""] of named) {
    if (path !== "." && !existsSync(join(repository, path))) throw new Error(`there is no ${path}`);
  }
}

/** What runs until the page's end; what the page shows of it is there before the next block. */
async function runBackground(script: string, shown: string | undefined, run: PageRun): Promise<void> {
  // With all that it started: `timeout` hands the signal on to its whole group.
  const quoted = `'${script.replaceAll("'", String.raw`'\''`)}'`;
  const program = run.running.use(run.place.start(`exec timeout -k 2 300 bash -c ${quoted}`));
  run.running.defer(async () => {
    program.signal("SIGTERM");
    await program.exited;
  });
  if (shown === undefined) return;
  const expected = linesOf(run.place.adapt(shown));
  await until(shown, () => isShown(expected, linesOf(program.stdout)), {
    timeoutMs: startTimeoutMs,
    detail: () => program.stdout + program.stderr,
  });
}

/** Standard output and error come together, in order, as a terminal shows them. */
async function runToEnd(script: string, place: PagePlace): Promise<Exit> {
  await using program = place.start(`exec 2>&1\n${script}`);
  program.endInput();
  return await program.exited;
}

/** A hub in the foreground: it becomes ready, and stops when it is asked to. */
async function runServer(script: string, place: PagePlace): Promise<void> {
  const lines = script.split("\n");
  // The page's hub has its ports already; what matters here are the options.
  const last = `exec ${lines.pop() ?? ""}${script.includes("--listen") ? "" : " --listen udp://127.0.0.1:0"}`;
  const free = last.replaceAll(/:\d{4}\b/g, ":0");
  await using hub = place.start([...lines, free].join("\n"));
  await until("palaverd ready", () => !hub.isRunning || hub.stdout.endsWith("palaverd ready\n"), {
    timeoutMs: startTimeoutMs,
  });
  hub.signal("SIGTERM");
  const { code, stderr } = await hub.exited;
  if (code !== 0) throw new Error(`it ended with ${code}\n${stderr}`);
}

async function runStep({ command, lines }: Step, place: PagePlace): Promise<void> {
  const isTyped = lines.some(({ kind }) => kind === "typed");
  if (!isTyped) {
    const { stdout } = await runToEnd(command, place);
    return compare(lines.map(({ text }) => place.adapt(text)).join("\n"), stdout);
  }
  await using program = place.start(`exec ${command}`);
  const shown: string[] = [];
  const isThere = () => isShown(shown, linesOf(program.stdout));
  const settle = () =>
    until(`${command}\n${shown.join("\n")}`, isThere, {
      timeoutMs: stepTimeoutMs,
      detail: () => `printed:\n${program.stdout}`,
    });
  for (const { kind, text } of lines) {
    if (kind === "printed") shown.push(place.adapt(text));
    else {
      await settle();
      program.write(`${place.adapt(text)}\n`);
    }
  }
  await settle();
}

function compare(shown: string, printed: string): void {
  // A reader meets the hub once, the home of a page each time it is run; one page shows what that looks like.
  const isFirstMeeting = (line: string) => line.startsWith("palaver: first meeting with");
  const lines = linesOf(printed).filter((line) => shown.includes("first meeting") || !isFirstMeeting(line));
  if (isShown(linesOf(shown), lines)) return;
  throw new Error(`the page shows\n${shown}\nbut it printed\n${printed}`);
}

/** Each line begins with a path of the repository. */
function checkPaths(text: string): void {
  for (const line of text.split("\n")) {
    const [path = ""] = line.trim().split(/\s+/);
    if (path !== "" && !existsSync(join(repository, path))) throw new Error(`there is no ${path}`);
  }
}

/** Names that this kernel knows; where there is none, nothing is known. */
function checkKernelSettings(text: string): void {
  if (!existsSync("/proc/sys")) return;
  for (const line of text.split("\n")) {
    const [name = ""] = line.split(" = ");
    if (!existsSync(`/proc/sys/${name.replaceAll(".", "/")}`))
      throw new Error(`the kernel has no setting ${name}`);
  }
}
