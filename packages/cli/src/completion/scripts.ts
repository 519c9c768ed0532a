/** The texts that teach shells to ask `tspod __complete`. `descriptions`: whether the shell shows what candidates are. */
export const shellScripts: Readonly<Record<string, (descriptions: boolean) => string>> = { bash, fish, zsh };

// bash splits words at = and : and then wants only what follows: the words are taken from the line as it was typed
function bash(): string {
  return `# bash completion for tspod
# load it once:        source <(tspod completion bash)
# or for every shell:  tspod completion bash -f /usr/share/bash-completion/completions/tspod

_tspod() {
  local typed=\${COMP_LINE:0:COMP_POINT} words line value also=nothing head
  local -a candidates=()
  set -f
  read -ra words <<<"$typed"
  set +f
  [[ $typed == *[[:space:]] ]] && words+=("")
  local current=\${words[-1]}
  head=\${current%"\${current##*[=:]}"}
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      also=\${line#:}
    else
      value=\${line%%$'\\t'*}
      candidates+=("\${value#"$head"}")
    fi
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=("\${candidates[@]}")
  case $also in
    files) compopt -o default 2>/dev/null ;;
    directories) compopt -o default -o dirnames 2>/dev/null ;;
    *) compopt +o default 2>/dev/null ;;
  esac
  [[ \${#candidates[@]} == 1 && \${candidates[0]} == *: ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _tspod tspod
`;
}

function zsh(descriptions: boolean): string {
  const shown = descriptions ? '"$value:$description"' : '"$value"';
  return `#compdef tspod
# zsh completion for tspod
# load it once:        source <(tspod completion zsh)
# or for every shell:  tspod completion zsh -f "\${fpath[1]}/_tspod"

_tspod() {
  local line value description head also=nothing
  local -a candidates asked closed
  asked=("\${(@)words[2,CURRENT]}")
  head=\${(M)PREFIX#--*=}
  for line in "\${(@f)$("\${words[1]}" __complete "\${asked[@]}" 2>/dev/null)}"; do
    if [[ $line == :* ]]; then
      also=\${line#:}
    elif [[ -n $line ]]; then
      value=\${line%%$'\\t'*}
      description=\${line#*$'\\t'}
      value=\${value#"$head"}
      if [[ $value == *: ]]; then closed+=("\${value}"); else
        value=\${value//:/\\\\:}
        candidates+=(${shown})
      fi
    fi
  done
  [[ -n $head ]] && compset -P '--*='
  (( \${#candidates} )) && _describe -t values 'tspod' candidates
  (( \${#closed} )) && compadd -S '' -- "\${closed[@]}"
  case $also in
    files) _files ;;
    directories) _files -/ ;;
  esac
}
if [[ \${funcstack[1]} == _tspod ]]; then _tspod "$@"; else compdef _tspod tspod; fi
`;
}

function fish(descriptions: boolean): string {
  const shown = descriptions ? '$line' : '(string split \\t -- $line)[1]';
  return `# fish completion for tspod
# load it once:        tspod completion fish | source
# or for every shell:  tspod completion fish -f ~/.config/fish/completions/tspod.fish

function __tspod_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  test (count $current) -eq 0; and set current ''
  for line in ($words[1] __complete $words[2..-1] $current 2>/dev/null)
    switch $line
      case ':files' ':directories'
        __fish_complete_path $current
      case ':*'
      case '*'
        printf '%s\\n' ${shown}
    end
  end
end
complete -c tspod -f -a '(__tspod_complete)'
`;
}
