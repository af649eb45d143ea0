# The packages of the distribution that evalctl needs, and how to install what is missing. Sourced by the
# other scripts; not run by itself.

BUILD_PACKAGES=(
  g++ cmake ninja-build pkg-config git ca-certificates
  libfmt-dev nlohmann-json3-dev libexpected-dev libyaml-cpp-dev libpugixml-dev libssl-dev
  libcurl4-openssl-dev zlib1g-dev libboost-dev libsqlite3-dev libcli11-dev libseccomp-dev
  libpcre2-dev libutf8proc-dev libarchive-dev
  libjs-katex libjs-highlight.js python3 python3-jinja2
)
# What the tests add. Further compilers (Java, Rust, Go, ...) are used where they are and skipped where not.
TEST_PACKAGES=(libgtest-dev libgmock-dev chromium python3-pytest skopeo umoci docker-registry
               qemu-system-x86 busybox-static)

say() { printf 'evalctl: %s\n' "$*" >&2; }

# ensure_packages NAME...: installs those that are missing, as root or through sudo, and says so first.
ensure_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || {
    say "these packages are missing and there is no apt-get to install them: ${missing[*]}"
    return 1
  }
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "install as root: apt-get install ${missing[*]}"; return 1; }
    as_root=(sudo)
    say "asking for sudo to install packages"
  fi
  say "installing: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    rm -f "$log"
    say "apt-get failed; install by hand: apt-get install ${missing[*]}"
    return 1
  fi
  rm -f "$log"
}

# configure_and_build PRESET TARGET...: quiet when all goes well.
configure_and_build() {
  local preset=$1 log
  shift
  log=$(mktemp)
  say "configuring (preset $preset)"
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    tail -40 "$log" >&2; rm -f "$log"; say "configuration failed"; return 1
  fi
  rm -f "$log"
  say "building with $(nproc) cores"
  cmake --build --preset "$preset" ${1:+--target "$@"} >&2
}
