# The mode --bootstrap of the end-to-end run: `homelab bootstrap` with the flux command, Gitea and the API server themselves,
# up to the trap that everybody falls into: a key that stays read-only although `--read-write-key` asks for another.

. "$here/forge.sh"

# What a cluster does with the Deployments of Flux once `flux bootstrap` has made them.
run_what_is_deployed() {
  local name
  for name in "${controllers[@]}"; do
    kube await "deploy/flux-system/$name-controller" metadata.generation 1 300 || return
    start_controller "$name"
    said_available "flux-system/$name-controller" 1
  done
}

start_everything() {
  prepare
  start_cluster
  start_gitea
}

# A homelab in a private repository of ada's, as somebody has it whose own key Gitea knows.
push_to_forge() {
  git_url=ssh://git@$forge_ssh/ada/homelab.git
  ssh-keygen -q -t ed25519 -N '' -C ada -f "$folder/ada"
  export GIT_SSH_COMMAND="ssh -i $folder/ada -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$folder/known_hosts -o LogLevel=ERROR"
  forge_api POST user/keys "{\"title\": \"ada\", \"key\": \"$(cat "$folder/ada.pub")\"}" >/dev/null
  forge_api POST user/repos '{"name": "homelab", "private": true, "default_branch": "main"}' >/dev/null
  "$homelab" init --yes "$work"
  sed -i "s|url: ssh://.*|url: $git_url|" "$work/clusters/home/flux-system/gotk-sync.yaml"
  git init -q -b main "$work"
  git -C "$work" remote add origin "$git_url"
  push "feat: a homelab"
}

# Usage: homelab_bootstrap OPTION...
homelab_bootstrap() {
  "$homelab" -C "$work" bootstrap gitea --hostname "$forge" --token-from env:HOMELAB_E2E_TOKEN "$@"
}

# What may not change while somebody only looks: the commits, the deploy keys, the Secret of the cluster.
state() {
  git -C "$work" ls-remote origin main
  forge_api GET repos/ada/homelab/keys | sed 's/}, *{/},\n{/g'
  printf '\n%s\n' "$(kube get secret/flux-system data 2>&1)"
}

# Whether the key that the repository has may write.
# Usage: key_is_read_only true|false
key_is_read_only() {
  same "deploy keys that are read-only" \
    "$(forge_api GET repos/ada/homelab/keys | python3 -c 'import json, sys; print(*(str(key["read_only"]).lower() for key in json.load(sys.stdin)))')" "$1"
}

# Runs a command that has to end in a status, and prints what it says, which is never the token.
# Usage: ends_in STATUS COMMAND...
ends_in() {
  local expected=$1 status=0
  shift
  "$@" >"$folder/said" 2>&1 || status=$?
  sed "s/$forge_token/THE-TOKEN/g" "$folder/said"
  same "status" "$status" "$expected"
  same "lines with the token" "$(grep -cF "$forge_token" "$folder/said" || true)" 0
}

# The methods of all the requests that Gitea had from homelab, each once.
asked_with() {
  until_there gitea 10 grep -q '"homelab/' "$folder/gitea/log/requests.log"
  sed -n 's|.*"\([A-Z]*\) [^"]*" .*"homelab/[^"]*"$|\1|p' "$folder/gitea/log/requests.log" | sort -u
}

play() {
  local work=$folder/work before
  step "a homelab in a private repository of the forge"
  push_to_forge
  export HOMELAB_E2E_TOKEN=$forge_token

  step "what homelab says of it beforehand"
  before=$(state)
  ends_in 0 "$homelab" -C "$work" doctor
  ends_in 0 homelab_bootstrap
  same "what homelab asked Gitea with" "$(asked_with)" GET
  same "what changed" "$(diff <(echo "$before") <(state))" ""

  step "flux bootstrap"
  run_what_is_deployed &
  ends_in 0 homelab_bootstrap --run
  key_is_read_only true
  git -C "$work" pull -q --ff-only origin main
  git -C "$work" log --format='%an: %s'
  same "commits" "$(git -C "$work" rev-list --count HEAD)" 3
  same "the source is at" "$(kube get git/flux-system status.artifact.revision)" "main@sha1:$(git -C "$work" rev-parse HEAD)"

  step "the trap: flux would say that all is well, and the key would stay as it is"
  before=$(state)
  ends_in 1 homelab_bootstrap --read-write-key --run
  grep -q 'kubectl.* delete secret' "$folder/said"
  same "what changed" "$(diff <(echo "$before") <(state))" ""

  step "the way out that homelab names"
  kube delete secret/flux-system
  ends_in 0 homelab_bootstrap --read-write-key --run
  key_is_read_only false
  same "what homelab asked Gitea with, all in all" "$(asked_with)" GET
  printf '\n==> the bootstrap ends well (at %ds)\n' $((SECONDS - started))
}
