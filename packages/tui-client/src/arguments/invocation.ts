import type { Shell } from "@palaver/command-help";
import type { Command } from "commander";
import type { Language } from "../i18n/words.ts";
import type { Address } from "./address.ts";

/** What every command that talks to a hub is told. */
export interface HubOptions {
  readonly address: Address;
  readonly nick?: string;
  readonly identityFile?: string;
  readonly timeoutMs: number;
}

/** What the user asked for, checked. */
export type Invocation =
  | {
      readonly command: "chat";
      readonly hub: HubOptions;
      readonly room: string;
      readonly linear: boolean;
      readonly lang?: Language;
      /** Writes what is shown into a file, as an asciicast. */
      readonly record?: string;
    }
  | { readonly command: "replay"; readonly file: string }
  | { readonly command: "config"; readonly show: boolean }
  | {
      readonly command: "send";
      readonly hub: HubOptions;
      readonly room: string;
      /** Absent: each line of standard input is a message. */
      readonly text?: string;
      readonly json: boolean;
    }
  | {
      readonly command: "tail";
      readonly hub: HubOptions;
      readonly room: string;
      readonly since?: number;
      /** Messages to print; without it there is no end. */
      readonly count?: number;
      readonly json: boolean;
    }
  | {
      readonly command: "run";
      readonly hub: HubOptions;
      readonly name: string;
      readonly argv: readonly string[];
      /** Our standard input becomes the command's. */
      readonly stdin: boolean;
      readonly json: boolean;
    }
  | {
      readonly command: "tr";
      readonly hub: HubOptions;
      /** Empty: each line of standard input is a word. */
      readonly words: readonly string[];
      readonly json: boolean;
    }
  | { readonly command: "who"; readonly hub: HubOptions; readonly room: string; readonly json: boolean }
  | {
      readonly command: "put";
      readonly hub: HubOptions;
      readonly files: readonly string[];
      /** Where they are shared; absent: they are for everybody, and nobody is told. */
      readonly room?: string;
      readonly json: boolean;
    }
  | {
      readonly command: "get";
      readonly hub: HubOptions;
      /** Numbers or names. */
      readonly files: readonly string[];
      /** Where the only one goes. */
      readonly output?: string;
      readonly force: boolean;
      readonly json: boolean;
    }
  | {
      readonly command: "rm";
      readonly hub: HubOptions;
      readonly files: readonly string[];
      readonly json: boolean;
    }
  | { readonly command: "rooms" | "ping" | "ls"; readonly hub: HubOptions; readonly json: boolean }
  | { readonly command: "id"; readonly identityFile?: string }
  | { readonly command: "completions"; readonly shell: Shell; readonly program: Command }
  /** Help or the version was printed; nothing is left to do. */
  | { readonly command: "none" };
