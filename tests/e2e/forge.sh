# A real forge for the end-to-end run, as functions for bash: Gitea on loopback, over HTTPS with the certificate of the API
# server, and with its own SSH server. Whoever sources it has sourced environment.sh, and started the cluster.

# What Gitea is given to listen on. Nothing of it asks anything beyond this machine.
gitea_settings() {
  cat <<END
RUN_USER = $(id -un)
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
PROTOCOL = https
CERT_FILE = $folder/cluster/server.pem
KEY_FILE = $folder/cluster/server.key
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${forge##*:}
ROOT_URL = https://$forge/
DOMAIN = 127.0.0.1
START_SSH_SERVER = true
SSH_DOMAIN = 127.0.0.1
SSH_LISTEN_HOST = 127.0.0.1
SSH_LISTEN_PORT = ${forge_ssh##*:}
SSH_PORT = ${forge_ssh##*:}
BUILTIN_SSH_SERVER_USER = git
OFFLINE_MODE = true
STATIC_ROOT_PATH = $(echo "$tools"/gitea@*)
APP_DATA_PATH = $folder/gitea/data
[database]
DB_TYPE = sqlite3
[repository]
ROOT = $folder/gitea/repositories
[security]
INSTALL_LOCK = true
SECRET_KEY = of-this-run-only
[service]
DISABLE_REGISTRATION = true
[log]
LEVEL = Warn
ROOT_PATH = $folder/gitea/log
logger.access.MODE = requests
[log.requests]
MODE = file
FILE_NAME = requests.log
LEVEL = Info
[actions]
ENABLED = false
[cron.update_checker]
ENABLED = false
END
}

gitea() { "${gitea_program[@]}" "$@"; }

# Starts it, with `ada` who administers it and owns `$forge_token`, a token that may do everything.
start_gitea() {
  local ports
  read -r -a ports <<<"$(free_ports 2)"
  forge=127.0.0.1:${ports[0]}
  forge_ssh=127.0.0.1:${ports[1]}
  mkdir "$folder/gitea"
  # It runs `git config --global`, which replaces that file: /dev/null, which this run names to git as that file elsewhere,
  # would be gone from the machine.
  gitea_program=(env HOME="$folder/gitea" GIT_CONFIG_GLOBAL="$folder/gitea/gitconfig" "$tools/bin/gitea")
  gitea_program+=(--config "$folder/gitea/app.ini" --work-path "$folder/gitea")
  gitea_settings >"$folder/gitea/app.ini"
  # All that talk to it trust its certificate by this: curl and git have their own names for it.
  export SSL_CERT_FILE=$folder/cluster/ca.pem GIT_SSL_CAINFO=$folder/cluster/ca.pem CURL_CA_BUNDLE=$folder/cluster/ca.pem
  gitea migrate >"$folder/gitea-migrate.log" 2>&1
  gitea admin user create --admin --username ada --email ada@example.com --random-password --must-change-password=false >/dev/null
  keep gitea "${gitea_program[@]}" web
  until_there gitea 60 curl -sSf "https://$forge/api/healthz"
  forge_token=$(forge_token_of ada all)
}

# Usage: forge_token_of USER SCOPES     (prints a new token; scopes as Gitea names them: read:repository,write:user; it says more
# than the token on its output)
forge_token_of() {
  gitea admin user generate-access-token --username "$1" --token-name "$2-$RANDOM$RANDOM" --scopes "$2" --raw | tail -n 1
}

# Usage: forge_api METHOD PATH [JSON]     (as ada; prints the answer, and fails where it is a refusal)
forge_api() {
  curl -sS --fail-with-body -X "$1" -H "Authorization: token $forge_token" -H 'Content-Type: application/json' \
    ${3:+-d "$3"} "https://$forge/api/v1/$2"
}
