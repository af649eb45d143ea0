#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests. Arguments go to ctest, for example
# `scripts/test.sh -L unit`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

ensure_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
configure_and_build release
exec ctest --test-dir build/release --output-on-failure --parallel "$(nproc)" --no-tests=error "$@"
