//! What a Secret is for, and the usual command that makes it. Values come from stdin or from files: neither the arguments of
//! a program nor the history of a shell is a place for them.

use crate::flux::ObjectRef;
use crate::manifest::Node;

/// What a Secret is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Purpose {
    pub(super) text: String,
    pub(super) command: Option<String>,
}

fn purpose(text: impl Into<String>, command: String) -> Purpose {
    Purpose {
        text: text.into(),
        command: Some(command),
    }
}

fn of_keys(id: &ObjectRef, keys: &str) -> String {
    let ObjectRef { namespace, name } = id;
    format!("kubectl -n {namespace} create secret generic {name} {keys}")
}

fn of_key(id: &ObjectRef, key: &str) -> String {
    of_keys(id, &format!("--from-file={key}=/dev/stdin"))
}

pub(super) fn decryption(_: &Node, id: &ObjectRef) -> Purpose {
    let name = id.name.to_lowercase();
    match name.contains("gpg") || name.contains("pgp") {
        true => purpose(
            "the private OpenPGP key of SOPS",
            of_keys(id, "--from-file=sops.asc=FILE"),
        ),
        false => purpose(
            "the age key of SOPS",
            of_keys(id, "--from-file=age.agekey=FILE"),
        ),
    }
}

pub(super) fn variables(_: &Node, id: &ObjectRef) -> Purpose {
    purpose("variables that Flux fills in", of_key(id, "VARIABLE"))
}

pub(super) fn values(_: &Node, id: &ObjectRef) -> Purpose {
    purpose(
        "values of the chart",
        of_keys(id, "--from-file=values.yaml=FILE"),
    )
}

pub(super) fn kubeconfig(_: &Node, id: &ObjectRef) -> Purpose {
    purpose(
        "the kubeconfig of another cluster",
        of_keys(id, "--from-file=value=FILE"),
    )
}

pub(super) fn git(node: &Node, id: &ObjectRef) -> Purpose {
    let url = node.text_at(&["spec", "url"]).unwrap_or_default();
    let ObjectRef { namespace, name } = id;
    let command = match url.starts_with("http") {
        true => of_keys(
            id,
            "--from-literal=username=git --from-file=password=/dev/stdin",
        ),
        false => format!("flux create secret git {name} --namespace={namespace} --url={url}"),
    };
    purpose(format!("access to {}", shown(url)), command)
}

pub(super) fn helm(node: &Node, id: &ObjectRef) -> Purpose {
    let url = node.text_at(&["spec", "url"]).unwrap_or_default();
    if url.starts_with("oci://") {
        return registry(node, id);
    }
    let keys = "--from-literal=username=USER --from-file=password=/dev/stdin";
    purpose(
        format!("access to the charts of {}", shown(url)),
        of_keys(id, keys),
    )
}

pub(super) fn bucket(_: &Node, id: &ObjectRef) -> Purpose {
    let keys = "--from-literal=accesskey=ID --from-file=secretkey=/dev/stdin";
    purpose("access to the bucket", of_keys(id, keys))
}

pub(super) fn registry(node: &Node, id: &ObjectRef) -> Purpose {
    let spec = |key| node.text_at(&["spec", key]);
    let image = spec("image").or_else(|| spec("url")).unwrap_or_default();
    let image = image.trim_start_matches("oci://");
    purpose(format!("access to {}", shown(image)), docker(id))
}

pub(super) fn pull(_: &Node, id: &ObjectRef) -> Purpose {
    purpose("credentials to pull images", docker(id))
}

fn docker(id: &ObjectRef) -> String {
    let keys = "--type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson=FILE";
    of_keys(id, keys)
}

pub(super) fn certificate(_: &Node, id: &ObjectRef) -> Purpose {
    purpose(
        "the certificate of a CA",
        of_keys(id, "--from-file=ca.crt=FILE"),
    )
}

pub(super) fn proxy(_: &Node, id: &ObjectRef) -> Purpose {
    purpose("the address of a proxy", of_key(id, "address"))
}

pub(super) fn verification(_: &Node, id: &ObjectRef) -> Purpose {
    purpose(
        "public keys that verify what is fetched",
        of_keys(id, "--from-file=NAME.pub=FILE"),
    )
}

pub(super) fn signing(_: &Node, id: &ObjectRef) -> Purpose {
    purpose(
        "the key that signs commits",
        of_keys(id, "--from-file=git.asc=FILE"),
    )
}

pub(super) fn receiver(_: &Node, id: &ObjectRef) -> Purpose {
    purpose("the token of the webhook", of_key(id, "token"))
}

pub(super) fn provider(node: &Node, id: &ObjectRef) -> Purpose {
    let of_type = node.text_at(&["spec", "type"]).unwrap_or_default();
    let key = match of_type {
        "slack" | "discord" | "msteams" | "rocket" | "googlechat" | "generic" | "generic-hmac" => {
            "address"
        }
        _ => "token",
    };
    let text = match of_type {
        "" => "credentials for notifications".to_owned(),
        of_type => format!("credentials for notifications to {}", shown(of_type)),
    };
    purpose(text, of_key(id, key))
}

/// What a secret store of the provider needs, as its key in `spec.provider` names it (external-secrets 1).
pub(super) fn store(provider: &str, reference: &Node, id: &ObjectRef) -> Purpose {
    let service = match provider {
        "onepassword" => "1Password Connect",
        "onepasswordSDK" => "1Password (a service account)",
        "bitwardensecretsmanager" => "Bitwarden Secrets Manager",
        "vault" => "Vault",
        "aws" => "AWS",
        "azurekv" => "Azure Key Vault",
        "gcpsm" => "Google Secret Manager",
        "doppler" => "Doppler",
        "infisical" => "Infisical",
        "gitlab" => "GitLab",
        other => other,
    };
    purpose(
        format!("access of the secret store to {}", shown(service)),
        keyed(reference, id),
    )
}

pub(super) fn solver(reference: &Node, id: &ObjectRef) -> Purpose {
    purpose("credentials for certificates", keyed(reference, id))
}

fn keyed(reference: &Node, id: &ObjectRef) -> String {
    let key = reference.text_at(&["key"]).filter(|key| !key.is_empty());
    of_key(id, key.unwrap_or("KEY"))
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "its source" } else { text }
}
