#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests. Arguments go to ctest, for example
# `scripts/test.sh -L unit`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

ensure_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
configure_and_build release

# Recorded results and real packages are used where they lie beside the checkout; tests that miss them say so.
if [ -z "${EVALCTL_TEST_DATA:-}" ] && [ -d ../shared/data ]; then
  EVALCTL_TEST_DATA=$(cd ../shared/data && pwd)
  export EVALCTL_TEST_DATA
fi
if [ -z "${EVALCTL_TEST_PACKAGES:-}" ] && [ -d ../packages ]; then
  EVALCTL_TEST_PACKAGES=$(cd ../packages && pwd)
  export EVALCTL_TEST_PACKAGES
fi
say "test data: ${EVALCTL_TEST_DATA:-none}; real packages: ${EVALCTL_TEST_PACKAGES:-none}"
exec ctest --test-dir build/release --output-on-failure --parallel "$(nproc)" --no-tests=error "$@"
