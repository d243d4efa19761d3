//! `homelab new-service` as a session in a repository of each layout: what it shows, what it writes, and what stays.

use insta::assert_snapshot;

use crate::support::repo::Repo;
use crate::support::runner::answer;
use crate::support::scaffold::{State, committed, layout, only_adds, state, write, write_in};

/// Checks that edits add lines and change none.
fn edits_only_add(before: &State, after: &State) {
    for (path, old) in before {
        let new = &after[path];
        assert!(only_adds(old, new), "{path}");
    }
}

#[test]
fn documents_of_one_file_are_numbered() {
    let repo = layout("documents");
    let before = state(repo.path());
    let written = write(
        &repo,
        "tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --host tasks.home.example.org --description 'What to do'",
    );
    assert_snapshot!(written.shown, @r#"
    status: 0
    --- stdout
    edit   clusters/home/flux-system/services.yaml
    create clusters/home/tasks/deployment.yaml
    create clusters/home/tasks/image-automation.yaml
    create clusters/home/tasks/ingress.yaml
    create clusters/home/tasks/kustomization.yaml
    create clusters/home/tasks/namespace.yaml
    create clusters/home/tasks/service.yaml

    diff --git a/clusters/home/flux-system/services.yaml b/clusters/home/flux-system/services.yaml
    --- a/clusters/home/flux-system/services.yaml
    +++ b/clusters/home/flux-system/services.yaml
    @@ -159,3 +159,22 @@
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
    @@ -0,0 +1,34 @@
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
    +      containers:
    +        - name: tasks
    +          image: ghcr.io/example/tasks:20260401020304 # {"$imagepolicy": "flux-system:tasks"}
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          readinessProbe:
    +            tcpSocket:
    +              port: http
    +          resources:
    +            requests:
    +              cpu: 20m
    +              memory: 64Mi
    +            limits:
    +              memory: 192Mi

    diff --git a/clusters/home/tasks/image-automation.yaml b/clusters/home/tasks/image-automation.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/home/tasks/image-automation.yaml
    @@ -0,0 +1,48 @@
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImageRepository
    +metadata:
    +  name: tasks
    +  namespace: flux-system
    +spec:
    +  image: ghcr.io/example/tasks
    +  interval: 10m
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
    @@ -0,0 +1,8 @@
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +  - namespace.yaml
    +  - deployment.yaml
    +  - service.yaml
    +  - ingress.yaml
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
    "#);
    assert_snapshot!(written.objects, @"
    Kustomization flux-system/tasks
    Namespace -/tasks
    Service tasks/tasks
    Deployment tasks/tasks
    ImagePolicy flux-system/tasks
    ImageRepository flux-system/tasks
    ImageUpdateAutomation flux-system/tasks
    Ingress tasks/tasks
    ");
    edits_only_add(&before, &written.state);
}

#[test]
fn a_kustomization_stands_beside_each_app() {
    let repo = layout("app-folder");
    let before = state(repo.path());
    let written = write(
        &repo,
        "radio --image docker.io/example/radio:1.2.3 --port 8080 --host radio.example.net",
    );
    assert_snapshot!(written.shown, @r#"
    status: 0
    --- stdout
    edit   kubernetes/apps/media/kustomization.yaml
    create kubernetes/apps/media/radio/app/helmrelease.yaml
    create kubernetes/apps/media/radio/app/kustomization.yaml
    create kubernetes/apps/media/radio/app/ocirepository.yaml
    create kubernetes/apps/media/radio/ks.yaml

    diff --git a/kubernetes/apps/media/kustomization.yaml b/kubernetes/apps/media/kustomization.yaml
    --- a/kubernetes/apps/media/kustomization.yaml
    +++ b/kubernetes/apps/media/kustomization.yaml
    @@ -7,3 +7,4 @@
       - ./films/ks.yaml
       - ./music/ks.yaml
       - ./photos/ks.yaml
    +  - ./radio/ks.yaml

    diff --git a/kubernetes/apps/media/radio/app/helmrelease.yaml b/kubernetes/apps/media/radio/app/helmrelease.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/media/radio/app/helmrelease.yaml
    @@ -0,0 +1,39 @@
    +---
    +apiVersion: helm.toolkit.fluxcd.io/v2
    +kind: HelmRelease
    +metadata:
    +  name: radio
    +spec:
    +  interval: 1h
    +  chartRef:
    +    kind: OCIRepository
    +    name: radio
    +  values:
    +    controllers:
    +      radio:
    +        containers:
    +          app:
    +            image:
    +              repository: docker.io/example/radio
    +              tag: 1.2.3
    +            env:
    +              TZ: Europe/Berlin
    +            resources:
    +              requests:
    +                cpu: 10m
    +                memory: 128Mi
    +              limits:
    +                memory: 512Mi
    +    service:
    +      app:
    +        controller: radio
    +        ports:
    +          http:
    +            port: 8080
    +    route:
    +      app:
    +        hostnames:
    +          - "radio.example.net"
    +        parentRefs:
    +          - name: internal
    +            namespace: network

    diff --git a/kubernetes/apps/media/radio/app/kustomization.yaml b/kubernetes/apps/media/radio/app/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/media/radio/app/kustomization.yaml
    @@ -0,0 +1,6 @@
    +---
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +  - ./helmrelease.yaml
    +  - ./ocirepository.yaml

    diff --git a/kubernetes/apps/media/radio/app/ocirepository.yaml b/kubernetes/apps/media/radio/app/ocirepository.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/media/radio/app/ocirepository.yaml
    @@ -0,0 +1,13 @@
    +---
    +apiVersion: source.toolkit.fluxcd.io/v1
    +kind: OCIRepository
    +metadata:
    +  name: radio
    +spec:
    +  interval: 15m
    +  layerSelector:
    +    mediaType: application/vnd.cncf.helm.chart.content.v1.tar+gzip
    +    operation: copy
    +  ref:
    +    tag: 4.3.0
    +  url: oci://ghcr.io/bjw-s-labs/helm/app-template

    diff --git a/kubernetes/apps/media/radio/ks.yaml b/kubernetes/apps/media/radio/ks.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/media/radio/ks.yaml
    @@ -0,0 +1,18 @@
    +---
    +apiVersion: kustomize.toolkit.fluxcd.io/v1
    +kind: Kustomization
    +metadata:
    +  name: &app radio
    +spec:
    +  commonMetadata:
    +    labels:
    +      app.kubernetes.io/name: *app
    +  interval: 30m
    +  path: ./kubernetes/apps/media/radio/app
    +  prune: true
    +  sourceRef:
    +    kind: GitRepository
    +    name: flux-system
    +    namespace: flux-system
    +  targetNamespace: media
    +  wait: false
    "#);
    assert_snapshot!(written.objects, @"
    Kustomization media/radio
    HelmRelease media/radio
    OCIRepository media/radio
    ");
    edits_only_add(&before, &written.state);
}

#[test]
fn a_new_namespace_gets_a_folder_like_the_others() {
    let repo = layout("app-folder");
    let before = state(repo.path());
    let written = write(
        &repo,
        "heating --image docker.io/example/heating:1.2.3 --port 8080 --target-namespace house",
    );
    assert_snapshot!(written.shown, @"
    status: 0
    --- stdout
    create kubernetes/apps/house/heating/app/helmrelease.yaml
    create kubernetes/apps/house/heating/app/kustomization.yaml
    create kubernetes/apps/house/heating/app/ocirepository.yaml
    create kubernetes/apps/house/heating/ks.yaml
    create kubernetes/apps/house/kustomization.yaml
    create kubernetes/apps/house/namespace.yaml
    edit   kubernetes/apps/kustomization.yaml

    diff --git a/kubernetes/apps/house/heating/app/helmrelease.yaml b/kubernetes/apps/house/heating/app/helmrelease.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/house/heating/app/helmrelease.yaml
    @@ -0,0 +1,32 @@
    +---
    +apiVersion: helm.toolkit.fluxcd.io/v2
    +kind: HelmRelease
    +metadata:
    +  name: heating
    +spec:
    +  interval: 1h
    +  chartRef:
    +    kind: OCIRepository
    +    name: heating
    +  values:
    +    controllers:
    +      heating:
    +        containers:
    +          app:
    +            image:
    +              repository: docker.io/example/heating
    +              tag: 1.2.3
    +            env:
    +              TZ: Europe/Berlin
    +            resources:
    +              requests:
    +                cpu: 10m
    +                memory: 128Mi
    +              limits:
    +                memory: 512Mi
    +    service:
    +      app:
    +        controller: heating
    +        ports:
    +          http:
    +            port: 8080

    diff --git a/kubernetes/apps/house/heating/app/kustomization.yaml b/kubernetes/apps/house/heating/app/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/house/heating/app/kustomization.yaml
    @@ -0,0 +1,6 @@
    +---
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +  - ./helmrelease.yaml
    +  - ./ocirepository.yaml

    diff --git a/kubernetes/apps/house/heating/app/ocirepository.yaml b/kubernetes/apps/house/heating/app/ocirepository.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/house/heating/app/ocirepository.yaml
    @@ -0,0 +1,13 @@
    +---
    +apiVersion: source.toolkit.fluxcd.io/v1
    +kind: OCIRepository
    +metadata:
    +  name: heating
    +spec:
    +  interval: 15m
    +  layerSelector:
    +    mediaType: application/vnd.cncf.helm.chart.content.v1.tar+gzip
    +    operation: copy
    +  ref:
    +    tag: 4.3.0
    +  url: oci://ghcr.io/bjw-s-labs/helm/app-template

    diff --git a/kubernetes/apps/house/heating/ks.yaml b/kubernetes/apps/house/heating/ks.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/house/heating/ks.yaml
    @@ -0,0 +1,18 @@
    +---
    +apiVersion: kustomize.toolkit.fluxcd.io/v1
    +kind: Kustomization
    +metadata:
    +  name: &app heating
    +spec:
    +  commonMetadata:
    +    labels:
    +      app.kubernetes.io/name: *app
    +  interval: 30m
    +  path: ./kubernetes/apps/house/heating/app
    +  prune: true
    +  sourceRef:
    +    kind: GitRepository
    +    name: flux-system
    +    namespace: flux-system
    +  targetNamespace: house
    +  wait: false

    diff --git a/kubernetes/apps/house/kustomization.yaml b/kubernetes/apps/house/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/house/kustomization.yaml
    @@ -0,0 +1,7 @@
    +---
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +namespace: house
    +resources:
    +  - ./namespace.yaml
    +  - ./heating/ks.yaml

    diff --git a/kubernetes/apps/house/namespace.yaml b/kubernetes/apps/house/namespace.yaml
    new file mode 100644
    --- /dev/null
    +++ b/kubernetes/apps/house/namespace.yaml
    @@ -0,0 +1,7 @@
    +---
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: house
    +  labels:
    +    kustomize.toolkit.fluxcd.io/prune: disabled

    diff --git a/kubernetes/apps/kustomization.yaml b/kubernetes/apps/kustomization.yaml
    --- a/kubernetes/apps/kustomization.yaml
    +++ b/kubernetes/apps/kustomization.yaml
    @@ -2,4 +2,5 @@
     kind: Kustomization
     resources:
       - ./games
    +  - ./house
       - ./media
    ");
    assert_snapshot!(written.objects, @"
    Namespace -/house
    Kustomization house/heating
    HelmRelease house/heating
    OCIRepository house/heating
    ");
    edits_only_add(&before, &written.state);
}

#[test]
fn a_base_is_listed_by_every_overlay() {
    let repo = layout("base-overlay");
    let before = state(repo.path());
    let written = write_in(
        &repo,
        "wall --image ghcr.io/example/wall:1.2.3 --port 8080 --host wall.example.com",
        "--cluster production",
    );
    assert_snapshot!(written.shown, @"
    status: 0
    --- stdout
    create apps/base/wall/deployment.yaml
    create apps/base/wall/ingress.yaml
    create apps/base/wall/kustomization.yaml
    create apps/base/wall/namespace.yaml
    create apps/base/wall/service.yaml
    edit   apps/production/kustomization.yaml
    edit   apps/staging/kustomization.yaml

    diff --git a/apps/base/wall/deployment.yaml b/apps/base/wall/deployment.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/base/wall/deployment.yaml
    @@ -0,0 +1,26 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: wall
    +  namespace: wall
    +spec:
    +  selector:
    +    matchLabels:
    +      app.kubernetes.io/name: wall
    +  template:
    +    metadata:
    +      labels:
    +        app.kubernetes.io/name: wall
    +    spec:
    +      containers:
    +        - name: wall
    +          image: ghcr.io/example/wall:1.2.3
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          resources:
    +            requests:
    +              cpu: 10m
    +              memory: 32Mi
    +            limits:
    +              memory: 128Mi

    diff --git a/apps/base/wall/ingress.yaml b/apps/base/wall/ingress.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/base/wall/ingress.yaml
    @@ -0,0 +1,18 @@
    +apiVersion: networking.k8s.io/v1
    +kind: Ingress
    +metadata:
    +  name: wall
    +  namespace: wall
    +spec:
    +  ingressClassName: traefik
    +  rules:
    +    - host: wall.example.com
    +      http:
    +        paths:
    +          - path: /
    +            pathType: Prefix
    +            backend:
    +              service:
    +                name: wall
    +                port:
    +                  number: 8080

    diff --git a/apps/base/wall/kustomization.yaml b/apps/base/wall/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/base/wall/kustomization.yaml
    @@ -0,0 +1,7 @@
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +  - namespace.yaml
    +  - deployment.yaml
    +  - service.yaml
    +  - ingress.yaml

    diff --git a/apps/base/wall/namespace.yaml b/apps/base/wall/namespace.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/base/wall/namespace.yaml
    @@ -0,0 +1,4 @@
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: wall

    diff --git a/apps/base/wall/service.yaml b/apps/base/wall/service.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/base/wall/service.yaml
    @@ -0,0 +1,12 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: wall
    +  namespace: wall
    +spec:
    +  selector:
    +    app.kubernetes.io/name: wall
    +  ports:
    +    - name: http
    +      port: 8080
    +      targetPort: 8080

    diff --git a/apps/production/kustomization.yaml b/apps/production/kustomization.yaml
    --- a/apps/production/kustomization.yaml
    +++ b/apps/production/kustomization.yaml
    @@ -4,3 +4,4 @@
       - ../base/blog
       - ../base/feeds
       - ../base/links
    +  - ../base/wall

    diff --git a/apps/staging/kustomization.yaml b/apps/staging/kustomization.yaml
    --- a/apps/staging/kustomization.yaml
    +++ b/apps/staging/kustomization.yaml
    @@ -3,5 +3,6 @@
     resources:
       - ../base/blog
       - ../base/feeds
    +  - ../base/wall
     patches:
       - path: blog-replicas.yaml
    ");
    assert_snapshot!(written.objects, @"
    Namespace -/wall
    Service wall/wall
    Deployment wall/wall
    Ingress wall/wall
    ");
    edits_only_add(&before, &written.state);
    let (_, staging) = answer(repo.path(), "build -q --cluster staging");
    assert!(staging.contains("image: ghcr.io/example/wall:1.2.3"));
}

#[test]
fn a_kustomization_of_its_own_is_listed() {
    let repo = layout("unit-per-app");
    let before = state(repo.path());
    let written = write(
        &repo,
        "wall --image ghcr.io/example/wall:1.2.3 --port 8080 --depends-on paper",
    );
    assert_snapshot!(written.shown, @"
    status: 0
    --- stdout
    create apps/wall/deployment.yaml
    create apps/wall/kustomization.yaml
    create apps/wall/namespace.yaml
    create apps/wall/service.yaml
    edit   clusters/lab/apps/kustomization.yaml
    create clusters/lab/apps/wall.yaml

    diff --git a/apps/wall/deployment.yaml b/apps/wall/deployment.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/deployment.yaml
    @@ -0,0 +1,25 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: wall
    +spec:
    +  selector:
    +    matchLabels:
    +      app.kubernetes.io/name: wall
    +  template:
    +    metadata:
    +      labels:
    +        app.kubernetes.io/name: wall
    +    spec:
    +      containers:
    +        - name: wall
    +          image: ghcr.io/example/wall:1.2.3
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          resources:
    +            requests:
    +              cpu: 10m
    +              memory: 32Mi
    +            limits:
    +              memory: 128Mi

    diff --git a/apps/wall/kustomization.yaml b/apps/wall/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/kustomization.yaml
    @@ -0,0 +1,7 @@
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +namespace: wall
    +resources:
    +  - namespace.yaml
    +  - deployment.yaml
    +  - service.yaml

    diff --git a/apps/wall/namespace.yaml b/apps/wall/namespace.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/namespace.yaml
    @@ -0,0 +1,4 @@
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: wall

    diff --git a/apps/wall/service.yaml b/apps/wall/service.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/service.yaml
    @@ -0,0 +1,11 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: wall
    +spec:
    +  selector:
    +    app.kubernetes.io/name: wall
    +  ports:
    +    - name: http
    +      port: 8080
    +      targetPort: 8080

    diff --git a/clusters/lab/apps/kustomization.yaml b/clusters/lab/apps/kustomization.yaml
    --- a/clusters/lab/apps/kustomization.yaml
    +++ b/clusters/lab/apps/kustomization.yaml
    @@ -3,4 +3,5 @@
     resources:
       - forge.yaml
       - paper.yaml
    +  - wall.yaml
       - wiki.yaml

    diff --git a/clusters/lab/apps/wall.yaml b/clusters/lab/apps/wall.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/lab/apps/wall.yaml
    @@ -0,0 +1,15 @@
    +---
    +apiVersion: kustomize.toolkit.fluxcd.io/v1
    +kind: Kustomization
    +metadata:
    +  name: wall
    +  namespace: flux-system
    +spec:
    +  dependsOn:
    +    - name: paper
    +  interval: 15m
    +  path: ./apps/wall
    +  prune: true
    +  sourceRef:
    +    kind: GitRepository
    +    name: flux-system
    ");
    assert_snapshot!(written.objects, @"
    Kustomization flux-system/wall
    Namespace -/wall
    Service wall/wall
    Deployment wall/wall
    ");
    edits_only_add(&before, &written.state);
}

#[test]
fn a_kustomization_of_its_own_is_found() {
    let repo = layout("unit-per-app-found");
    let before = state(repo.path());
    let written = write(
        &repo,
        "wall --image ghcr.io/example/wall:1.2.3 --port 8080 --host wall.lab.example.io",
    );
    assert_snapshot!(written.shown, @"
    status: 0
    --- stdout
    create apps/wall/deployment.yaml
    create apps/wall/ingress.yaml
    create apps/wall/kustomization.yaml
    create apps/wall/namespace.yaml
    create apps/wall/service.yaml
    create clusters/lab/wall.yaml

    diff --git a/apps/wall/deployment.yaml b/apps/wall/deployment.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/deployment.yaml
    @@ -0,0 +1,26 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: wall
    +  namespace: wall
    +spec:
    +  selector:
    +    matchLabels:
    +      app.kubernetes.io/name: wall
    +  template:
    +    metadata:
    +      labels:
    +        app.kubernetes.io/name: wall
    +    spec:
    +      containers:
    +        - name: wall
    +          image: ghcr.io/example/wall:1.2.3
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          resources:
    +            requests:
    +              cpu: 10m
    +              memory: 32Mi
    +            limits:
    +              memory: 128Mi

    diff --git a/apps/wall/ingress.yaml b/apps/wall/ingress.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/ingress.yaml
    @@ -0,0 +1,18 @@
    +apiVersion: networking.k8s.io/v1
    +kind: Ingress
    +metadata:
    +  name: wall
    +  namespace: wall
    +spec:
    +  ingressClassName: traefik
    +  rules:
    +    - host: wall.lab.example.io
    +      http:
    +        paths:
    +          - path: /
    +            pathType: Prefix
    +            backend:
    +              service:
    +                name: wall
    +                port:
    +                  number: 8080

    diff --git a/apps/wall/kustomization.yaml b/apps/wall/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/kustomization.yaml
    @@ -0,0 +1,7 @@
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +  - namespace.yaml
    +  - deployment.yaml
    +  - service.yaml
    +  - ingress.yaml

    diff --git a/apps/wall/namespace.yaml b/apps/wall/namespace.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/namespace.yaml
    @@ -0,0 +1,4 @@
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: wall

    diff --git a/apps/wall/service.yaml b/apps/wall/service.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/service.yaml
    @@ -0,0 +1,12 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: wall
    +  namespace: wall
    +spec:
    +  selector:
    +    app.kubernetes.io/name: wall
    +  ports:
    +    - name: http
    +      port: 8080
    +      targetPort: 8080

    diff --git a/clusters/lab/wall.yaml b/clusters/lab/wall.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/lab/wall.yaml
    @@ -0,0 +1,13 @@
    +---
    +apiVersion: kustomize.toolkit.fluxcd.io/v1
    +kind: Kustomization
    +metadata:
    +  name: wall
    +  namespace: flux-system
    +spec:
    +  interval: 15m
    +  path: ./apps/wall
    +  prune: true
    +  sourceRef:
    +    kind: GitRepository
    +    name: flux-system
    ");
    assert_snapshot!(written.objects, @"
    Kustomization flux-system/wall
    Namespace -/wall
    Service wall/wall
    Deployment wall/wall
    Ingress wall/wall
    ");
    edits_only_add(&before, &written.state);
}

#[test]
fn a_folder_is_listed_by_the_tree() {
    let repo = layout("listed-tree");
    let before = state(repo.path());
    let written = write(&repo, "jam --image ghcr.io/example/jam:1.2.3 --port 8080");
    assert_snapshot!(written.shown, @"
    status: 0
    --- stdout
    create cluster/apps/jam/deployment.yaml
    create cluster/apps/jam/kustomization.yaml
    create cluster/apps/jam/namespace.yaml
    create cluster/apps/jam/service.yaml
    edit   cluster/apps/kustomization.yaml

    diff --git a/cluster/apps/jam/deployment.yaml b/cluster/apps/jam/deployment.yaml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/deployment.yaml
    @@ -0,0 +1,26 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: jam
    +  namespace: jam
    +spec:
    +  selector:
    +    matchLabels:
    +      app.kubernetes.io/name: jam
    +  template:
    +    metadata:
    +      labels:
    +        app.kubernetes.io/name: jam
    +    spec:
    +      containers:
    +        - name: jam
    +          image: ghcr.io/example/jam:1.2.3
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          resources:
    +            requests:
    +              cpu: 10m
    +              memory: 32Mi
    +            limits:
    +              memory: 128Mi

    diff --git a/cluster/apps/jam/kustomization.yaml b/cluster/apps/jam/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/kustomization.yaml
    @@ -0,0 +1,6 @@
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +- namespace.yaml
    +- deployment.yaml
    +- service.yaml

    diff --git a/cluster/apps/jam/namespace.yaml b/cluster/apps/jam/namespace.yaml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/namespace.yaml
    @@ -0,0 +1,4 @@
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: jam

    diff --git a/cluster/apps/jam/service.yaml b/cluster/apps/jam/service.yaml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/service.yaml
    @@ -0,0 +1,12 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: jam
    +  namespace: jam
    +spec:
    +  selector:
    +    app.kubernetes.io/name: jam
    +  ports:
    +    - name: http
    +      port: 8080
    +      targetPort: 8080

    diff --git a/cluster/apps/kustomization.yaml b/cluster/apps/kustomization.yaml
    --- a/cluster/apps/kustomization.yaml
    +++ b/cluster/apps/kustomization.yaml
    @@ -3,4 +3,5 @@
     resources:
     - bread
     - honey
    +- jam
     - tea
    ");
    assert_snapshot!(written.objects, @"
    Namespace -/jam
    Service jam/jam
    Deployment jam/jam
    ");
    edits_only_add(&before, &written.state);
}

#[test]
fn a_folder_is_found_in_a_tree_without_lists() {
    let repo = layout("found-tree");
    let before = state(repo.path());
    let written = write(&repo, "jam --image ghcr.io/example/jam:1.2.3 --port 8080");
    assert_snapshot!(written.shown, @r#"
    status: 0
    --- stdout
    create cluster/apps/jam/deployment.yml
    create cluster/apps/jam/image-policy.yml
    create cluster/apps/jam/image-repository.yml
    create cluster/apps/jam/namespace.yml
    create cluster/apps/jam/service.yml

    diff --git a/cluster/apps/jam/deployment.yml b/cluster/apps/jam/deployment.yml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/deployment.yml
    @@ -0,0 +1,26 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: jam
    +  namespace: jam
    +spec:
    +  selector:
    +    matchLabels:
    +      app.kubernetes.io/name: jam
    +  template:
    +    metadata:
    +      labels:
    +        app.kubernetes.io/name: jam
    +    spec:
    +      containers:
    +        - name: jam
    +          image: ghcr.io/example/jam:1.2.3 # {"$imagepolicy": "flux-system:jam"}
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          resources:
    +            requests:
    +              cpu: 10m
    +              memory: 32Mi
    +            limits:
    +              memory: 128Mi

    diff --git a/cluster/apps/jam/image-policy.yml b/cluster/apps/jam/image-policy.yml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/image-policy.yml
    @@ -0,0 +1,11 @@
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImagePolicy
    +metadata:
    +  name: jam
    +  namespace: flux-system
    +spec:
    +  imageRepositoryRef:
    +    name: jam
    +  policy:
    +    semver:
    +      range: ">=1.2.3"

    diff --git a/cluster/apps/jam/image-repository.yml b/cluster/apps/jam/image-repository.yml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/image-repository.yml
    @@ -0,0 +1,8 @@
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImageRepository
    +metadata:
    +  name: jam
    +  namespace: flux-system
    +spec:
    +  image: ghcr.io/example/jam
    +  interval: 1h

    diff --git a/cluster/apps/jam/namespace.yml b/cluster/apps/jam/namespace.yml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/namespace.yml
    @@ -0,0 +1,4 @@
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: jam

    diff --git a/cluster/apps/jam/service.yml b/cluster/apps/jam/service.yml
    new file mode 100644
    --- /dev/null
    +++ b/cluster/apps/jam/service.yml
    @@ -0,0 +1,12 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: jam
    +  namespace: jam
    +spec:
    +  selector:
    +    app.kubernetes.io/name: jam
    +  ports:
    +    - name: http
    +      port: 8080
    +      targetPort: 8080
    "#);
    assert_snapshot!(written.objects, @"
    Namespace -/jam
    Service jam/jam
    Deployment jam/jam
    ImagePolicy flux-system/jam
    ImageRepository flux-system/jam
    ");
    edits_only_add(&before, &written.state);
    // A list would silently drop the others.
    let mut lists = written
        .state
        .keys()
        .filter(|path| path.ends_with("/kustomization.yaml"));
    assert_eq!(
        lists.next().map(String::as_str),
        Some("cluster/flux-system/kustomization.yaml")
    );
    assert_eq!(lists.next(), None);
}

#[test]
fn a_service_is_one_file_where_others_are() {
    let repo = layout("one-file");
    let before = state(repo.path());
    let written = write(
        &repo,
        "jam --image ghcr.io/example/jam:1.2.3 --port 8080 --host jam.solo.example.org",
    );
    assert_snapshot!(written.shown, @"
    status: 0
    --- stdout
    create clusters/solo/jam.yaml

    diff --git a/clusters/solo/jam.yaml b/clusters/solo/jam.yaml
    new file mode 100644
    --- /dev/null
    +++ b/clusters/solo/jam.yaml
    @@ -0,0 +1,58 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: jam
    +  namespace: default
    +spec:
    +  selector:
    +    matchLabels:
    +      app.kubernetes.io/name: jam
    +  template:
    +    metadata:
    +      labels:
    +        app.kubernetes.io/name: jam
    +    spec:
    +      containers:
    +        - name: jam
    +          image: ghcr.io/example/jam:1.2.3
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          resources:
    +            requests:
    +              cpu: 10m
    +              memory: 32Mi
    +            limits:
    +              memory: 128Mi
    +---
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: jam
    +  namespace: default
    +spec:
    +  selector:
    +    app.kubernetes.io/name: jam
    +  ports:
    +    - name: http
    +      port: 8080
    +      targetPort: 8080
    +---
    +apiVersion: networking.k8s.io/v1
    +kind: Ingress
    +metadata:
    +  name: jam
    +  namespace: default
    +spec:
    +  ingressClassName: traefik
    +  rules:
    +    - host: jam.solo.example.org
    +      http:
    +        paths:
    +          - path: /
    +            pathType: Prefix
    +            backend:
    +              service:
    +                name: jam
    +                port:
    +                  number: 8080
    ");
    assert_snapshot!(written.objects, @"
    Service default/jam
    Deployment default/jam
    Ingress default/jam
    ");
    edits_only_add(&before, &written.state);
}

#[test]
fn the_first_service_of_a_repository() {
    let repo = Repo::new();
    assert_eq!(answer(repo.path(), "init").0, Some(0));
    committed(&repo);
    let written = write(
        &repo,
        "wall --image ghcr.io/example/wall:1.2.3 --port 8080 --host wall.example.com --ingress traefik --policy semver:1.x",
    );
    assert_snapshot!(written.shown, @r#"
    status: 0
    --- stdout
    edit   apps/kustomization.yaml
    create apps/wall/deployment.yaml
    create apps/wall/image-automation.yaml
    create apps/wall/ingress.yaml
    create apps/wall/kustomization.yaml
    create apps/wall/namespace.yaml
    create apps/wall/service.yaml

    diff --git a/apps/kustomization.yaml b/apps/kustomization.yaml
    --- a/apps/kustomization.yaml
    +++ b/apps/kustomization.yaml
    @@ -1,3 +1,4 @@
     apiVersion: kustomize.config.k8s.io/v1beta1
     kind: Kustomization
    -resources: []
    +resources:
    +  - wall

    diff --git a/apps/wall/deployment.yaml b/apps/wall/deployment.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/deployment.yaml
    @@ -0,0 +1,57 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: wall
    +  namespace: wall
    +  labels:
    +    app: wall
    +spec:
    +  replicas: 1
    +  selector:
    +    matchLabels:
    +      app: wall
    +  template:
    +    metadata:
    +      labels:
    +        app: wall
    +    spec:
    +      automountServiceAccountToken: false
    +      securityContext:
    +        runAsNonRoot: true
    +        seccompProfile:
    +          type: RuntimeDefault
    +      containers:
    +        - name: wall
    +          image: ghcr.io/example/wall:1.2.3 # {"$imagepolicy": "flux-system:wall"}
    +          ports:
    +            - name: http
    +              containerPort: 8080
    +          startupProbe:
    +            tcpSocket:
    +              port: http
    +            periodSeconds: 10
    +            timeoutSeconds: 5
    +            failureThreshold: 30
    +          readinessProbe:
    +            tcpSocket:
    +              port: http
    +            periodSeconds: 10
    +            timeoutSeconds: 5
    +            failureThreshold: 3
    +          livenessProbe:
    +            tcpSocket:
    +              port: http
    +            periodSeconds: 30
    +            timeoutSeconds: 5
    +            failureThreshold: 3
    +          resources:
    +            requests:
    +              cpu: 10m
    +              memory: 32Mi
    +            limits:
    +              memory: 128Mi
    +          securityContext:
    +            allowPrivilegeEscalation: false
    +            capabilities:
    +              drop:
    +                - ALL

    diff --git a/apps/wall/image-automation.yaml b/apps/wall/image-automation.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/image-automation.yaml
    @@ -0,0 +1,46 @@
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImageRepository
    +metadata:
    +  name: wall
    +  namespace: flux-system
    +spec:
    +  image: ghcr.io/example/wall
    +  interval: 10m
    +---
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImagePolicy
    +metadata:
    +  name: wall
    +  namespace: flux-system
    +spec:
    +  imageRepositoryRef:
    +    name: wall
    +  policy:
    +    semver:
    +      range: 1.x
    +---
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImageUpdateAutomation
    +metadata:
    +  name: wall
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
    +        name: fluxcdbot
    +        email: fluxcdbot@users.noreply.github.com
    +      messageTemplate: |
    +        chore(images): update{{ range .Changed.Changes }} {{ .NewValue }}{{ end }}
    +    push:
    +      branch: main
    +  update:
    +    path: ./apps/wall
    +    strategy: Setters

    diff --git a/apps/wall/ingress.yaml b/apps/wall/ingress.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/ingress.yaml
    @@ -0,0 +1,20 @@
    +apiVersion: networking.k8s.io/v1
    +kind: Ingress
    +metadata:
    +  name: wall
    +  namespace: wall
    +  annotations:
    +    traefik.ingress.kubernetes.io/router.entrypoints: web
    +spec:
    +  ingressClassName: traefik
    +  rules:
    +    - host: wall.example.com
    +      http:
    +        paths:
    +          - path: /
    +            pathType: Prefix
    +            backend:
    +              service:
    +                name: wall
    +                port:
    +                  number: 80

    diff --git a/apps/wall/kustomization.yaml b/apps/wall/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/kustomization.yaml
    @@ -0,0 +1,8 @@
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +  - namespace.yaml
    +  - deployment.yaml
    +  - service.yaml
    +  - ingress.yaml
    +  - image-automation.yaml

    diff --git a/apps/wall/namespace.yaml b/apps/wall/namespace.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/namespace.yaml
    @@ -0,0 +1,4 @@
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: wall

    diff --git a/apps/wall/service.yaml b/apps/wall/service.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/wall/service.yaml
    @@ -0,0 +1,15 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: wall
    +  namespace: wall
    +  labels:
    +    app: wall
    +spec:
    +  type: ClusterIP
    +  selector:
    +    app: wall
    +  ports:
    +    - name: http
    +      port: 80
    +      targetPort: http
    "#);
    assert_snapshot!(written.objects, @"
    Namespace -/wall
    Service wall/wall
    Deployment wall/wall
    ImagePolicy flux-system/wall
    ImageRepository flux-system/wall
    ImageUpdateAutomation flux-system/wall
    Ingress wall/wall
    ");
    // The next one is like the first.
    let written = write(
        &repo,
        "door --image ghcr.io/example/door:2.0.0 --port 9000 --host door.example.com",
    );
    assert_snapshot!(written.shown, @r#"
    status: 0
    --- stdout
    create apps/door/deployment.yaml
    create apps/door/image-automation.yaml
    create apps/door/ingress.yaml
    create apps/door/kustomization.yaml
    create apps/door/namespace.yaml
    create apps/door/service.yaml
    edit   apps/kustomization.yaml

    diff --git a/apps/door/deployment.yaml b/apps/door/deployment.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/door/deployment.yaml
    @@ -0,0 +1,57 @@
    +apiVersion: apps/v1
    +kind: Deployment
    +metadata:
    +  name: door
    +  namespace: door
    +  labels:
    +    app: door
    +spec:
    +  replicas: 1
    +  selector:
    +    matchLabels:
    +      app: door
    +  template:
    +    metadata:
    +      labels:
    +        app: door
    +    spec:
    +      automountServiceAccountToken: false
    +      securityContext:
    +        runAsNonRoot: true
    +        seccompProfile:
    +          type: RuntimeDefault
    +      containers:
    +        - name: door
    +          image: ghcr.io/example/door:2.0.0 # {"$imagepolicy": "flux-system:door"}
    +          ports:
    +            - name: http
    +              containerPort: 9000
    +          startupProbe:
    +            tcpSocket:
    +              port: http
    +            periodSeconds: 10
    +            timeoutSeconds: 5
    +            failureThreshold: 30
    +          readinessProbe:
    +            tcpSocket:
    +              port: http
    +            periodSeconds: 10
    +            timeoutSeconds: 5
    +            failureThreshold: 3
    +          livenessProbe:
    +            tcpSocket:
    +              port: http
    +            periodSeconds: 30
    +            timeoutSeconds: 5
    +            failureThreshold: 3
    +          resources:
    +            requests:
    +              cpu: 10m
    +              memory: 32Mi
    +            limits:
    +              memory: 128Mi
    +          securityContext:
    +            allowPrivilegeEscalation: false
    +            capabilities:
    +              drop:
    +                - ALL

    diff --git a/apps/door/image-automation.yaml b/apps/door/image-automation.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/door/image-automation.yaml
    @@ -0,0 +1,46 @@
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImageRepository
    +metadata:
    +  name: door
    +  namespace: flux-system
    +spec:
    +  image: ghcr.io/example/door
    +  interval: 10m
    +---
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImagePolicy
    +metadata:
    +  name: door
    +  namespace: flux-system
    +spec:
    +  imageRepositoryRef:
    +    name: door
    +  policy:
    +    semver:
    +      range: 2.x
    +---
    +apiVersion: image.toolkit.fluxcd.io/v1
    +kind: ImageUpdateAutomation
    +metadata:
    +  name: door
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
    +        name: fluxcdbot
    +        email: fluxcdbot@users.noreply.github.com
    +      messageTemplate: |
    +        chore(images): update{{ range .Changed.Changes }} {{ .NewValue }}{{ end }}
    +    push:
    +      branch: main
    +  update:
    +    path: ./apps/door
    +    strategy: Setters

    diff --git a/apps/door/ingress.yaml b/apps/door/ingress.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/door/ingress.yaml
    @@ -0,0 +1,20 @@
    +apiVersion: networking.k8s.io/v1
    +kind: Ingress
    +metadata:
    +  name: door
    +  namespace: door
    +  annotations:
    +    traefik.ingress.kubernetes.io/router.entrypoints: web
    +spec:
    +  ingressClassName: traefik
    +  rules:
    +    - host: door.example.com
    +      http:
    +        paths:
    +          - path: /
    +            pathType: Prefix
    +            backend:
    +              service:
    +                name: door
    +                port:
    +                  number: 80

    diff --git a/apps/door/kustomization.yaml b/apps/door/kustomization.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/door/kustomization.yaml
    @@ -0,0 +1,8 @@
    +apiVersion: kustomize.config.k8s.io/v1beta1
    +kind: Kustomization
    +resources:
    +  - namespace.yaml
    +  - deployment.yaml
    +  - service.yaml
    +  - ingress.yaml
    +  - image-automation.yaml

    diff --git a/apps/door/namespace.yaml b/apps/door/namespace.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/door/namespace.yaml
    @@ -0,0 +1,4 @@
    +apiVersion: v1
    +kind: Namespace
    +metadata:
    +  name: door

    diff --git a/apps/door/service.yaml b/apps/door/service.yaml
    new file mode 100644
    --- /dev/null
    +++ b/apps/door/service.yaml
    @@ -0,0 +1,15 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: door
    +  namespace: door
    +  labels:
    +    app: door
    +spec:
    +  type: ClusterIP
    +  selector:
    +    app: door
    +  ports:
    +    - name: http
    +      port: 80
    +      targetPort: http

    diff --git a/apps/kustomization.yaml b/apps/kustomization.yaml
    --- a/apps/kustomization.yaml
    +++ b/apps/kustomization.yaml
    @@ -1,4 +1,5 @@
     apiVersion: kustomize.config.k8s.io/v1beta1
     kind: Kustomization
     resources:
    +  - door
       - wall
    --- stderr
    note: apps/kustomization.yaml: has changes that are not committed
    "#);
    assert_snapshot!(written.objects, @"
    Namespace -/door
    Service door/door
    Deployment door/door
    ImagePolicy flux-system/door
    ImageRepository flux-system/door
    ImageUpdateAutomation flux-system/door
    Ingress door/door
    ");
}
