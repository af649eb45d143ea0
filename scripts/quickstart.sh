#!/usr/bin/env bash
# Installs what is missing, builds evalctl, runs the built-in suite with its recorded model, and says
# where the scoreboard is. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

ensure_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
configure_and_build release evalctl

mkdir -p evalctl-out
status=0
build/release/evaluator/evalctl run --suite quickstart --model replay:recorded \
  --db evalctl-out/quickstart.db --run-id quickstart --html evalctl-out/quickstart.html || status=$?
exit "$status"
