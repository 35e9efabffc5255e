#!/usr/bin/env bash
# vLLM on several nodes without Ray: run this on every node, with the same RUN and its own NODE_RANK. Each node writes its
# report into a folder that all of them see, node 0 judges, and no node starts the server unless the verdict is good.
#
#   NODES=2 NODE_RANK=0 HEAD=10.0.0.1 RUN=monday SHARED=/shared ./vllm-multi-node.sh /models/merged --tensor-parallel-size 16
#
# vLLM takes no variable along to the other nodes here: what has to be the same is set on each of them.
set -euo pipefail
: "${NODES:?how many nodes there are}" "${NODE_RANK:?the number of this node, from 0}" "${HEAD:?the address of node 0}"
: "${RUN:?a name for this start, the same on all nodes and new each time}" "${SHARED:?a folder that all nodes see}"
vllm=${VLLM:-/srv/vllm/bin/vllm}
python=${PYTHON:-/srv/vllm/bin/python}
doctor=${DOCTOR:-/srv/doctor/bin/llm-stack-doctor}
probe=${PROBE:-$SHARED/probe.pyz} # doctor snapshot --bundle probe.pyz
patience=${PATIENCE:-300}         # seconds that node 0 waits for the reports, and the others for its verdict
model=${1:?usage: vllm-multi-node.sh MODEL [OPTION OF VLLM SERVE...]}
reports=$SHARED/doctor-$RUN
mkdir -p "$reports"

options=(--python "$python")
[ -d "$model" ] && options+=(--model "$model")
# A node without a report is an error of the verdict; its own complaint stands in its log.
"$python" -I "$probe" "${options[@]}" -o "$reports/$(hostname).json" || echo "no report of this node" >&2

end=$((SECONDS + patience))
if [ "$NODE_RANK" = 0 ]; then
    while [ "$(find "$reports" -maxdepth 1 -name '*.json' | wc -l)" -lt "$NODES" ] && [ $SECONDS -lt $end ]; do sleep 1; done
    status=0
    "$doctor" fleet check "$reports" --expect "$NODES" --serve "vllm serve $* --nnodes $NODES" || status=$?
    echo "$status" >"$reports/verdict.part" && mv "$reports/verdict.part" "$reports/verdict"
else
    while [ ! -e "$reports/verdict" ] && [ $SECONDS -lt $((end + 60)) ]; do sleep 1; done
    status=$(cat "$reports/verdict" 2>/dev/null || echo 3)
fi
[ "$status" = 0 ] || { echo "not started: the verdict of node 0 ended with $status" >&2; exit "$status"; }

others=()
[ "$NODE_RANK" = 0 ] || others=(--headless)
exec "$vllm" serve "$@" --nnodes "$NODES" --node-rank "$NODE_RANK" --master-addr "$HEAD" "${others[@]}"
