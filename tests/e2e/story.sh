# The story of the end-to-end run: a homelab from an empty folder to the first commit of Flux's image automation.

# The first tag that was there, and the one that comes while Flux runs; beside them, what the policy has to pass over.
image_first=1.4.2
image_next=1.5.0

play() {
  step "a homelab, and a service in it"
  python3 "$here/push.py" image "$registry"/notes:{$image_first,latest}
  new_repository "$folder/work"
  "$homelab" -C "$work" new-service notes --image "$registry/notes:$image_first" --port 8080 --policy semver:1.x --offline --yes
  to_loopback "$registry"
  "$homelab" -C "$work" lint --fail-on error
  push "feat: a homelab with notes"

  step "Flux takes it"
  bootstrap
  reconcile git/flux-system
  reconcile ks/flux-system
  reconcile ks/infrastructure
  reconcile ks/apps
  same "the Deployment runs" "$(image_in_cluster)" "$registry/notes:$image_first"

  step "a newer tag, and one that the policy passes over"
  python3 "$here/push.py" image "$registry"/notes:{$image_next,2.0.0}
  reconcile imgrepo/notes
  reconcile imgpol/notes
  same "the policy selects" "$(kube get imgpol/notes status.latestRef.tag)" "$image_next"
  reconcile imgauto/notes

  step "what the automation committed"
  git -C "$work" pull -q --ff-only origin main
  git -C "$work" log -1 --format='%an <%ae>%n%n%B' --patch
  same "commits" "$(git -C "$work" rev-list --count HEAD)" 2
  same "lines that it changed" "$(git -C "$work" diff --numstat HEAD~1 | cut -f 1,2)" $'1\t1'
  grep -qF "image: $registry/notes:$image_next # {\"\$imagepolicy\": \"flux-system:notes\"}" "$work/apps/notes/deployment.yaml"

  step "Flux applies its commit"
  reconcile git/flux-system
  reconcile ks/apps
  same "the Deployment runs" "$(image_in_cluster)" "$registry/notes:$image_next"
  printf '\n==> the story ends well (at %ds)\n' $((SECONDS - started))
}

image_in_cluster() {
  kube get deploy/notes/notes spec.template.spec.containers |
    python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["image"])'
}
