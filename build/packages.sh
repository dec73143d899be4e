# Sourced by the launchers: makes sure the system packages of Debian 12 are there, or says exactly what to install.
require_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local line="apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" -eq 0 ] && [ "${KAFKAFLOW_NO_INSTALL:-0}" != 1 ] && command -v apt-get >/dev/null; then
    echo "Installing: ${missing[*]}" >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive $line; } >&2 && return 0
  fi
  echo "Missing system packages. Install them with:" >&2
  echo "  sudo $line" >&2
  exit 7
}
