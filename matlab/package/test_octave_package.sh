#!/bin/sh
# Build the Octave package, install it under a temporary prefix, use it from another folder and
# uninstall it. Nothing outside the temporary folder is read or changed. Needs octave-cli and tar.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
tarball=$(sh "$here/make_octave_package.sh" "$place")
cp "$here/check_installed.m" "$place/"
cd "$place"
HOME=$place TARBALL=$tarball octave-cli --norc --no-history --quiet --eval check_installed
