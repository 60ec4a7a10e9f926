import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { findSandboxProblem } from "../capabilities/processes-tools.ts";
import type { Config, PluginConfig } from "../config/config.ts";
import { failure, ok, warning, type Finding } from "./finding.ts";

/** What of the plugins' settings matters here; checked by now. */
interface Settings {
  readonly sandbox?: string;
  readonly files?: readonly string[];
  readonly dictionaries?: readonly string[];
  readonly ecdict?: boolean;
  readonly cedict?: boolean;
}

const settingsOf = (plugin: PluginConfig) => plugin.settings as Settings;

/** What programs are run in. */
export async function checkSandbox({ plugins }: Config): Promise<readonly Finding[]> {
  const exec = plugins.get("exec");
  if (!exec) return [];
  const { sandbox = "auto" } = settingsOf(exec);
  const findings: Finding[] = [];
  if (sandbox === "off") findings.push(ok("bubblewrap", 'not asked for: sandbox = "off"'));
  else {
    const problem = await findSandboxProblem(undefined);
    const remedy = "apt-get install bubblewrap, and let the kernel make user namespaces; see docs/exec.md";
    if (problem === undefined) findings.push(ok("bubblewrap", "programs run in sandboxes"));
    else if (sandbox === "required") findings.push(failure("bubblewrap", problem, remedy));
    else findings.push(warning("bubblewrap", `${problem}; programs run without a sandbox`, remedy));
  }
  return findings;
}

/** What words are looked up in. */
export function checkDictionaries({ plugins, dataDir, directory }: Config): readonly Finding[] {
  const dict = plugins.get("dict");
  if (!dict) return [];
  const { files = [], dictionaries = [], ecdict = true, cedict = true } = settingsOf(dict);
  const own = [...files, ...dictionaries].map((path) => resolve(directory, path));
  const findings = own.map((path) =>
    existsSync(path)
      ? ok("dictionary", path)
      : warning("dictionary", `${path} is not there`, "write or install it; a hub that runs takes it over"),
  );
  if (!ecdict && !cedict) return findings;
  const share = tryReadProgress(join(dataDir, "plugins/dict/dictionary.db"));
  if (share === 1) return [...findings, ok("dictionaries", "imported")];
  const found = share === undefined ? "not imported yet" : `imported to ${Math.floor(share * 100)} %`;
  return [
    ...findings,
    warning("dictionaries", found, "palaverd dict build, or wait for the first start to do it"),
  ];
}

/** 0 to 1; undefined when nothing was imported. */
function tryReadProgress(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
    const share = database.prepare("SELECT min(fraction) AS share FROM stage").get()?.["share"];
    return typeof share === "number" ? share : undefined;
  } catch {
    return undefined;
  }
}
