import type { CommandTable, Shell } from "@palaver/command-help";
import type { ConfigOptions } from "../config/load.ts";

/** How the hub is to run. */
export interface RunOptions extends ConfigOptions {
  /** Plugin files and the configuration are loaded again when they change. */
  readonly watch?: boolean;
}

/** What the command line asks for. */
export type Invocation =
  | { readonly command: "print"; readonly text: string }
  | {
      readonly command: "check" | "stop" | "dict build";
      readonly options: ConfigOptions;
    }
  | { readonly command: "run" | "start"; readonly options: RunOptions }
  | { readonly command: "reload"; readonly plugin: string | undefined; readonly options: ConfigOptions }
  | {
      readonly command: "status" | "users" | "doctor";
      readonly json: boolean;
      readonly options: ConfigOptions;
    }
  | { readonly command: "completions"; readonly shell: Shell; readonly program: CommandTable }
  | { readonly command: "plugin new"; readonly name: string; readonly directory: string | undefined }
  | { readonly command: "plugin test"; readonly paths: readonly string[] }
  | { readonly command: "backup"; readonly file: string; readonly options: ConfigOptions }
  | {
      readonly command: "restore";
      readonly file: string;
      readonly force: boolean;
      readonly options: ConfigOptions;
    }
  | { readonly command: "export"; readonly room: string | undefined; readonly options: ConfigOptions }
  | {
      readonly command: "grant";
      readonly user: string;
      readonly role: string;
      readonly isRevoked: boolean;
      readonly options: ConfigOptions;
    };
