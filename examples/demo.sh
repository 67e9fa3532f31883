#!/usr/bin/env bash
# From one page to a translator that has been measured: what `make demo` runs. Everything it writes is under
# build/demo and examples/phrases; nothing is downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."

spec=examples/quickstart.tfs
folder=build/demo
began=$SECONDS

show() {
  printf '\n$ %s\n' "$*"
  "$@"
}

rm -rf "$folder"
show python examples/phrases.py examples/phrases
show tfc check "$spec"
show tfc plan "$spec" --out "$folder"
show tfc compile "$spec" --out "$folder"
show tfc run "$spec" train --out "$folder"

# Phrases that the model has never seen, one kind of phrase each.
for language in de fr ru ja; do
  printf '\n$ head -n 4 examples/phrases/test.en-%s.tsv | cut -f 1 | python %s/evaluate.py --runs %s/runs --translate - --to %s\n' \
    "$language" "$folder" "$folder" "$language"
  head -n 4 "examples/phrases/test.en-$language.tsv" | cut -f 1 > "$folder/phrases.txt"
  python "$folder/evaluate.py" --runs "$folder/runs" --translate - --to "$language" < "$folder/phrases.txt" |
    paste "$folder/phrases.txt" - | awk -F '\t' '{ printf "  %-64s %s\n", $1, $2 }'
done

show python examples/demo.py "$folder"
printf '\nAll of it took %d s.\n' $((SECONDS - began))
