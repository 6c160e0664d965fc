#!/bin/sh
# Manual pages and completions from the program's own command tables: documents.sh PROGRAM DIR
set -eu
program=$1 to=$2
rm -rf "$to"
mkdir -p "$to/man1"
"$program" help --man wirevault >"$to/man1/wirevault.1"
for command in $("$program" help --commands); do
	"$program" help --man "$command" >"$to/man1/wirevault-$command.1"
done
"$program" help --completion bash >"$to/wirevault.bash"
"$program" help --completion zsh >"$to/_wirevault"
"$program" help --completion fish >"$to/wirevault.fish"
touch "$to/stamp"
