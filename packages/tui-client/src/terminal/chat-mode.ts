export interface TerminalFacts {
  readonly linear: boolean;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly term: string | undefined;
}

/** Decides before Ink is loaded: it fails without a terminal and writes escape sequences even to a dumb one. */
export function chooseChatMode(facts: TerminalFacts): "fullscreen" | "plain" {
  const hasScreen = facts.stdinIsTerminal && facts.stdoutIsTerminal && facts.term !== "dumb";
  return hasScreen && !facts.linear ? "fullscreen" : "plain";
}
