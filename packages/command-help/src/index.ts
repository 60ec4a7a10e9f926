export { completionScript, isShell, shells, type Shell } from "./completion-script.ts";
export { describeCommand, withChoices, type CommandTable, type OptionRow } from "./command-table.ts";
export { manualPage } from "./manual-page.ts";
