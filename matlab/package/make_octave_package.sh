#!/bin/sh
# Build dist/lcodec-<version>.tar.gz, which GNU Octave installs with: pkg install lcodec-<version>.tar.gz
# Needs tar only. An argument names another folder than dist.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
target=${1:-$root/dist}
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$root/python/lcodec/__init__.py")
[ -n "$version" ] || { echo "no __version__ in python/lcodec/__init__.py" >&2; exit 1; }

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
package=$stage/lcodec-$version
mkdir -p "$package/inst" "$target"
cp "$root/LICENSE" "$package/COPYING"
cp "$root/CHANGELOG.md" "$package/NEWS"
for file in "$root"/matlab/*.m; do
  case ${file##*/} in
    buildfile.m) ;; # MATLAB's build tool only
    *) cp "$file" "$package/inst/" ;;
  esac
done
cp -R "$root/matlab/private" "$root/matlab/examples" "$package/inst/"

cat >"$package/DESCRIPTION" <<END
Name: lcodec
Version: $version
Date: $(date -u +%Y-%m-%d)
Author: The lcodec developers
Maintainer: The lcodec developers
Title: Conditional dependence
Description: Coefficients of conditional dependence (CODEC, randomised LCODEC) and
 feature selection with them (FOCI, LFOCI), the same bits as in the Python package.
Categories: Statistics
Depends: octave (>= 7.1.0)
License: MIT
END

# The functions under each heading of Contents.m, a line of letters and spaces only.
awk '
  BEGIN { print "lcodec >> Conditional dependence" }
  /^% [A-Z][A-Za-z ]*$/ { print substr($0, 3) }
  /^%   [a-z_]+ +- / { print " " $2 }
' "$root/matlab/Contents.m" >"$package/INDEX"

tar -C "$stage" -czf "$target/lcodec-$version.tar.gz" "lcodec-$version"
echo "$target/lcodec-$version.tar.gz"
