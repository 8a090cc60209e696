#!/bin/sh
# Brings what nnviz needs from the system and a bare Debian or Ubuntu lacks: Python's venv module, and the
# libraries that nnviz/system_libraries.py lists. As root, or where sudo asks no password, apt installs them;
# elsewhere on Debian and Ubuntu the line that does it is printed. On other systems this does nothing.
#
# Exit status: 0, go on; 1, nnviz could not start yet, and the last line printed says what to do.
set -eu

package=$(dirname -- "$0")/../nnviz

say() {
    printf 'nnviz: %s\n' "$*" >&2
}

# Ends with a sentence where python3 is too old; pip would only say so after a virtual environment was made.
refuse_an_old_python() {
    command -v python3 >/dev/null || return 0
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' && return 0
    version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "python3 is version $version here, and nnviz needs 3.11 or newer: install one that answers to python3."
    exit 1
}

# A line for each missing library: its package, and whether the program or only a window needs it. Python is
# asked to load each, because that is what will have to work later; where there is none, all of them count.
missing() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo 'python3-venv program'
    python3 -B -c '
import sys
sys.path.append(sys.argv[1])
from system_libraries import LIBRARIES, can_load
for library in LIBRARIES:
    if not can_load(library.name):
        print(library.package, "window" if library.platforms else "program")
' "$package" 2>/dev/null || sed -n 's/^ *Library("[^"]*", "\([^"]*\)".*/\1 program/p' "$package/system_libraries.py"
}

# The packages in lines of `missing`, each once, on one line.
packages() {
    printf '%s\n' "$1" | cut -d' ' -f1 | sort -u | paste -s -d' ' -
}

# The words that make a command root's; fails where that would take a password.
root_without_password() {
    [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null && echo 'sudo -n'; }
}

# Debian 13 and Ubuntu 24.04 renamed libglib2.0-0, but apt still finds it by that name.
install_with_apt() {
    say "installing with apt: $*"
    # An unreachable third-party source fails the update, but need not stop the install.
    $as_root apt-get update -q </dev/null || true
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

refuse_an_old_python
command -v apt-get >/dev/null || exit 0

lines=$(missing)
[ -n "$lines" ] || exit 0
if as_root=$(root_without_password); then
    # shellcheck disable=SC2046  # one argument for each package
    install_with_apt $(packages "$lines") || say "apt could not install them."
    refuse_an_old_python
    lines=$(missing)
    [ -n "$lines" ] || exit 0
fi

say "system packages are missing; this installs them:" \
    "sudo apt-get update && sudo apt-get install -y $(packages "$lines")"
case $lines in
*' program'*) exit 1 ;;
esac
