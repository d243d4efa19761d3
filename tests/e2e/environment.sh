# What the end-to-end run stands on, as functions for bash: an API server, a Git server, a registry, a server of charts and
# the controllers of Flux, all on loopback and on free ports. Whoever sources it sets `here` (this folder) and `tools`.

# Starts a program that ends when the script does, however that ends: the pipe is open for as long as the script lives.
# Usage: keep NAME COMMAND...   (its output goes to NAME.log)
keep() {
  local name=$1
  shift
  (
    trap '' INT
    "$@" >"$folder/$name.log" 2>&1 </dev/null &
    program=$!
    cat >/dev/null
    kill "$program" 2>/dev/null && sleep 1 && kill -KILL "$program" 2>/dev/null
  ) <"$folder/alive" 9>&- &
}

# Usage: until_there NAME SECONDS COMMAND...   (says what the log NAME.log ends in where it never succeeds)
until_there() {
  local name=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $deadline ]; then
      echo "$name is not there; its log ends in:" >&2
      tail -n 20 "$folder/$name.log" >&2
      return 1
    fi
    sleep 0.2
  done
}

free_ports() {
  python3 -c '
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(socket.getsockname()[1] for socket in sockets))' "$1"
}

kube() { python3 "$here/kube.py" "$@"; }

# Makes the folder, and what must be there before anything can start.
prepare() {
  folder=$(mktemp -d)
  mkdir -p "$folder"/{cluster,git,charts,source,images,registry,home,tmp}
  mkfifo "$folder/alive"
  # For reading, too: opening a pipe waits for the other end.
  exec 9<>"$folder/alive"
  local ports
  read -r -a ports <<<"$(free_ports 7)"
  api=127.0.0.1:${ports[0]}
  git_server=http://127.0.0.1:${ports[1]}
  registry=127.0.0.1:${ports[2]}
  charts=http://127.0.0.1:${ports[3]}
  storage=127.0.0.1:${ports[4]}
  events=127.0.0.1:${ports[5]}
  webhooks=127.0.0.1:${ports[6]}
  git_url=$git_server/homelab.git
  export KUBECONFIG=$folder/cluster/kubeconfig
}

# Usage: clean_up STATUS     (what the script ends with: where it failed, the ends of the logs are all that is left)
clean_up() {
  if [ "$1" != 0 ] && [ "$1" != 130 ]; then
    tail -n 3 "$folder"/*.log | cut -c 1-500 >&2
  fi
  # The programs get their time to end: they write into the folder.
  exec 9>&-
  wait
  rm -rf "$folder"
}

# The same server as that of the integration tests; `admin` may do everything, `reader` look at what is of Flux, `guest`
# nothing.
start_cluster() {
  local cluster=$folder/cluster
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1,DNS:localhost \
    -keyout "$cluster/server.key" -out "$cluster/server.pem" 2>/dev/null
  cp "$cluster/server.pem" "$cluster/ca.pem"
  printf '%s,%s,%s,"%s"\n' admin-token admin 1 system:masters reader-token reader 2 readers guest-token guest 3 guests \
    >"$cluster/tokens.csv"
  printf 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n' >"$cluster/audit.yaml"
  {
    printf 'apiVersion: v1\nkind: Config\ncurrent-context: admin\n'
    printf 'clusters: [{name: e2e, cluster: {server: "https://%s", certificate-authority: ca.pem}}]\nusers:\n' "$api"
    printf '  - {name: %s, user: {token: %s-token}}\n' admin admin reader reader guest guest
    printf 'contexts:\n'
    printf '  - {name: %s, context: {cluster: e2e, user: %s}}\n' admin admin reader reader guest guest
  } >"$KUBECONFIG"
  (trap '' INT && cd "$cluster" && exec sh "$here/../fixtures/cluster/start.sh" "$(command -v etcd)" "$(command -v kube-apiserver)" "${api#*:}") \
    <"$folder/alive" 9>&- >"$folder/cluster.log" 2>&1 &
  local ready=(curl -sSf --cacert "$cluster/ca.pem" -H "Authorization: Bearer admin-token" "https://$api/readyz")
  until_there cluster 60 "${ready[@]}"
}

# All of Flux that a cluster has but its controllers, and somebody who may look at it.
install_flux() { kube apply "$here/cluster.yaml" "$tools"/crds/*-controller@*.yaml; }

start_servers() {
  git init -q --bare -b main "$folder/git/homelab.git"
  git -C "$folder/git/homelab.git" config http.receivepack true
  keep git python3 "$here/git_http.py" "$folder/git" "${git_server##*:}"
  keep charts python3 -m http.server --bind 127.0.0.1 --directory "$folder/charts" "${charts##*:}"
  printf '%s\n' "version: 0.1" "storage: {filesystem: {rootdirectory: $folder/registry}, delete: {enabled: true}}" \
    "http: {addr: \"$registry\"}" >"$folder/registry.yaml"
  keep registry docker-registry serve "$folder/registry.yaml"
  until_there git 20 curl -sf "$git_server/"
  until_there charts 20 curl -sf "$charts/"
  until_there registry 20 curl -sf "http://$registry/v2/"
}

controllers=(source kustomize helm image-reflector image-automation notification)

# What its Deployment would give it, but on loopback; dependencies are looked at again sooner than after 30 s.
# Usage: start_controller NAME
start_controller() {
  local name=$1 flags=(--metrics-addr=0 --health-addr=0 --log-level=info --events-addr="http://$events")
  local env=(env RUNTIME_NAMESPACE=flux-system HOME="$folder/home" TMPDIR="$folder/tmp")
  case $name in
    source) flags+=(--storage-path="$folder/source" --storage-addr="$storage" --storage-adv-addr="$storage") ;;
    image-reflector) flags+=(--storage-path="$folder/images") ;;
    notification) flags+=(--events-addr="$events" --receiverAddr="$webhooks") ;;
  esac
  case $name in source | kustomize | helm) flags+=(--requeue-dependency=5s) ;; esac
  keep "$name-controller" "${env[@]}" "$tools/bin/$name-controller" "${flags[@]}"
}

start_controllers() {
  local name
  for name in "${controllers[@]}"; do start_controller "$name"; done
  until_there source-controller 60 curl -s "http://$storage/"
}

# What says that a Deployment is as it should be, for as many replicas as given; no controller manager runs that would.
# Usage: said_available NAME REPLICAS
said_available() {
  local replica_set='{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}'
  local available='{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}'
  [ "$2" != 0 ] || available='{"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
    "message": "Deployment does not have minimum availability."}'
  kube patch --status "deploy/$1" "{\"status\": {\"observedGeneration\": 1, \"replicas\": 1, \"updatedReplicas\": 1,
    \"readyReplicas\": $2, \"availableReplicas\": $2, \"conditions\": [$replica_set, $available]}}"
}

# Starts all of it. What it takes is built beforehand.
start_everything() {
  prepare
  start_cluster
  install_flux
  start_servers
  start_controllers
}
