# The mode --up of the end-to-end run: the example as a cluster runs it, and beside it objects in all states.

# The tags of the example's images, one newer than the example has.
example_images() {
  python3 "$here/push.py" image "$registry"/{gethomepage/homepage:v1.4.0,gethomepage/homepage:v1.4.6} \
    "$registry"/{mealie-recipes/mealie:v3.0.2,traefik/whoami:v1.11.0,traefik/whoami:latest,states/other:nightly}
}

# Deployments as an installation of Flux has them: the controllers run beside the cluster.
controller_deployments() {
  local file name version
  for file in "$tools"/crds/*-controller@*.yaml; do
    name=$(basename "$file" .yaml)
    version=${name#*@} name=${name%@*}
    printf '%s\n' "apiVersion: apps/v1" "kind: Deployment" "metadata:" "  name: $name" "  namespace: flux-system" \
      "  labels: {app.kubernetes.io/part-of: flux, app.kubernetes.io/component: $name, app.kubernetes.io/version: v2.9.4}" \
      "spec:" "  selector: {matchLabels: {app: $name}}" "  template:" "    metadata: {labels: {app: $name}}" \
      "    spec: {containers: [{name: manager, image: \"ghcr.io/fluxcd/$name:$version\"}]}" "---"
  done >"$folder/controllers.yaml"
  kube apply "$folder/controllers.yaml"
  for file in "$tools"/crds/*-controller@*.yaml; do
    name=$(basename "$file" .yaml)
    said_available "flux-system/${name%@*}" 1
  done
}

# The workloads of the example: two that run, and one that crashes.
workloads() {
  kube await ks/apps status.observedGeneration 1 120
  sed "s|OWNER|$(kube get deploy/mealie/mealie metadata.uid)|" "$here/workloads.yaml" >"$folder/workloads.yaml"
  kube apply "$folder/workloads.yaml"
  said_available homepage/homepage 1
  said_available whoami/whoami 1
  said_available mealie/mealie 0
  kube patch --status pod/mealie/mealie-5f6d7c8b9-x2x7z '{"status": {"phase": "Running", "containerStatuses": [{
    "name": "mealie", "image": "ghcr.io/mealie-recipes/mealie:v3.0.2", "imageID": "", "ready": false, "restartCount": 12,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=mealie"}},
    "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}}'
}

play() {
  local sources=(-e "s|GIT_URL|$git_url|" -e "s|CHARTS_URL|$charts|" -e "s|REGISTRY|$registry|")
  step "images, charts, the example"
  example_images
  python3 "$here/push.py" chart greeter 1.0.0 "$folder/charts" "$charts"
  python3 "$here/push.py" chart greeter 1.1.0 "$folder/charts" "$charts"
  python3 "$here/push.py" oci-chart "$registry/charts/greeter" 1.0.0
  python3 "$here/push.py" artifact "$registry/states/manifests:latest" "$here/states/applied/configmap.yaml"
  new_repository "$folder/work" --example
  to_loopback ghcr.io
  to_loopback docker.io
  cp -r "$here/states" "$work/states"
  push "feat: start"
  step "objects"
  bootstrap
  sed "${sources[@]}" "$here/states.yaml" >"$folder/states.yaml"
  kube apply "$folder/states.yaml"
  controller_deployments
  workloads
  kube await ks/flux-system status.lastAppliedRevision "main@sha1:$(git -C "$work" rev-parse HEAD)" 60
  cat <<END

everything is up; Ctrl-C ends it

export KUBECONFIG=$KUBECONFIG    (contexts admin, reader, guest)
git      $git_url    (a clone of it, ready to commit and push: $work)
registry $registry    (push a tag: python3 $here/push.py image $registry/traefik/whoami:v1.12.0)
charts   $charts    (add a version: python3 $here/push.py chart greeter 1.2.0 $folder/charts $charts)
webhooks http://$webhooks    (of the notification controller)
logs     $folder/*.log
END
  # Of all that bash can wait for, only a program of its own is left at once when a signal comes.
  cat <"$folder/alive" 9>&- &
  wait $!
}
