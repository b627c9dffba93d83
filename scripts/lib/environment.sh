# shellcheck shell=bash
# Makes .venv, the environment every script here runs in, from nothing but Python 3.11 or newer.
#
#   make_environment service    what the service needs
#   make_environment dev        that, and what the tests, checks and benchmarks need
#
# The second call costs milliseconds: a stamp in .venv holds the fingerprint of what it was made from. Two calls at once are
# safe: one makes, the other waits. Packages come from wherever this machine's pip is told to get them. All words go to stderr.

say() { printf '%s\n' "$*" >&2; }

make_environment() {
    if is_made "$1"; then return; fi
    (
        if command -v flock >/dev/null; then flock 9; fi
        if is_made "$1"; then exit; fi
        say "Making the environment in .venv (once; a minute or so) …"
        ensure_venv
        install_packages "scripts/lock/$1.txt"
        .venv/bin/python -m compileall -q lims || true # a service that starts sooner; never a reason not to start
        fingerprint "$1" >".venv/made-for-$1"
        # The development packages contain the service's.
        if [ "$1" = dev ]; then fingerprint service >.venv/made-for-service; fi
    ) 9>.venv.lock
}

is_made() { [ -x .venv/bin/python ] && [ "$(cat ".venv/made-for-$1" 2>/dev/null)" = "$(fingerprint "$1")" ]; }

# What an environment depends on: the lock, the project's metadata, the Python, and where it lies (its programs hold that path).
fingerprint() { { pwd -P && readlink -f .venv/bin/python && cat "scripts/lock/$1.txt" pyproject.toml; } | sha256sum; }

ensure_venv() {
    if .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then return; fi
    local python
    python=$(find_python) || fail "Python 3.11 or newer is needed and was not found: install it (Debian: apt-get install python3)."
    rm -rf .venv
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_debian_packages "$(venv_package "$python")" ||
            fail "This Python cannot make virtual environments: have an administrator run apt-get install $(venv_package "$python")."
    fi
    "$python" -m venv .venv >&2 || fail "The virtual environment could not be made in $PWD/.venv; the reason stands above."
}

find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then command -v "$name" && return; fi
    done
    return 1
}

# Debian names the package after the version.
venv_package() { "$1" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")'; }

# Install Debian packages where we may; otherwise return 1 and leave the words to the caller.
install_debian_packages() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return 1; fi
    say "Installing Debian's $* …"
    local words apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    if words=$({ "${apt[@]}" update; "${apt[@]}" install -y --no-install-recommends "$@"; } </dev/null 2>&1); then return; fi
    tail -n 5 <<<"$words" >&2
    return 1
}

# uv is several times faster than pip; where it cannot be had, or cannot reach the packages, pip does the same work.
install_packages() {
    local lock=$1
    if install_with_uv "$lock" 2>.venv/uv.log; then return; fi
    say "… without uv, so it takes longer …"
    if pip_install --requirement "$lock" && pip_install --no-deps --no-build-isolation --editable .; then return; fi
    fail "The packages of $lock could not be installed; pip's reason stands above."
}

install_with_uv() {
    local install=(.venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python)
    pip_install "$(grep '^uv==' "$1")" && speak_pip_to_uv &&
        "${install[@]}" --requirement "$1" && "${install[@]}" --no-deps --no-build-isolation --editable .
}

pip_install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" >&2; }

# uv does not read pip's configuration: hand on what this machine's pip was told, unless uv was told something itself.
speak_pip_to_uv() {
    local settings value
    settings=$(.venv/bin/python -m pip config list) || return 1
    if value=$(pip_setting index-url); then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$value}"; fi
    if value=$(pip_setting extra-index-url); then export UV_INDEX="${UV_INDEX:-$value}"; fi
    if value=$(pip_setting find-links); then export UV_FIND_LINKS="${UV_FIND_LINKS:-${value// /,}}"; fi
    if value=$(pip_setting cert); then export SSL_CERT_FILE="${SSL_CERT_FILE:-$value}"; fi
    export UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}"
}

# One of the $settings pip lists, a line each: global.index-url='…'. The environment's word stands before a file's.
pip_setting() {
    local section value
    for section in :env: install global; do
        value=$(sed -n "s/^$section\.$1='\(.*\)'\$/\1/p" <<<"$settings")
        if [ -n "$value" ]; then printf '%s' "${value//\\n/ }" && return; fi
    done
    return 1
}

fail() {
    say "$*"
    exit 1
}
