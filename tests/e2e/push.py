"""Puts tiny images and charts where clusters look for them: nothing here ever runs.

usage: push.py image REGISTRY/NAME:TAG...             an image of one empty layer
       push.py chart NAME VERSION FOLDER URL          a chart with one ConfigMap, and the index of FOLDER, which URL serves
       push.py oci-chart REGISTRY/NAME VERSION        the same chart as an OCI artifact
       push.py artifact REGISTRY/NAME:TAG FILE...     files as `flux push artifact` writes them
"""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import urllib.request

CONFIG_MAP = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  version: {{ .Chart.Version }}
  greeting: {{ .Values.greeting | quote }}
"""


def archive(files):
    """A gzipped tar with the same bytes for the same files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


def chart(name, version):
    meta = f"apiVersion: v2\nname: {name}\nversion: {version}\n"
    return archive(
        {
            f"{name}/Chart.yaml": meta.encode(),
            f"{name}/values.yaml": b"greeting: hello\n",
            f"{name}/templates/configmap.yaml": CONFIG_MAP.encode(),
        }
    )


def send(method, url, body, kind):
    request = urllib.request.Request(url, method=method, data=body, headers={"Content-Type": kind})
    with urllib.request.urlopen(request) as answer:
        return answer.headers


def blob(base, content, kind):
    """Uploads one blob, and describes it."""
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    where = send("POST", f"{base}/blobs/uploads/", b"", "application/octet-stream")["Location"]
    where += ("&" if "?" in where else "?") + "digest=" + digest
    send("PUT", where, content, "application/octet-stream")
    return {"mediaType": kind, "digest": digest, "size": len(content)}


def push(reference, config, layer):
    """Pushes a manifest; `config` and `layer` are media type and bytes."""
    registry, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    base = f"http://{registry}/v2/{name}"
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": blob(base, config[1], config[0]),
        "layers": [blob(base, layer[1], layer[0])],
    }
    send("PUT", f"{base}/manifests/{tag}", json.dumps(manifest).encode(), kind)


def image(reference):
    # Of its own for each tag, as what builds make.
    label = {"org.opencontainers.image.version": reference.rpartition(":")[2]}
    config = {"architecture": "arm64", "os": "linux", "config": {"Labels": label}, "rootfs": {"type": "layers", "diff_ids": []}}
    layer = ("application/vnd.oci.image.layer.v1.tar+gzip", archive({}))
    push(reference, ("application/vnd.oci.image.config.v1+json", json.dumps(config).encode()), layer)


def oci_chart(repository, version):
    name = repository.rpartition("/")[2]
    config = json.dumps({"apiVersion": "v2", "name": name, "version": version}).encode()
    layer = ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", chart(name, version))
    push(f"{repository}:{version}", ("application/vnd.cncf.helm.config.v1+json", config), layer)


def artifact(reference, files):
    content = {}
    for file in files:
        with open(file, "rb") as opened:
            content[os.path.basename(file)] = opened.read()
    layer = ("application/vnd.cncf.flux.content.v1.tar+gzip", archive(content))
    push(reference, ("application/vnd.cncf.flux.config.v1+json", b"{}"), layer)


def served_chart(name, version, folder, url):
    content = chart(name, version)
    with open(f"{folder}/{name}-{version}.tgz", "wb") as file:
        file.write(content)
    index_file = f"{folder}/index.yaml"
    index = {"apiVersion": "v1", "entries": {}}
    if os.path.exists(index_file):
        with open(index_file, encoding="utf-8") as file:
            # JSON is YAML, and this file was written here.
            index = json.load(file)
    entry = {
        "apiVersion": "v2",
        "name": name,
        "version": version,
        "digest": hashlib.sha256(content).hexdigest(),
        "created": "2026-01-01T00:00:00Z",
        "urls": [f"{url}/{name}-{version}.tgz"],
    }
    index["entries"].setdefault(name, []).append(entry)
    with open(index_file, "w", encoding="utf-8") as file:
        json.dump(index, file)


def main():
    what, *rest = sys.argv[1:] or [""]
    if what == "image":
        for reference in rest:
            image(reference)
    elif what == "chart":
        served_chart(*rest)
    elif what == "oci-chart":
        oci_chart(*rest)
    elif what == "artifact":
        artifact(rest[0], rest[1:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
