//! What `homelab new-service` makes of its flags, of the user's own templates and of git.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::repo::Repo;
use crate::support::runner::answer;
use crate::support::scaffold::{committed, git, layout, session, state, write};

const TASKS: &str = "tasks --image ghcr.io/example/tasks:20260401020304 --port 8080";

/// Returns one file of a repository.
fn text(repo: &Repo, path: &str) -> String {
    fs::read_to_string(repo.path().join(path)).expect("a file")
}

#[test]
fn everything_at_once() {
    let repo = layout("documents");
    let line = format!(
        "{TASKS} --host tasks.home.example.org --description 'What to do' --secret DB_PASSWORD=tasks/db-password \
         --secret TOKEN=tasks/token --seal SMTP_PASSWORD --pvc data:5Gi:/data --nfs nas.lan:/media:/media \
         --env TZ=Europe/Berlin --env LIMIT=10 --probe /healthz --resources medium --node pi-1 --run-as 1000 \
         --network-policy --quota --policy timestamp --tile Kitchen --monitor --backup --tunnel \
         --pull-secret ghcr-pull"
    );
    let written = write(&repo, &line);
    assert_snapshot!(written.shown, @r#"
    status: 0
    --- stdout
    edit   clusters/home/backup/cronjob.yaml
    edit   clusters/home/dashboard/configmap.yaml
    edit   clusters/home/flux-system/services.yaml
    create clusters/home/tasks/deployment.yaml
    create clusters/home/tasks/external-secret.yaml
    create clusters/home/tasks/image-automation.yaml
    create clusters/home/tasks/ingress.yaml
    create clusters/home/tasks/kustomization.yaml
    create clusters/home/tasks/namespace.yaml
    create clusters/home/tasks/network-policy.yaml
    create clusters/home/tasks/pvc.yaml
    create clusters/home/tasks/resource-quota.yaml
    create clusters/home/tasks/service.yaml
    edit   clusters/home/tunnel/configmap.yaml
    edit   clusters/home/watch/deployment.yaml
    edit   clusters/home/watch/monitors.yaml

    diff --git a/clusters/home/backup/cronjob.yaml b/clusters/home/backup/cronjob.yaml
    --- a/clusters/home/backup/cronjob.yaml
    +++ b/clusters/home/backup/cronjob.yaml
    @@ -20,7 +20,7 @@
                     - -c
                     - |
                       set -eu
    -                  PVCS="recipes_recipes-data"
    +                  PVCS="recipes_recipes-data tasks_tasks-data"
                       for PVC in ${PVCS}; do
                         tar czf "/backup/${PVC}.tar.gz" -C "/volumes/${PVC}" .
                       done

    diff --git a/clusters/home/dashboard/configmap.yaml b/clusters/home/dashboard/configmap.yaml
    --- a/clusters/home/dashboard/configmap.yaml
    +++ b/clusters/home/dashboard/configmap.yaml
    @@ -8,7 +8,7 @@
         title: Home
         layout:
           Kitchen:
    -        columns: 1
    +        columns: 2
           Office:
             columns: 1
       services.yaml: |
    @@ -19,6 +19,11 @@
                 href: https://recipes.home.example.org
                 description: What to cook
                 siteMonitor: https://recipes.home.example.org
    +        - Tasks:
    +            icon: tasks.png
    +            href: https://tasks.home.example.org
    +            description: What to do
    +            siteMonitor: https://tasks.home.example.org/healthz
         - Office:
             - Notes:
                 icon: notes.png

    diff --git a/clusters/home/flux-system/services.yaml b/clusters/home/flux-system/services.yaml
    --- a/clusters/home/flux-system/services.yaml
    +++ b/clusters/home/flux-system/services.yaml
    @@ -159,3 +159,23 @@
         name: flux-system
       timeout: 5m
       wait: true
    +---
    +# 10. Tasks - What to do
    +apiVersion: kustomize.toolkit.fluxcd.io/v1
    +kind: Kustomization
    +metadata:
    +  name: tasks
    +  namespace: flux-system
    +spec:
    +  dependsOn:
    +    - name: vault-store
    +    - name: ingress
    +    - name: certificates
    +  interval: 10m
    +  path: ./clusters/home/tasks
    +  prune: true
    +  sourceRef:
    +    kind: GitRepository
    +    name: flux-system
    +  timeout: 5m
    +  wait: true

    diff --git a/clusters/home/tasks/deployment.yaml b/clusters/home/tasks/deployment.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/deployment.yaml
    @@ -0,0 +1,76 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: tasks
    +  namespace: tasks
    +  labels:
    +    app: tasks
    +spec:
    +  replicas: 1
    +  selector:
    +    matchLabels:
    +      app: tasks
    +  strategy:
    +    type: Recreate
    +  template:
    +    metadata:
    +      labels:
    +        app: tasks
    +    spec:
    +      nodeSelector:
    +        kubernetes.io/hostname: pi-1
    +      imagePullSecrets:
    +        - name: ghcr-pull
    +      securityContext:
    +        runAsNonRoot: true
    +        runAsUser: 1000
    +        runAsGroup: 1000
    +        fsGroup: 1000
    +        seccompProfile:
    +          type: RuntimeDefault
    +      containers:
    +        - name: tasks
    +          image: ghcr.io/example/tasks:20260401020304 # {"$imagepolicy": "flux-system:tasks"}
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          envFrom:
    +            - secretRef:
    +                name: tasks-secrets
    +            - secretRef:
    +                name: tasks-sealed
    +          env:
    +            - name: TZ
    +              value: Europe/Berlin
    +            - name: LIMIT
    +              value: "10"
    +          readinessProbe:
    +            httpGet:
    +              path: /healthz
    +              port: http
    +          livenessProbe:
    +            httpGet:
    +              path: /healthz
    +              port: http
    +            periodSeconds: 30
    +            timeoutSeconds: 5
    +            failureThreshold: 3
    +          resources:
    +            requests:
    +              cpu: 100m
    +              memory: 192Mi
    +            limits:
    +              memory: 512Mi
    +          volumeMounts:
    +            - name: data
    +              mountPath: /data
    +            - name: media
    +              mountPath: /media
    +      volumes:
    +        - name: data
    +          persistentVolumeClaim:
    +            claimName: tasks-data
    +        - name: media
    +          nfs:
    +            server: nas.lan
    +            path: /media

    diff --git a/clusters/home/tasks/external-secret.yaml b/clusters/home/tasks/external-secret.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/external-secret.yaml
    @@ -0,0 +1,19 @@
    +apiVersion: external-secrets.io/v1
    +kind: ExternalSecret
    +metadata:
    +  name: tasks-secrets
    +  namespace: tasks
    +spec:
    +  refreshInterval: 24h
    +  secretStoreRef:
    +    kind: ClusterSecretStore
    +    name: vault
    +  target:
    +    name: tasks-secrets
    +  data:
    +    - secretKey: DB_PASSWORD
    +      remoteRef:
    +        key: tasks/db-password
    +    - secretKey: TOKEN
    +      remoteRef:
    +        key: tasks/token

    diff --git a/clusters/home/tasks/image-automation.yaml b/clusters/home/tasks/image-automation.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/image-automation.yaml
    @@ -0,0 +1,50 @@
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImageRepository
    +metadata:
    +  name: tasks
    +  namespace: flux-system
    +spec:
    +  image: ghcr.io/example/tasks
    +  interval: 10m
    +  secretRef:
    +    name: ghcr-pull
    +---
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImagePolicy
    +metadata:
    +  name: tasks
    +  namespace: flux-system
    +spec:
    +  imageRepositoryRef:
    +    name: tasks
    +  filterTags:
    +    pattern: '^(?P<ts>[0-9]{14})$'
    +    extract: '$ts'
    +  policy:
    +    numerical:
    +      order: asc
    +---
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImageUpdateAutomation
    +metadata:
    +  name: tasks
    +  namespace: flux-system
    +spec:
    +  interval: 30m
    +  sourceRef:
    +    kind: GitRepository
    +    name: flux-system
    +  git:
    +    checkout:
    +      ref:
    +        branch: main
    +    commit:
    +      author:
    +        name: fluxbot
    +        email: fluxbot@example.org
    +      messageTemplate: 'chore: update tasks'
    +    push:
    +      branch: main
    +  update:
    +    path: ./clusters/home/tasks
    +    strategy: Setters

    diff --git a/clusters/home/tasks/ingress.yaml b/clusters/home/tasks/ingress.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/ingress.yaml
    @@ -0,0 +1,24 @@
    +apiVersion: networking.k8s.io/v1
    +kind: Ingress
    +metadata:
    +  name: tasks
    +  namespace: tasks
    +  annotations:
    +    cert-manager.io/cluster-issuer: letsencrypt
    +spec:
    +  ingressClassName: nginx
    +  tls:
    +    - hosts:
    +        - tasks.home.example.org
    +      secretName: tasks-tls
    +  rules:
    +    - host: tasks.home.example.org
    +      http:
    +        paths:
    +          - path: /
    +            pathType: Prefix
    +            backend:
    +              service:
    +                name: tasks
    +                port:
    +                  number: 80

    diff --git a/clusters/home/tasks/kustomization.yaml b/clusters/home/tasks/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/kustomization.yaml
    @@ -0,0 +1,12 @@
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +  - namespace.yaml
    +  - external-secret.yaml
    +  - pvc.yaml
    +  - deployment.yaml
    +  - service.yaml
    +  - ingress.yaml
    +  - network-policy.yaml
    +  - resource-quota.yaml
    +  - image-automation.yaml

    diff --git a/clusters/home/tasks/namespace.yaml b/clusters/home/tasks/namespace.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/namespace.yaml
    @@ -0,0 +1,6 @@
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: tasks
    +  labels:
    +    purpose: home

    diff --git a/clusters/home/tasks/network-policy.yaml b/clusters/home/tasks/network-policy.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/network-policy.yaml
    @@ -0,0 +1,20 @@
    +apiVersion: networking.k8s.io/v1
    +kind: NetworkPolicy
    +metadata:
    +  name: tasks
    +  namespace: tasks
    +spec:
    +  podSelector:
    +    matchLabels:
    +      app: tasks
    +  policyTypes:
    +    - Ingress
    +  ingress:
    +    - from:
    +        - podSelector: {}
    +        - namespaceSelector:
    +            matchLabels:
    +              kubernetes.io/metadata.name: ingress-nginx
    +      ports:
    +        - port: 8080
    +          protocol: TCP

    diff --git a/clusters/home/tasks/pvc.yaml b/clusters/home/tasks/pvc.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/pvc.yaml
    @@ -0,0 +1,12 @@
    +apiVersion: v1
    +kind: PersistentVolumeClaim
    +metadata:
    +  name: tasks-data
    +  namespace: tasks
    +spec:
    +  accessModes:
    +    - ReadWriteOnce
    +  storageClassName: local-path
    +  resources:
    +    requests:
    +      storage: 5Gi

    diff --git a/clusters/home/tasks/resource-quota.yaml b/clusters/home/tasks/resource-quota.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/resource-quota.yaml
    @@ -0,0 +1,11 @@
    +apiVersion: v1
    +kind: ResourceQuota
    +metadata:
    +  name: tasks
    +  namespace: tasks
    +spec:
    +  hard:
    +    pods: "10"
    +    requests.cpu: "1"
    +    requests.memory: 384Mi
    +    limits.memory: 1024Mi

    diff --git a/clusters/home/tasks/service.yaml b/clusters/home/tasks/service.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/service.yaml
    @@ -0,0 +1,12 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: tasks
    +  namespace: tasks
    +spec:
    +  selector:
    +    app: tasks
    +  ports:
    +    - name: http
    +      port: 80
    +      targetPort: http

    diff --git a/clusters/home/tunnel/configmap.yaml b/clusters/home/tunnel/configmap.yaml
    --- a/clusters/home/tunnel/configmap.yaml
    +++ b/clusters/home/tunnel/configmap.yaml
    @@ -11,5 +11,9 @@
           - hostname: notes.example.org
             service: http://notes.notes.svc.cluster.local:80
     
    +      # Tasks - What to do
    +      - hostname: tasks.home.example.org
    +        service: http://tasks.tasks.svc.cluster.local:80
    +
           # The rest
           - service: http_status:404

    diff --git a/clusters/home/watch/deployment.yaml b/clusters/home/watch/deployment.yaml
    --- a/clusters/home/watch/deployment.yaml
    +++ b/clusters/home/watch/deployment.yaml
    @@ -16,7 +16,7 @@
       template:
         metadata:
           annotations:
    -        example.org/monitors-revision: "2"   # starts it again
    +        example.org/monitors-revision: "3"   # starts it again
           labels:
             app: watch
         spec:

    diff --git a/clusters/home/watch/monitors.yaml b/clusters/home/watch/monitors.yaml
    --- a/clusters/home/watch/monitors.yaml
    +++ b/clusters/home/watch/monitors.yaml
    @@ -18,3 +18,10 @@
           "url": "https://notes.home.example.org/",
           "interval": 60
         }
    +  tasks.json: |
    +    {
    +      "type": "http",
    +      "name": "Tasks",
    +      "url": "https://tasks.home.example.org/healthz",
    +      "interval": 60
    +    }
    --- stderr
    note: the group `Kitchen` had as many columns as tiles, and gets 2
    note: the monitor is written like clusters/home/watch/monitors.yaml:14
    note: clusters/home/watch/deployment.yaml: `example.org/monitors-revision` goes from 2 to 3, so that the pod starts again
    "#);
    assert_snapshot!(written.objects, @"
    Kustomization flux-system/tasks
    Namespace -/tasks
    ResourceQuota tasks/tasks
    Service tasks/tasks
    PersistentVolumeClaim tasks/tasks-data
    Deployment tasks/tasks
    ExternalSecret tasks/tasks-secrets
    ImagePolicy flux-system/tasks
    ImageRepository flux-system/tasks
    ImageUpdateAutomation flux-system/tasks
    Ingress tasks/tasks
    NetworkPolicy tasks/tasks
    ");
    assert_snapshot!(written.said, @"
    status: 0
    --- stdout
    edit   clusters/home/backup/cronjob.yaml
    edit   clusters/home/dashboard/configmap.yaml
    edit   clusters/home/flux-system/services.yaml
    create clusters/home/tasks/deployment.yaml
    create clusters/home/tasks/external-secret.yaml
    create clusters/home/tasks/image-automation.yaml
    create clusters/home/tasks/ingress.yaml
    create clusters/home/tasks/kustomization.yaml
    create clusters/home/tasks/namespace.yaml
    create clusters/home/tasks/network-policy.yaml
    create clusters/home/tasks/pvc.yaml
    create clusters/home/tasks/resource-quota.yaml
    create clusters/home/tasks/service.yaml
    edit   clusters/home/tunnel/configmap.yaml
    edit   clusters/home/watch/deployment.yaml
    edit   clusters/home/watch/monitors.yaml
    --- stderr
    note: the group `Kitchen` had as many columns as tiles, and gets 2
    note: the monitor is written like clusters/home/watch/monitors.yaml:14
    note: clusters/home/watch/deployment.yaml: `example.org/monitors-revision` goes from 2 to 3, so that the pod starts again
    note: next: seal the Secret tasks-sealed: run `kubectl create secret generic tasks-sealed --namespace tasks --from-env-file=/dev/stdin --dry-run=client --output yaml | kubeseal --format yaml >clusters/home/tasks/sealed-secret.yaml`, type SMTP_PASSWORD=... and Ctrl-D, then list sealed-secret.yaml in the kustomization.yaml beside it, if there is one
    ");
}

#[test]
fn a_stateful_set_makes_its_own_claims() {
    let repo = layout("documents");
    write(
        &repo,
        &format!(
            "{TASKS} --workload statefulset --pvc data:5Gi:/data --prefer-node worker --resources none"
        ),
    );
    assert_snapshot!(text(&repo, "clusters/home/tasks/statefulset.yaml"), @r#"
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: tasks
      namespace: tasks
      labels:
        app: tasks
    spec:
      serviceName: tasks
      replicas: 1
      selector:
        matchLabels:
          app: tasks
      template:
        metadata:
          labels:
            app: tasks
        spec:
          automountServiceAccountToken: false
          affinity:
            nodeAffinity:
              preferredDuringSchedulingIgnoredDuringExecution:
                - weight: 100
                  preference:
                    matchExpressions:
                      - key: node-role.kubernetes.io/worker
                        operator: Exists
          securityContext:
            runAsNonRoot: true
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: tasks
              image: ghcr.io/example/tasks:20260401020304 # {"$imagepolicy": "flux-system:tasks"}
              ports:
                - name: http
                  containerPort: 8080
              startupProbe:
                tcpSocket:
                  port: http
                periodSeconds: 10
                timeoutSeconds: 5
                failureThreshold: 30
              readinessProbe:
                tcpSocket:
                  port: http
                periodSeconds: 10
                timeoutSeconds: 5
                failureThreshold: 3
              livenessProbe:
                tcpSocket:
                  port: http
                periodSeconds: 30
                timeoutSeconds: 5
                failureThreshold: 3
              securityContext:
                allowPrivilegeEscalation: false
                capabilities:
                  drop:
                    - ALL
              volumeMounts:
                - name: data
                  mountPath: /data
      volumeClaimTemplates:
        - metadata:
            name: data
          spec:
            accessModes:
              - ReadWriteOnce
            storageClassName: local-path
            resources:
              requests:
                storage: 5Gi
    "#);
    assert_snapshot!(text(&repo, "clusters/home/tasks/kustomization.yaml"), @"
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
      - namespace.yaml
      - statefulset.yaml
      - service.yaml
      - image-automation.yaml
    ");
}

#[test]
fn a_job_runs_by_the_clock() {
    let repo = layout("documents");
    write(
        &repo,
        "tidy --image ghcr.io/example/tidy:20260401020304 --schedule '15 4 * * 0' --env 'RULES={{ all }}'",
    );
    assert_snapshot!(text(&repo, "clusters/home/tidy/cronjob.yaml"), @r#"
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: tidy
      namespace: tidy
      labels:
        app: tidy
    spec:
      schedule: 15 4 * * 0
      concurrencyPolicy: Forbid
      successfulJobsHistoryLimit: 1
      failedJobsHistoryLimit: 3
      jobTemplate:
        spec:
          backoffLimit: 2
          template:
            metadata:
              labels:
                app: tidy
            spec:
              restartPolicy: Never
              automountServiceAccountToken: false
              securityContext:
                runAsNonRoot: true
                seccompProfile:
                  type: RuntimeDefault
              containers:
                - name: tidy
                  image: ghcr.io/example/tidy:20260401020304 # {"$imagepolicy": "flux-system:tidy"}
                  env:
                    - name: RULES
                      value: '{{ all }}'
                  resources:
                    requests:
                      cpu: 10m
                      memory: 32Mi
                    limits:
                      memory: 128Mi
                  securityContext:
                    allowPrivilegeEscalation: false
                    capabilities:
                      drop:
                        - ALL
    "#);
    assert_snapshot!(text(&repo, "clusters/home/tidy/kustomization.yaml"), @"
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
      - namespace.yaml
      - cronjob.yaml
      - image-automation.yaml
    ");
}

#[test]
fn a_release_has_values_for_everything() {
    let repo = layout("app-folder");
    let written = write(
        &repo,
        "radio --image docker.io/example/radio:1.2.3 --port 8080 --host radio.example.net --env 'MOTTO={{ x }}' \
         --pvc data:1Gi:/data --nfs nas.lan:/music:/music --probe /ping --run-as 568 --resources small --like films",
    );
    assert_snapshot!(text(&repo, "kubernetes/apps/media/radio/app/helmrelease.yaml"), @r#"
    ---
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata:
      name: radio
    spec:
      interval: 1h
      chartRef:
        kind: OCIRepository
        name: radio
      values:
        controllers:
          radio:
            containers:
              app:
                image:
                  repository: docker.io/example/radio
                  tag: 1.2.3
                env:
                  MOTTO: '{{ "{{" }} x }}'
                  TZ: Europe/Berlin
                probes:
                  liveness:
                    enabled: true
                    custom: true
                    spec:
                      httpGet:
                        path: /ping
                        port: 8080
                      periodSeconds: 30
                      timeoutSeconds: 5
                      failureThreshold: 3
                  readiness:
                    enabled: true
                    custom: true
                    spec:
                      httpGet:
                        path: /ping
                        port: 8080
                      periodSeconds: 10
                      timeoutSeconds: 5
                      failureThreshold: 3
                  startup:
                    enabled: true
                    spec:
                      failureThreshold: 30
                      periodSeconds: 10
                resources:
                  requests:
                    cpu: 25m
                    memory: 64Mi
                  limits:
                    memory: 256Mi
        defaultPodOptions:
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 568
            runAsGroup: 568
            fsGroup: 568
            seccompProfile:
              type: RuntimeDefault
        service:
          app:
            controller: radio
            ports:
              http:
                port: 8080
        route:
          app:
            hostnames:
              - "radio.example.net"
            parentRefs:
              - name: internal
                namespace: network
        persistence:
          data:
            existingClaim: radio-data
            globalMounts:
              - path: /data
          music:
            type: nfs
            server: nas.lan
            path: /music
            globalMounts:
              - path: /music
    "#);
    assert_snapshot!(written.objects, @"
    Kustomization media/radio
    PersistentVolumeClaim media/radio-data
    HelmRelease media/radio
    OCIRepository media/radio
    ");
}

#[test]
fn a_policy_follows_the_tags_in_a_file() {
    let repo = layout("documents");
    repo.write(
        "tags",
        b"1.4.1\n1.4.2\n1.5.0-rc.1\nlatest\n20260401020304\n20260501020304\n",
    );
    let policy = |wish: &str| {
        let line = format!(
            "new-service tasks --image ghcr.io/example/tasks --port 8080 --tags tags --offline --policy {wish} --dry-run"
        );
        let session = session(repo.path(), &line);
        let wanted = [
            "image: ", "pattern", "extract", "range", "order", "note", "error", "hint", "status",
        ];
        let lines = session
            .lines()
            .filter(|l| wanted.iter().any(|w| l.contains(w)));
        lines.map(|l| format!("{l}\n")).collect::<String>()
    };
    assert_snapshot!(policy("semver:>=1.4.0"), @r#"
    status: 0
    +          image: ghcr.io/example/tasks:1.4.2 # {"$imagepolicy": "flux-system:tasks"}
    +  image: ghcr.io/example/tasks
    +      range: '>=1.4.0'
    "#);
    assert_snapshot!(policy("timestamp"), @r#"
    status: 0
    +          image: ghcr.io/example/tasks:20260501020304 # {"$imagepolicy": "flux-system:tasks"}
    +  image: ghcr.io/example/tasks
    +    pattern: '^(?P<ts>[0-9]{14})$'
    +    extract: '$ts'
    +      order: asc
    "#);
    assert_snapshot!(policy("auto"), @r#"
    status: 0
    +          image: ghcr.io/example/tasks:1.4.2 # {"$imagepolicy": "flux-system:tasks"}
    +  image: ghcr.io/example/tasks
    +      range: '>=1.4.2 <2.0.0'
    "#);
    assert_snapshot!(policy("none"), @"
    status: 0
    +          image: ghcr.io/example/tasks:1.4.2
    ");
}

#[test]
fn one_service_is_mirrored() {
    let repo = layout("documents");
    let said = session(
        repo.path(),
        &format!("new-service {TASKS} --offline --like recipes --pvc data:1Gi:/data -v"),
    );
    assert!(
        said.contains("note: clusters/home/tasks/deployment.yaml mirrors clusters/home/recipes/deployment.yaml\n"),
        "{said}"
    );
    let own = text(&repo, "clusters/home/tasks/pvc.yaml");
    let theirs = text(&repo, "clusters/home/recipes/pvc.yaml");
    assert_eq!(
        own,
        theirs.replace("recipes", "tasks").replace("2Gi", "1Gi")
    );
}

#[test]
fn what_was_learnt_is_told_with_its_file() {
    let repo = layout("unit-per-app-found");
    let said = session(
        repo.path(),
        "new-service wall --image ghcr.io/example/wall:1.2.3 --port 8080 --host wall.lab.example.io --offline -v",
    );
    let (_, story) = said.split_once("--- stderr\n").expect("a story");
    assert_snapshot!(story, @"
    note: apps/wall/namespace.yaml mirrors apps/forge/namespace.yaml
    note: apps/wall/deployment.yaml mirrors apps/forge/deployment.yaml
    note: apps/wall/service.yaml mirrors apps/forge/service.yaml
    note: apps/wall/ingress.yaml mirrors apps/forge/ingress.yaml
    note: extension yaml (3 of 3, apps/forge/deployment.yaml:1)
    note: namespace {name} (3 of 3, apps/forge/deployment.yaml:5)
    note: the namespace is written in every object (3 of 3, apps/forge/deployment.yaml:5)
    note: files begin without --- (3 of 3, apps/forge/deployment.yaml:1)
    note: lists are indented (3 of 3, apps/forge/deployment.yaml:15)
    note: labels that select pods: app.kubernetes.io/name={name} (3 of 3, apps/forge/deployment.yaml:9)
    note: labels of namespaces: none (3 of 3, apps/forge/namespace.yaml:1)
    note: interval 15m (3 of 3, clusters/lab/forge.yaml:8)
    note: timeout left out (3 of 3, clusters/lab/forge.yaml:2)
    note: wait left out (3 of 3, clusters/lab/forge.yaml:2)
    note: targetNamespace left out (3 of 3, clusters/lab/forge.yaml:2)
    note: requests come through Ingress (3 of 3, apps/forge/ingress.yaml:7)
    note: ingress class traefik (3 of 3, apps/forge/ingress.yaml:7)
    note: host {name}.lab.example.io (3 of 3, apps/forge/ingress.yaml:9)
    note: port of a Service 3000 (1 of 3, apps/forge/service.yaml:10)
    note: node selector: none (3 of 3, apps/forge/deployment.yaml:15)
    ");
}

#[test]
fn own_templates_are_written_as_they_are() {
    let repo = layout("documents");
    let own = "# Ours, and nobody else's.\n\
               kind:   Service\n\
               apiVersion: v1\n\
               metadata: {name: {{ name }}, namespace: {{ namespace }}}\n\
               spec:\n\
               \x20   ports: [{port: {{ port }}}]\n";
    repo.write(".homelab/templates/service.yaml", own.as_bytes());
    committed(&repo);
    write(&repo, TASKS);
    assert_snapshot!(text(&repo, "clusters/home/tasks/service.yaml"), @"
    # Ours, and nobody else's.
    kind:   Service
    apiVersion: v1
    metadata: {name: tasks, namespace: tasks}
    spec:
        ports: [{port: 8080}]
    ");
}

#[test]
fn mistakes_in_own_templates_are_named() {
    let repo = layout("documents");
    let before = state(repo.path());
    let refused = |template: &str| {
        repo.write(".homelab/templates/service.yaml", template.as_bytes());
        let session = session(repo.path(), &format!("new-service {TASKS} --offline"));
        let mut after = state(repo.path());
        after.remove(".homelab/templates/service.yaml");
        assert_eq!(after, before);
        session
    };
    assert_snapshot!(refused("apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ nmae }}\n"), @"
    status: 2
    --- stderr
    error: .homelab/templates/service.yaml:4: `nmae` has no value
    ");
    assert_snapshot!(refused("apiVersion: v1\nkind: Service\nspec:\n  host: {{ host }}\n"), @"
    status: 2
    --- stderr
    error: .homelab/templates/service.yaml:4: `host` has no value
    ");
    assert_snapshot!(refused("apiVersion: v1\nkind: Service\n{% if port %}\n"), @"
    status: 2
    --- stderr
    error: .homelab/templates/service.yaml:3: syntax error: unexpected end of input, expected end of block
    ");
    assert_snapshot!(refused("apiVersion: v1\n  kind: [Service\n"), @"
    status: 2
    --- stderr
    error: .homelab/templates/service.yaml:2: gives no YAML at `kind: [Service`: mapping values are not allowed in this context
    ");
    assert_snapshot!(refused("just a text\n"), @"
    status: 2
    --- stderr
    error: .homelab/templates/service.yaml:1: gives no object
    ");
    assert_snapshot!(refused("kind: A\n---\nkind: B\n"), @"
    status: 2
    --- stderr
    error: .homelab/templates/service.yaml:3: gives several documents, and one is expected
    ");
}

#[test]
fn the_document_is_that_of_the_contract() {
    let repo = layout("listed-tree");
    let line = "new-service jam --image ghcr.io/example/jam:1.2.3 --port 8080 --offline -o json";
    let (status, json) = answer(repo.path(), &format!("{line} --dry-run"));
    let planned: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (status, &planned["written"]),
        (Some(0), &Value::Bool(false))
    );
    // The diffs are such that git takes them.
    let diffs = planned["files"].as_array().expect("files").iter();
    let diffs: String = diffs.map(|f| f["diff"].as_str().expect("a diff")).collect();
    let other = layout("listed-tree");
    fs::write(repo.path().join(".git/all.patch"), diffs).expect("a patch");
    let patch = repo.path().join(".git/all.patch");
    git(other.path(), &["apply", patch.to_str().expect("UTF-8")]);
    let (status, json) = answer(repo.path(), line);
    let written: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((status, &written["written"]), (Some(0), &Value::Bool(true)));
    assert_eq!(written["files"], planned["files"]);
    assert_eq!(state(repo.path()), state(other.path()));
    let keys: Vec<&String> = written.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "version", "files", "written", "commit", "pushed", "notes", "next"
        ]
    );
    let files = written["files"].as_array().expect("files").iter();
    let files: Vec<String> = files
        .map(|f| format!("{} {}", f["action"], f["path"]))
        .collect();
    assert_snapshot!(files.join("\n"), @r#"
    "create" "cluster/apps/jam/deployment.yaml"
    "create" "cluster/apps/jam/kustomization.yaml"
    "create" "cluster/apps/jam/namespace.yaml"
    "create" "cluster/apps/jam/service.yaml"
    "edit" "cluster/apps/kustomization.yaml"
    "#);
    // An error is no document.
    assert_snapshot!(session(repo.path(), line), @"
    status: 2
    --- stderr
    error: the folder `jam` exists already: cluster/apps/jam
    hint: choose another name; nothing is overwritten
    ");
}

#[test]
fn a_commit_is_named_as_others_are() {
    let subjects = |subject: &str| {
        let repo = layout("listed-tree");
        for n in 0..6 {
            let subject = subject.replace("{n}", &n.to_string());
            git(
                repo.path(),
                &["commit", "-q", "--allow-empty", "-m", &subject],
            );
        }
        repo.write("untracked", b"mine\n");
        let said = session(
            repo.path(),
            "new-service jam --image ghcr.io/example/jam:1.2.3 --port 8080 --description 'What to spread' --offline --commit",
        );
        assert!(said.starts_with("status: 0\n"), "{said}");
        assert_eq!(
            git(repo.path(), &["status", "--porcelain"]),
            "?? untracked\n"
        );
        let files = git(repo.path(), &["show", "--format=", "--name-only"]);
        assert_eq!(files.lines().count(), 5, "{files}");
        git(repo.path(), &["log", "-1", "--format=%B"])
            .trim_end()
            .to_owned()
    };
    assert_snapshot!(subjects("feat(tea): add tea {n}"), @"
    feat(jam): add jam

    What to spread
    ");
    assert_snapshot!(subjects("Add tea {n}"), @"
    Add jam

    What to spread
    ");
    assert_snapshot!(subjects("add tea {n}"), @"
    add jam

    What to spread
    ");
}

#[test]
fn a_tree_with_other_changes_is_no_hindrance() {
    let repo = layout("listed-tree");
    repo.write(
        "cluster/apps/tea/service.yaml",
        b"apiVersion: v1\nkind: Service\nmetadata:\n  name: tea\n  namespace: tea\n",
    );
    let said = session(
        repo.path(),
        "new-service jam --image ghcr.io/example/jam:1.2.3 --port 8080 --offline --commit",
    );
    assert!(said.starts_with("status: 0\n"), "{said}");
    assert_eq!(
        git(repo.path(), &["status", "--porcelain"]),
        " M cluster/apps/tea/service.yaml\n"
    );
}

#[test]
fn requests_come_in_by_the_chosen_door() {
    let door = |kind: &str| {
        let repo = Repo::new();
        assert_eq!(answer(repo.path(), "init").0, Some(0));
        committed(&repo);
        write(
            &repo,
            &format!(
                "{TASKS} --host tasks.example.org --ingress {kind} --network-policy --run-as 0"
            ),
        );
        let all =
            ["ingress", "network-policy"].map(|f| text(&repo, &format!("apps/tasks/{f}.yaml")));
        let wanted = [
            "ingressClassName",
            "host",
            "- tasks",
            "metadata.name",
            "router",
        ];
        let lines = all.iter().flat_map(|t| t.lines());
        let lines = lines.filter(|l| wanted.iter().any(|w| l.contains(w)));
        lines.map(|l| format!("{}\n", l.trim())).collect::<String>()
    };
    assert_snapshot!(door("nginx"), @"
    ingressClassName: nginx
    - host: tasks.example.org
    kubernetes.io/metadata.name: ingress-nginx
    ");
    assert_snapshot!(door("traefik"), @"
    traefik.ingress.kubernetes.io/router.entrypoints: web
    ingressClassName: traefik
    - host: tasks.example.org
    kubernetes.io/metadata.name: kube-system
    ");
    assert_snapshot!(door("tailscale"), @"
    ingressClassName: tailscale
    - hosts:
    - tasks
    kubernetes.io/metadata.name: tailscale
    ");
}

#[test]
fn a_service_joins_others_in_their_namespace() {
    for place in [
        "--folder kubernetes/apps/games/",
        "--target-namespace games",
        "--like chess",
    ] {
        let repo = layout("app-folder");
        let written = write(
            &repo,
            &format!("cards --image docker.io/example/cards:1.2.3 --port 8080 {place}"),
        );
        assert!(
            written
                .shown
                .contains("\nedit   kubernetes/apps/games/kustomization.yaml\n"),
            "{}",
            written.shown
        );
        assert_eq!(
            written.objects,
            "Kustomization games/cards\nHelmRelease games/cards\nOCIRepository games/cards\n",
            "{place}"
        );
    }
}

#[test]
fn nobody_is_told_to_seal_over_a_file_that_is_there() {
    let sealed = |name: &str| {
        let repo = layout(name);
        let said = session(
            repo.path(),
            &format!("new-service {TASKS} --seal TOKEN --offline"),
        );
        let (_, command) = said
            .split_once("kubeseal --format yaml >")
            .expect("a command");
        let path = command.split('`').next().expect("a path").to_owned();
        assert!(!repo.path().join(&path).exists(), "{path}");
        path
    };
    assert_eq!(
        sealed("documents"),
        "clusters/home/tasks/sealed-secret.yaml"
    );
    assert_eq!(sealed("found-tree"), "cluster/apps/tasks/sealed-secret.yml");
    assert_eq!(sealed("one-file"), "clusters/solo/tasks-sealed-secret.yaml");
}

#[test]
fn the_example_takes_another_service() {
    let repo = Repo::new();
    assert_eq!(answer(repo.path(), "init --example").0, Some(0));
    committed(&repo);
    let written = write(
        &repo,
        "notes --image ghcr.io/example/notes:1.4.2 --port 8080 --host notes.home.example.com --tile tools \
         --pvc data:1Gi:/data --description 'What to remember'",
    );
    assert_snapshot!(written.objects, @"
    Namespace -/notes
    Service notes/notes
    PersistentVolumeClaim notes/notes-data
    Deployment notes/notes
    ImagePolicy flux-system/notes
    ImageRepository flux-system/notes
    Ingress notes/notes
    ");
    assert_snapshot!(written.said, @"
    status: 0
    --- stdout
    edit   apps/homepage/configmap.yaml
    edit   apps/kustomization.yaml
    create apps/notes/deployment.yaml
    create apps/notes/image-policy.yaml
    create apps/notes/ingress.yaml
    create apps/notes/kustomization.yaml
    create apps/notes/namespace.yaml
    create apps/notes/pvc.yaml
    create apps/notes/service.yaml
    --- stderr
    note: the group `Tools` had as many columns as tiles, and gets 2
    note: next: When Flux has applied it, run `kubectl rollout restart -n homepage deployment/homepage`, which reads its ConfigMap only when it starts.
    ");
}

/// Makes a repository in `lab` and a folder `app` beside it.
fn with_app() -> Repo {
    let around = Repo::new();
    let from = layout("documents");
    for (path, bytes) in state(from.path()) {
        around.write(&format!("lab/{path}"), &bytes);
    }
    around.write("app/Dockerfile", b"FROM scratch\n");
    for dir in ["lab", "app"] {
        let dir = around.path().join(dir);
        git(&dir, &["init", "-q", "-b", "main"]);
        git(&dir, &["config", "user.name", "me"]);
        git(&dir, &["config", "user.email", "me@example.com"]);
        git(&dir, &["add", "-A"]);
        git(&dir, &["commit", "-q", "-m", "all"]);
    }
    around
}

#[test]
fn the_application_gets_a_workflow() {
    let around = with_app();
    let lab = around.path().join("lab");
    let line = format!("new-service {TASKS} --offline --publish-workflow ../app");
    let before = state(around.path());
    let shown = session(&lab, &format!("{line} --dry-run"));
    assert_eq!(state(around.path()), before);
    assert!(
        shown.contains("\ncreate ../app/.github/workflows/publish.yaml\n"),
        "{shown}"
    );
    assert!(
        shown.contains("\n+          images: ghcr.io/example/tasks\n"),
        "{shown}"
    );
    let (_, json) = answer(&lab, &format!("{line} --dry-run -o json"));
    let document: Value = serde_json::from_str(&json).expect("JSON");
    let files = document["files"].as_array().expect("files");
    assert_eq!(
        files.last().expect("a file")["path"],
        "../app/.github/workflows/publish.yaml"
    );
    assert_snapshot!(session(&lab, &format!("{line} --commit")), @"
    status: 0
    --- stdout
    edit   clusters/home/flux-system/services.yaml
    create clusters/home/tasks/deployment.yaml
    create clusters/home/tasks/image-automation.yaml
    create clusters/home/tasks/kustomization.yaml
    create clusters/home/tasks/namespace.yaml
    create clusters/home/tasks/service.yaml
    create ../app/.github/workflows/publish.yaml
    --- stderr
    note: the commit is called `add tasks`
    note: committed as [ID]
    note: next: Commit ../app/.github/workflows/publish.yaml and push it to GitHub: each push to main builds the image for arm64 and amd64 from the Dockerfile.
    ");
    assert_snapshot!(text(&around, "app/.github/workflows/publish.yaml"), @"
    name: publish

    on:
      push:
        branches:
          - main
      workflow_dispatch:

    permissions:
      contents: read
      packages: write

    concurrency:
      group: publish
      cancel-in-progress: true

    jobs:
      image:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
          # The nodes are Raspberry Pis (arm64) and PCs (amd64); what this machine is not, QEMU plays.
          - uses: docker/setup-qemu-action@v4
          - uses: docker/setup-buildx-action@v4
          - uses: docker/login-action@v4
            with:
              registry: ghcr.io
              username: ${{ github.actor }}
              password: ${{ secrets.GITHUB_TOKEN }}
          - uses: docker/metadata-action@v6
            id: meta
            with:
              images: ghcr.io/example/tasks
              # The timestamp is what Flux chooses by: the newest build is the largest number.
              tags: |
                type=raw,value={{date 'YYYYMMDDHHmmss'}}
                type=sha,prefix=,format=long
                type=raw,value=latest
          - uses: docker/build-push-action@v7
            with:
              context: .
              platforms: linux/amd64,linux/arm64
              push: true
              tags: ${{ steps.meta.outputs.tags }}
              labels: ${{ steps.meta.outputs.labels }}
              cache-from: type=gha
              cache-to: type=gha,mode=max
    ");
    // What is not ours to commit is not committed.
    assert_eq!(git(&lab, &["status", "--porcelain"]), "");
    assert_eq!(
        git(&around.path().join("app"), &["status", "--porcelain"]),
        "?? .github/\n"
    );
}

#[test]
fn a_workflow_is_written_with_the_rest_or_not_at_all() {
    let around = with_app();
    let lab = around.path().join("lab");
    let line = |dir: &str| format!("new-service {TASKS} --offline --publish-workflow {dir}");
    let refused = |dir: &str| {
        let before = state(around.path());
        let session = session(&lab, &line(dir));
        assert_eq!(state(around.path()), before);
        session.replace(
            &around
                .path()
                .canonicalize()
                .expect("a folder")
                .display()
                .to_string(),
            "[AROUND]",
        )
    };
    assert_snapshot!(refused("../nowhere"), @"
    status: 3
    --- stderr
    error: [DIR]/../nowhere: no such file or folder
    ");
    assert_snapshot!(refused("../app/Dockerfile"), @"
    status: 3
    --- stderr
    error: [DIR]/../app/Dockerfile: is no folder
    ");
    around.write("app/.gitignore", b"/.github/\n");
    assert_snapshot!(refused("../app"), @"
    status: 2
    --- stderr
    error: git would ignore ../app/.github/workflows/publish.yaml (.gitignore:1 says `/.github/`)
    hint: GitHub runs only what is committed: take that line away
    ");
    around.write("app/.gitignore", b"");
    around.write("app/.github/workflows/publish.yaml", b"name: mine\n");
    assert_snapshot!(refused("../app"), @"
    status: 2
    --- stderr
    error: ../app/.github/workflows/publish.yaml exists already, and files are never overwritten
    ");
    fs::remove_file(around.path().join("app/.github/workflows/publish.yaml")).expect("a file");
    fs::remove_dir(around.path().join("app/.github/workflows")).expect("a folder");
    around.write(
        "app/.github/workflows",
        b"a file where a folder should be\n",
    );
    assert_snapshot!(refused("../app"), @"
    status: 3
    --- stderr
    error: ../app/.github/workflows/publish.yaml: not a directory
    ");
}

#[test]
fn a_workflow_that_does_not_fit_is_told() {
    let around = with_app();
    let lab = around.path().join("lab");
    around.write("app/web/Dockerfile", b"FROM scratch\n");
    let told = |line: &str| {
        let session = session(
            &lab,
            &format!("new-service tasks --port 8080 --offline --dry-run {line}"),
        );
        let notes = session
            .lines()
            .filter(|l| l.starts_with("note: ") || l.contains("  images: "));
        notes.map(|l| format!("{l}\n")).collect::<String>()
    };
    assert_snapshot!(told("--image docker.io/example/tasks:1.2.3 --policy semver:1.x --publish-workflow ../app/web"), @"
    +          images: ghcr.io/${{ github.repository }}
    note: ../app/web/.github/workflows/publish.yaml is not at the top of its git repository, and GitHub runs only what is there
    note: ../app/web/.github/workflows/publish.yaml pushes to ghcr.io, and the service runs docker.io/example/tasks
    note: ../app/web/.github/workflows/publish.yaml tags images with the time, which the policy of versions never selects: `--policy timestamp`
    ");
    assert_snapshot!(told("--image ghcr.io/example/tasks:20260401020304 --publish-workflow ."), @"+          images: ghcr.io/example/tasks");
}
