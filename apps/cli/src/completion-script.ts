/** The shells that a script can be made for. */
export type CompletionShell = 'bash' | 'zsh' | 'fish';

/** A command as completion sees it. */
export interface CompletionCommand {
  /** Such as `['image', 'set']`. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly flags: readonly { readonly name: string; readonly summary: string }[];
}

const BINARIES = ['gitops', 'bowline'] as const;

/** Writes the completion script of a shell. Commands and flags are in the script: completing starts no process. */
export function completionScript(
  shell: CompletionShell,
  commands: readonly CompletionCommand[],
): string {
  const sorted = [...commands].sort((a, b) => a.words.join(' ').localeCompare(b.words.join(' ')));
  return { bash, zsh, fish }[shell](sorted);
}

/** The words that may follow a sequence of command words. */
function nextWords(commands: readonly CompletionCommand[]): Map<string, Set<string>> {
  const next = new Map<string, Set<string>>();
  for (const { words } of commands) {
    words.forEach((word, index) => {
      const before = words.slice(0, index).join(' ');
      const known = next.get(before) ?? new Set<string>();
      known.add(word);
      next.set(before, known);
    });
  }
  return next;
}

function bash(commands: readonly CompletionCommand[]): string {
  const next = [...nextWords(commands)].map(
    ([before, words]) => `    ${quote(before)}) words=${quote([...words].join(' '))} ;;`,
  );
  const flags = commands.map(
    ({ words, flags: each }) =>
      `    ${quote(words.join(' '))}) flags=${quote(each.map(({ name }) => `--${name}`).join(' '))} ;;`,
  );
  return `# bash completion of gitops
_gitops() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' word words='' flags='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    [[ $word == -* ]] && continue
    case " $(_gitops_words "$path") " in
      *" $word "*) path=\${path:+$path }$word ;;
      *) break ;;
    esac
  done
  case "$path" in
${flags.join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags --help" -- "$current"))
    return
  fi
  words=$(_gitops_words "$path")
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
_gitops_words() {
  local words=''
  case "$1" in
${next.join('\n')}
  esac
  printf '%s' "$words"
}
# Where there is no such word, readline completes file names, and quotes them.
complete -o default -F _gitops ${BINARIES.join(' ')}
`;
}

function zsh(commands: readonly CompletionCommand[]): string {
  const describe = [...nextWords(commands)].map(([before, words]) => {
    const entries = [...words].map((word) => {
      const whole = before === '' ? word : `${before} ${word}`;
      const summary = commands.find((command) => command.words.join(' ') === whole)?.summary ?? '';
      return quote(`${word}:${summary.replaceAll(':', '\\:')}`);
    });
    return `    ${quote(before)}) next=(${entries.join(' ')}) ;;`;
  });
  const flags = commands.map(({ words, flags: each }) => {
    const entries = each.map(({ name, summary }) =>
      quote(`--${name}:${summary.replaceAll(':', '\\:')}`),
    );
    return `    ${quote(words.join(' '))}) flags=(${entries.join(' ')}) ;;`;
  });
  return `#compdef ${BINARIES.join(' ')}
# zsh completion of gitops
_gitops() {
  local path_='' word index found
  local -a next flags
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
    [[ $word == -* ]] && continue
    _gitops_next "$path_"
    found=(\${(M)next:#\${word}:*})
    (( \${#found} )) || break
    path_=\${path_:+$path_ }$word
  done
  _gitops_next "$path_"
  case "$path_" in
${flags.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe 'flag' flags
  elif (( \${#next} )); then
    _describe 'command' next
  else
    _files
  fi
}
_gitops_next() {
  next=()
  case "$1" in
${describe.join('\n')}
  esac
}
# As a file in $fpath this is loaded at the first completion, which it then has to answer itself.
if [[ \${funcstack[1]} == _gitops ]]; then
  _gitops "$@"
elif (( $+functions[compdef] )); then
  compdef _gitops ${BINARIES.join(' ')}
fi
`;
}

function fish(commands: readonly CompletionCommand[]): string {
  const lines = BINARIES.flatMap((binary) => [
    ...[...nextWords(commands)].flatMap(([before, words]) =>
      [...words].map((word) => {
        const whole = before === '' ? word : `${before} ${word}`;
        const summary =
          commands.find((command) => command.words.join(' ') === whole)?.summary ?? '';
        return `complete -c ${binary} -n ${quote(`__gitops_at ${quote(before)}`)} -f -a ${quote(word)} -d ${quote(summary)}`;
      }),
    ),
    ...commands.flatMap(({ words, flags }) =>
      flags.map(
        ({ name, summary }) =>
          `complete -c ${binary} -n ${quote(`__gitops_in ${quote(words.join(' '))}`)} -l ${name} -d ${quote(summary)}`,
      ),
    ),
  ]);
  return `# fish completion of gitops
function __gitops_path
  set -l words
  for word in (commandline -opc)[2..]
    string match -q -- '-*' $word; or set -a words $word
  end
  string join ' ' -- $words
end
function __gitops_at
  test (__gitops_path | string collect --allow-empty) = "$argv[1]"
end
function __gitops_in
  set -l path (__gitops_path | string collect --allow-empty)
  test "$path" = "$argv[1]"; or string match -q -- "$argv[1] *" "$path"
end
${lines.join('\n')}
`;
}

/** Quotes for all three shells: fish alone gives backslashes inside single quotes a meaning, so a quote is closed and reopened. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
