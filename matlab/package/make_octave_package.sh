#!/bin/sh
# Build dist/lcodec-octave-<version>.tar.gz, which GNU Octave installs: pkg install lcodec-octave-<version>.tar.gz
# With LCODEC_REPOSITORY, the address of the repository such as https://github.com/OWNER/lcodec, also build
# dist/lcodec.yaml, the entry for the index of packages (github.com/gnu-octave/packages).
# Needs tar, and sha256sum or shasum for the entry. An argument names another folder than dist.
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

title='Conditional dependence'
description='Coefficients of conditional dependence (CODEC, randomised LCODEC) and
 feature selection with them (FOCI, LFOCI), the same bits as in the Python
 package.'
octave='octave (>= 7.1.0)'
repository=${LCODEC_REPOSITORY:-}

{
  cat <<END
Name: lcodec
Version: $version
Date: $(date -u +%Y-%m-%d)
Author: The lcodec developers
Maintainer: The lcodec developers
Title: $title
Description: $description
Categories: Statistics
Depends: $octave
License: MIT
END
  [ -z "$repository" ] || echo "Url: $repository"
} >"$package/DESCRIPTION"

# What `citation lcodec` prints: the papers of CITATION.cff.
cat >"$package/CITATION" <<END
To cite lcodec in publications, please cite the papers whose methods it implements:

CODEC and FOCI:
  M. Azadkia and S. Chatterjee. A simple measure of conditional dependence.
  Annals of Statistics 49(6), 3070-3102, 2021.

LCODEC and LFOCI:
  R. Mehta, S. Pal, V. Singh and S. N. Ravi. Deep Unlearning via Randomized Conditionally
  Independent Hessians. IEEE/CVF Conference on Computer Vision and Pattern Recognition, 2022.
END

# The functions under each heading of Contents.m, a line of letters and spaces only.
awk -v title="$title" '
  BEGIN { print "lcodec >> " title }
  /^% [A-Z][A-Za-z ]*$/ { print substr($0, 3) }
  /^%   [a-z_]+ +- / { print " " $2 }
' "$root/matlab/Contents.m" >"$package/INDEX"

archive=lcodec-octave-$version.tar.gz
tar -C "$stage" -czf "$target/$archive" "lcodec-$version"
echo "$target/$archive"

[ -n "$repository" ] || exit 0
sum=$( (sha256sum "$target/$archive" 2>/dev/null || shasum -a 256 "$target/$archive") | cut -d ' ' -f 1)
cat >"$target/lcodec.yaml" <<END
---
layout: "package"
permalink: "lcodec/"
description: >-
$(echo "$description" | sed 's/^ */  /')
icon:
links:
- icon: "far fa-copyright"
  label: "MIT"
  url: "$repository/blob/v$version/LICENSE"
- icon: "fas fa-rss"
  label: "news"
  url: "$repository/blob/v$version/CHANGELOG.md"
- icon: "fas fa-code-branch"
  label: "repository"
  url: "$repository"
- icon: "fas fa-book"
  label: "package documentation"
  url: "$repository/blob/v$version/docs/matlab.md"
- icon: "fas fa-bug"
  label: "report a problem"
  url: "$repository/issues"
maintainers:
- name: "The lcodec developers"
  contact:
versions:
- id: "$version"
  date: "$(date -u +%Y-%m-%d)"
  sha256: "$sum"
  url: "$repository/releases/download/v$version/$archive"
  depends:
  - "$octave"
  - "pkg"
---
END
