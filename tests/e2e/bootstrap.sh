# The mode --bootstrap of the end-to-end run: `homelab bootstrap` with flux, Gitea and the API server themselves,
# up to the trap that everybody falls into: a key that stays read-only although `--read-write-key` asks for another.

. "$here/forge.sh"

# There are no images to update, so homelab asks for these alone.
controllers=(source kustomize helm notification)

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
  have_node
  start_gitea
}

# A node as a kubelet says it of itself; there is none, nor any pod.
have_node() {
  printf '{apiVersion: v1, kind: Node, metadata: {name: pi}}\n' >"$folder/node.yaml"
  kube apply "$folder/node.yaml"
  kube patch node/pi '{"spec": {"taints": null}}'
  kube patch --status node/pi '{"status": {"allocatable": {"cpu": "4", "memory": "8130496Ki", "pods": "110"},
    "capacity": {"cpu": "4", "memory": "8235008Ki", "pods": "110"},
    "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
    "nodeInfo": {"architecture": "arm64", "operatingSystem": "linux", "kubeletVersion": "v1.36.3", "machineID": "",
      "systemUUID": "", "bootID": "", "kernelVersion": "", "osImage": "", "containerRuntimeVersion": "",
      "kubeProxyVersion": ""}}}'
}

# Usage: ssh_with PRIVATE_KEY    (prints the command for git)
ssh_with() {
  printf 'ssh -i %s -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR -o UserKnownHostsFile=%s\n' \
    "$1" "$folder/known_hosts"
}

# A homelab in a private repository of ada's, as somebody has it whose own key Gitea knows.
push_to_forge() {
  git_url=ssh://git@$forge_ssh/ada/homelab.git
  ssh-keygen -q -t ed25519 -N '' -C ada -f "$folder/ada"
  GIT_SSH_COMMAND=$(ssh_with "$folder/ada")
  export GIT_SSH_COMMAND
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

# Usage: of_json EXPRESSION    (of what is read, named `all`)
of_json() { python3 -c "import json, sys; all = json.load(sys.stdin); print(*($1))"; }

# Whether the one key that the repository has may write, as Gitea says it, and as it is when the cluster pushes with it.
# Usage: key_may_write yes|no
key_may_write() {
  local said pushed=no
  said=$(forge_api GET repos/ada/homelab/keys | of_json '["no" if key["read_only"] else "yes" for key in all]')
  same "deploy keys that may write" "$said" "$1"
  kube get secret/flux-system data | of_json '[__import__("base64").b64decode(all["identity"]).decode()]' >"$folder/identity"
  chmod 600 "$folder/identity"
  GIT_SSH_COMMAND=$(ssh_with "$folder/identity") git -C "$work" push -q origin HEAD:refs/heads/by-the-cluster 2>&1 && pushed=yes
  same "a push with the key of the cluster" "$pushed" "$1"
}

# Runs a command that has to end in a status, and prints what it says, which is never the token.
# Usage: ends_in STATUS COMMAND...
ends_in() {
  local expected=$1 status=0
  shift
  "$@" >"$folder/said" 2>&1 || status=$?
  sed "s/$HOMELAB_E2E_TOKEN/THE-TOKEN/g" "$folder/said"
  same "status" "$status" "$expected"
  same "lines with the token" "$(grep -cF "$HOMELAB_E2E_TOKEN" "$folder/said" || true)" 0
}

# Usage: checks VERDICT    (prints the checks that ended so, of the JSON in `said`)
checks() { of_json '[check["id"] for check in all["checks"] if check["verdict"] == "'"$1"'"]' <"$folder/said"; }

# A preflight that has to fail, and on what.
# Usage: fails_on CHECKS TOKEN OPTION...
fails_on() {
  local expected=$1 token=$2 status=0
  shift 2
  HOMELAB_E2E_TOKEN=$token homelab_bootstrap "$@" -o json >"$folder/said" 2>"$folder/notes" || status=$?
  same "status" "$status" 1
  same "checks that fail" "$(checks fail)" "$expected"
}

# What flux would get to only on its way: with bob's token it installs itself before it is refused the deploy keys.
refusals() {
  fails_on token/valid 0123456789abcdef0123456789abcdef01234567
  fails_on branch/exists "$HOMELAB_E2E_TOKEN" --branch nowhere
  fails_on "token/scopes repository/push" "$(forge_token_of ada read:repository,read:user)"
  gitea admin user create --username bob --email bob@example.com --random-password --must-change-password=false >/dev/null
  forge_api PUT repos/ada/homelab/collaborators/bob '{"permission": "write"}'
  fails_on "repository/role key/list" "$(forge_token_of bob all)"
  forge_api POST repos/ada/homelab/branch_protections '{"rule_name": "main", "enable_push": false}' >/dev/null
  fails_on branch/protection "$HOMELAB_E2E_TOKEN"
  forge_api DELETE repos/ada/homelab/branch_protections/main
  forge_api PATCH repos/ada/homelab '{"archived": true}' >/dev/null
  fails_on "repository/archived repository/push" "$HOMELAB_E2E_TOKEN"
  forge_api PATCH repos/ada/homelab '{"archived": false}' >/dev/null
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
  # As few scopes as will do: with them, Gitea tells all that there is to know.
  HOMELAB_E2E_TOKEN=$(forge_token_of ada write:repository,read:user)
  export HOMELAB_E2E_TOKEN

  step "what homelab says of it beforehand"
  before=$(state)
  ends_in 0 "$homelab" -C "$work" doctor
  ends_in 0 homelab_bootstrap
  homelab_bootstrap -o json >"$folder/said"
  same "checks that are not a pass" "$(checks fail)$(checks warn)$(checks unknown)" ""
  same "what homelab asked Gitea with" "$(asked_with)" GET
  same "what changed" "$(diff <(echo "$before") <(state))" ""

  step "what flux would fail on"
  before=$(state)
  refusals
  same "what changed" "$(diff <(echo "$before") <(state))" ""

  step "flux bootstrap"
  run_what_is_deployed &
  ends_in 0 homelab_bootstrap --run --yes
  key_may_write no
  git -C "$work" pull -q --ff-only origin main
  git -C "$work" log --format='%an: %s'
  same "commits" "$(git -C "$work" rev-list --count HEAD)" 3
  same "the source is at" "$(kube get git/flux-system status.artifact.revision)" \
    "main@sha1:$(git -C "$work" rev-parse HEAD)"

  step "the trap: flux would say that all is well, and the key would stay as it is"
  before=$(state)
  ends_in 1 homelab_bootstrap --read-write-key --run --yes
  grep -q 'kubectl.* delete secret' "$folder/said"
  same "what changed" "$(diff <(echo "$before") <(state))" ""

  step "the way out that homelab names"
  kube delete secret/flux-system
  ends_in 0 homelab_bootstrap --read-write-key --run --yes
  key_may_write yes
  same "what homelab asked Gitea with, all in all" "$(asked_with)" GET
  printf '\n==> the bootstrap ends well (at %ds)\n' $((SECONDS - started))
}
