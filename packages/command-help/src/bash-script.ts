import type { CommandTable } from "./command-table.ts";
import { argumentChoices, everyCommand, isPath, optionsOf, optionsWithValue, wordsOf } from "./walk.ts";

/** For `source <(palaverd completions bash)`. Words only: nothing of them needs quotes. */
export function bashScript(program: CommandTable): string {
  const name = program.path[0] ?? "";
  const commands = everyCommand(program);
  const withValue = optionsWithValue(program);
  const valueNames = withValue.flatMap(({ names }) => names).join("|");
  const isSub = commands
    .slice(1)
    .map(
      (command) =>
        `      "${parentOf(command)} ${command.path.at(-1)}") path="${parentOf(command)} ${command.path.at(-1)}" ;;`,
    );
  const values = withValue.map(({ names, value, choices }) => {
    const offer = isPath(value) ? "-f" : `-W "${choices.join(" ")}"`;
    return `    ${names.join("|")}) COMPREPLY=($(compgen ${offer} -- "$cur")); return ;;`;
  });
  const words = commands.map((command) => {
    const own = [
      ...command.commands.map(({ path }) => path.at(-1)),
      ...argumentChoices(command),
      ...optionsOf(program, command).flatMap(({ names }) => names),
    ];
    const path = wordsOf(command);
    return `    "${path === "" ? "" : ` ${path}`}") COMPREPLY=($(compgen -W "${own.join(" ")}" -- "$cur")) ;;`;
  });
  return `# Completions of ${name} for bash.
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i-1]} in
      ${valueNames}) continue ;;
    esac
    case "$path \${COMP_WORDS[i]}" in
${isSub.join("\n")}
    esac
  done
  case $prev in
${values.join("\n")}
  esac
  case $path in
${words.join("\n")}
  esac
}
complete -o default -F _${name} ${name}
`;
}

function parentOf({ path }: CommandTable): string {
  const words = path.slice(1, -1).join(" ");
  return words === "" ? "" : ` ${words}`;
}
