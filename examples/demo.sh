#!/usr/bin/env bash
# From one page to a server that answers, measured at each stage: what `make demo` runs. Everything it writes is under
# build/demo and examples/phrases; nothing is downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."

spec=examples/quickstart.tfs
folder=build/demo
began=$SECONDS
server=

show() {
  printf '\n$ %s\n' "$*"
  "$@"
}

# Whatever ends the demonstration ends its server too.
stop() {
  if [ -n "$server" ]; then
    kill -TERM "$server" 2> /dev/null || true
    wait "$server" || true
  fi
}
trap stop EXIT

rm -rf "$folder"
show python examples/phrases.py examples/phrases
show tfc check "$spec"
show tfc plan "$spec" --out "$folder"
show tfc compile "$spec" --out "$folder"
show tfc run "$spec" train --out "$folder"
show tfc run "$spec" distill --out "$folder"
show tfc run "$spec" export --out "$folder"
show tfc verify "$spec" --out "$folder"

printf '\n$ tfc run %s serve --out %s &\n' "$spec" "$folder"
tfc run "$spec" serve --out "$folder" &
server=$!
show python examples/demo.py "$folder"
stop
server=

printf '\nAll of it took %d s.\n' $((SECONDS - began))
