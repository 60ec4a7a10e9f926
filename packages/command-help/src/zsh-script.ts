import type { CommandTable } from "./command-table.ts";
import { argumentChoices, everyCommand, isPath, optionsOf, optionsWithValue, wordsOf } from "./walk.ts";

/** For `source <(palaverd completions zsh)`, after `compinit`; or as `_palaverd` in a folder of `fpath`. */
export function zshScript(program: CommandTable): string {
  const name = program.path[0] ?? "";
  const commands = everyCommand(program);
  const withValue = optionsWithValue(program);
  const valueNames = withValue.flatMap(({ names }) => names).join("|");
  const subs = commands.slice(1).map((command) => {
    const path = wordsOf(command);
    return `      '${path}') at='${path}' ;;`;
  });
  const values = withValue.map(({ names, value, choices }) => {
    const offer = isPath(value) ? "_files" : `compadd -- ${choices.join(" ")}`;
    return `    ${names.join("|")}) ${choices.length > 0 || isPath(value) ? offer : ":"}; return ;;`;
  });
  const offers = commands.map((command) => {
    const subcommands = [
      ...command.commands.map(({ path, description }) => item(path.at(-1) ?? "", description)),
      ...argumentChoices(command).map((word) => item(word, "")),
    ];
    const options = optionsOf(program, command).flatMap(({ names, description }) =>
      names.map((option) => item(option, description)),
    );
    return `    '${wordsOf(command)}')
      subcommands=(${subcommands.join(" ")})
      options=(${options.join(" ")}) ;;`;
  });
  return `#compdef ${name}
# Completions of ${name} for zsh.
_${name}() {
  local at= i
  local -a subcommands options
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i-1] in
      ${valueNames}) continue ;;
    esac
    case "\${at:+$at }$words[i]" in
${subs.join("\n")}
    esac
  done
  case $words[CURRENT-1] in
${values.join("\n")}
  esac
  case $at in
${offers.join("\n")}
  esac
  (( $#subcommands )) && _describe command subcommands
  _describe -o option options
  _files
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function item(word: string, description: string): string {
  return `'${word.replaceAll(":", String.raw`\:`)}:${description.replaceAll("'", String.raw`'\''`)}'`;
}
