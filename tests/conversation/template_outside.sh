#!/bin/sh
# Installs the header alone, copies plugins/template away from the tree, builds it there and runs the test program on it.
# Usage: template_outside.sh BUILD-DIR TEMPLATE-DIR TEST-PROGRAM
set -eu
build=$1 template=$2 program=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --component plugin-sdk --prefix "$work/sdk" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$work/sdk" -name facteur-plugin.pc)")
export PKG_CONFIG_PATH
export CMAKE_GENERATOR=Ninja # which the project needs anyway; make may not be there
cp -r "$template" "$work/src"
cmake -S "$work/src" -B "$work/build" -DCMAKE_C_FLAGS=-Werror >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$program" "$work/build"
