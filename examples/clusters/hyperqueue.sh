#!/usr/bin/env bash
# An experiment as 16 tasks of HyperQueue, which runs them where there is room, and then puts them together. A server
# and its workers are running (`hq server start`, `hq worker start`). From the folder of the program:
#
#     ./hyperqueue.sh
#
set -euo pipefail

parts=16
replications=${1:-1000}

# Each task knows its number by HQ_TASK_ID. It is read where the task runs, not here.
hq submit --name bank --array "1-$parts" --cpus 1 --crash-limit 10 --wait -- \
    bash -c 'exec ./bank --replications "$1" --out results --resume --shard "$HQ_TASK_ID/$2" --jobs 1 --quiet' \
    bank "$replications" "$parts"

exec ./bank --replications "$replications" --out results --merge
