#!/usr/bin/env bash
# npm run setup:peers: installs, from Debian's packages, the programs of others that the tests run beside. It installs
# only what is missing. Without them `npm test` runs too, and says what it left out.
set -euo pipefail

packages=(
  zookeeper               # Apache's server and its shell, zkCli (with Java)
  zookeeper-bin           # the C client
  python3-kazoo           # the Python client
  libcurator-recipes-java # Curator, the fluent Java client
  chromium                # a browser
)

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "setup:peers: this is no Debian (there is no apt-get). The tests run without these programs and skip what" >&2
  echo "needs them; on another system install Apache ZooKeeper 3.8, its C client and kazoo at the paths that" >&2
  echo "chapters/testing/peers.node.ts names." >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup:peers: all there: ${packages[*]}"
  exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
  echo "setup:peers: only root can install packages. Missing: ${missing[*]}" >&2
  echo "Run: sudo npm run setup:peers" >&2
  exit 1
fi

echo "setup:peers: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends "${missing[@]}"
