import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script that completes the commands and options that the program has. It asks nobody when it runs. */
export function completionScript(shell: Shell, program: Command): string {
  return { bash, zsh, fish }[shell](program.commands);
}

const namesOf = (options: readonly Option[]): string[] =>
  options.flatMap(({ long, short }) => [long, short].flatMap((name) => name ?? []));

function bash(commands: readonly Command[]): string {
  const cases = commands.map(
    (command) => `    ${command.name()}) words='${namesOf(command.options).join(' ')}' ;;`,
  );
  return `# warren completion bash > ~/.local/share/bash-completion/completions/warren
_warren() {
  local words=
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words='${commands.map((command) => command.name()).join(' ')}'; fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _warren warren
`;
}

/** Where no option is begun, zsh completes files. */
function zsh(commands: readonly Command[]): string {
  const described = (name: string, text: string): string => quoted(`${name.replaceAll(':', '\\:')}:${text}`);
  const cases = commands.map((command) => {
    const options = command.options.map(({ long, short, description }) =>
      described(long ?? short ?? '', description),
    );
    return `    ${command.name()}) choices=(${options.join(' ')}) ;;`;
  });
  const names = commands.map((command) => described(command.name(), command.description()));
  return `#compdef warren
# warren completion zsh > a folder of your fpath, as _warren
_warren() {
  local -a choices
  if (( CURRENT == 2 )); then
    choices=(${names.join('\n      ')})
    _describe command choices
    return
  fi
  case $words[2] in
${cases.join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then _describe -o option choices; else _files; fi
}
if [ "$funcstack[1]" = _warren ]; then _warren "$@"; else compdef _warren warren; fi
`;
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const name = command.name();
    return [
      `complete -c warren -f -n __fish_use_subcommand -a ${name} -d ${quoted(command.description())}`,
      ...command.options.map((option) => fishOption(name, option)),
    ];
  });
  return ['# warren completion fish > ~/.config/fish/completions/warren.fish', ...lines, ''].join('\n');
}

function fishOption(command: string, { long, short, description, required }: Option): string {
  return [
    `complete -c warren -n '__fish_seen_subcommand_from ${command}'`,
    ...(long === undefined ? [] : [`-l ${long.slice(2)}`]),
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    ...(required ? ['-r'] : []),
    `-d ${quoted(description)}`,
  ].join(' ');
}

/** Within single quotes a shell reads nothing but the quote; fish reads the backslash, too. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
