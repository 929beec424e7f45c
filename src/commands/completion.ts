import { type Command, commandLine } from "./command.ts";
import { UsageError } from "./usage-error.ts";

// Each script only asks `overmind __complete WORDS…` (last: the word at the cursor), which answers
// lines of candidate, tab, description.
const scripts: Readonly<Record<string, string>> = {
  bash: `# overmind completion for bash; put into ~/.bashrc:  eval "$(overmind completion bash)"
_overmind() {
  local IFS=$'\\n'
  local word="\${COMP_WORDS[COMP_CWORD]}"
  local found
  found=$(overmind __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)
  COMPREPLY=($(compgen -W "$found" -- "$word"))
}
complete -o default -F _overmind overmind`,
  zsh: `#compdef overmind
# overmind completion for zsh; put into ~/.zshrc, after compinit:  eval "$(overmind completion zsh)"
_overmind() {
  local -a found
  local line
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(overmind __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe overmind found; else _files; fi
}
compdef _overmind overmind`,
  fish: `# overmind completion for fish; put into ~/.config/fish/config.fish:  overmind completion fish | source
complete -c overmind -f -a '(overmind __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
};

export const command: Command = {
  name: "completion",
  summary: "Print the completion script of a shell",
  group: "Set-up",
  commandLine: commandLine({
    flags: {},
    positionals: { usage: "SHELL", summary: "bash, zsh or fish", least: 1, most: 1 },
    examples: [['eval "$(overmind completion bash)"', "for this bash; see the script's first line for the lasting way"]],
    needs: "nothing",
    async run(context, { positionals: [shell = ""] }) {
      const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
      if (script === undefined) throw new UsageError(`completion takes bash, zsh or fish, not '${shell}'`);
      await context.screen.line(script);
      return 0;
    },
  }),
};
