"""The few requests to the API server that the end-to-end run makes itself: there is no kubectl on every builder.

usage: kube.py apply FILE...                 server-side apply, as `flux bootstrap` does it; waits for CRDs to be served
       kube.py get KIND/NAME [FIELD]         prints an object, or one field of it: `status.latestRef.tag`
       kube.py patch KIND/NAME JSON          a merge patch; with `--status` first, of the status
       kube.py delete KIND/NAME
       kube.py await KIND/NAME FIELD VALUE SECONDS    waits until a field has that value

KIND is an alias below; NAME is NAMESPACE/NAME, or a name in flux-system. KUBECONFIG says where to ask, and with which token.
"""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request

import yaml

TOOLKIT = "{}.toolkit.fluxcd.io/{}"
KINDS = {
    "git": (TOOLKIT.format("source", "v1"), "gitrepositories"),
    "oci": (TOOLKIT.format("source", "v1"), "ocirepositories"),
    "helmrepo": (TOOLKIT.format("source", "v1"), "helmrepositories"),
    "chart": (TOOLKIT.format("source", "v1"), "helmcharts"),
    "ks": (TOOLKIT.format("kustomize", "v1"), "kustomizations"),
    "hr": (TOOLKIT.format("helm", "v2"), "helmreleases"),
    "imgrepo": (TOOLKIT.format("image", "v1"), "imagerepositories"),
    "imgpol": (TOOLKIT.format("image", "v1"), "imagepolicies"),
    "imgauto": (TOOLKIT.format("image", "v1"), "imageupdateautomations"),
    "receiver": (TOOLKIT.format("notification", "v1"), "receivers"),
    "deploy": ("apps/v1", "deployments"),
    "pod": ("v1", "pods"),
    "secret": ("v1", "secrets"),
    "node": ("v1", "nodes"),
}
MERGE = "application/merge-patch+json"


class Cluster:
    """The server of the current context of a kubeconfig."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            config = yaml.safe_load(file)

        def named(what, name):
            return next(entry for entry in config[what + "s"] if entry["name"] == name)[what]

        context = named("context", config["current-context"])
        cluster = named("cluster", context["cluster"])
        authority = os.path.join(os.path.dirname(path), cluster["certificate-authority"])
        self.server = cluster["server"]
        self.token = named("user", context["user"])["token"]
        self.tls = ssl.create_default_context(cafile=authority)
        self.resources = {}

    def open(self, method, path, body=None, kind="application/json"):
        """Sends a request; the answer is read by whoever asked."""
        request = urllib.request.Request(self.server + path, method=method, data=body)
        request.add_header("Authorization", "Bearer " + self.token)
        request.add_header("Content-Type", kind)
        return urllib.request.urlopen(request, context=self.tls)

    def ask(self, *request):
        with self.open(*request) as answer:
            return json.load(answer)

    def served(self, version, kind):
        """Finds the resource of a kind, which may be one that a CRD is only about to bring."""
        deadline = time.monotonic() + 30
        while True:
            if version not in self.resources:
                try:
                    self.resources[version] = self.ask("GET", base(version))["resources"]
                except urllib.error.HTTPError:
                    pass
            for resource in self.resources.get(version, []):
                if resource["kind"] == kind and "/" not in resource["name"]:
                    return resource
            self.resources.pop(version, None)
            if time.monotonic() > deadline:
                sys.exit(f"{version} {kind} is not served")
            time.sleep(0.2)

    def apply(self, object):
        resource = self.served(object["apiVersion"], object["kind"])
        metadata = object["metadata"]
        path = base(object["apiVersion"])
        if resource["namespaced"]:
            path += f"/namespaces/{metadata['namespace']}"
        path += f"/{resource['name']}/{metadata['name']}?fieldManager=flux&force=true"
        self.ask("PATCH", path, json.dumps(object).encode(), "application/apply-patch+yaml")


def base(version):
    return ("/apis/" if "/" in version else "/api/") + version


def path_of(name):
    """The path of `KIND/NAME` or `KIND/NAMESPACE/NAME`."""
    kind, *rest = name.split("/")
    namespace, name = rest if len(rest) == 2 else ("flux-system", rest[0])
    version, plural = KINDS[kind]
    if kind == "node":
        return f"{base(version)}/{plural}/{name}"
    return f"{base(version)}/namespaces/{namespace}/{plural}/{name}"


def field(object, path):
    """The value at a dotted path, nothing where there is none."""
    for key in path.split("."):
        object = object.get(key) if isinstance(object, dict) else None
    return object


def condition(object, kind):
    conditions = field(object, "status.conditions") or []
    return next((entry for entry in conditions if entry["type"] == kind), {})


def wait(cluster, name, seconds, holds):
    """Looks until something holds for an object; says what it was like in the end where it never does."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            object = cluster.ask("GET", path_of(name))
        except urllib.error.HTTPError as error:
            object = {"error": str(error)}
        if holds(object):
            return
        if time.monotonic() > deadline:
            sys.exit(f"{name}: not within {seconds} s: {json.dumps(object.get('status', object), indent=1)}")
        time.sleep(0.3)


def main():
    cluster = Cluster(os.environ["KUBECONFIG"])
    what, *rest = sys.argv[1:]
    if what == "apply":
        for file in rest:
            with open(file, encoding="utf-8") as text:
                for object in filter(None, yaml.safe_load_all(text)):
                    cluster.apply(object)
    elif what == "get":
        object = cluster.ask("GET", path_of(rest[0]))
        found = field(object, rest[1]) if len(rest) > 1 else object
        print(found if isinstance(found, str) else json.dumps(found, indent=1))
    elif what == "patch":
        status = rest[0] == "--status"
        name, patch = rest[1:] if status else rest
        cluster.ask("PATCH", path_of(name) + ("/status" if status else ""), patch.encode(), MERGE)
    elif what == "delete":
        cluster.ask("DELETE", path_of(rest[0]))
    elif what == "await":
        name, path, value, seconds = rest
        wait(cluster, name, float(seconds), lambda object: str(field(object, path)) == value)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except urllib.error.HTTPError as error:
        sys.exit(f"{error}: {error.read().decode()}")
