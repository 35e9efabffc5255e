#!/usr/bin/env bash
# Takes the reports of kubernetes-job.yaml or kubernetes-daemonset.yaml out of the logs of their pods, and judges the fleet.
#
#   ./kubernetes.sh job/doctor-fleet 2         # and how many nodes there should be
#   ./kubernetes.sh daemonset/doctor-nodes     # without a number: every node that has GPUs
set -euo pipefail
doctor=${DOCTOR:-doctor}
what=${1:?usage: kubernetes.sh job/NAME NODES, or daemonset/NAME}
case $what in
job/?* | daemonset/?*) ;;
*) echo "$what is neither job/NAME nor daemonset/NAME" >&2 && exit 2 ;;
esac
reports=${REPORTS:-reports-$(date +%Y%m%d-%H%M%S)}
mkdir "$reports"
if [ $# -gt 1 ]; then
    expected=$2
else
    expected=$reports/hosts.txt
    kubectl get nodes -l nvidia.com/gpu.present=true -o name | sed 's|^node/||' >"$expected"
fi

# What has not ended within five minutes is missing in the verdict.
case $what in
job/*) kubectl wait "$what" --for=condition=Complete --timeout=300s >&2 || true ;;
daemonset/*) kubectl rollout status "$what" --timeout=300s >&2 || true ;;
esac

kubectl get pods -l "app=${what#*/}" -o jsonpath='{range .items[*]}{.metadata.name}{" "}{.spec.nodeName}{"\n"}{end}' |
    while read -r pod node; do
        if [ -n "$node" ] && kubectl logs "$pod" -c probe >"$reports/$node.part" </dev/null; then
            mv "$reports/$node.part" "$reports/$node.json"
        fi
    done

exec "$doctor" fleet check "$reports" --expect "$expected"
