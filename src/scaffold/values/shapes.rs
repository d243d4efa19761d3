//! The shapes of values that are more than a text: storage, secrets, sources.

use serde_json::{Value, json};

use super::FLUX;
use crate::manifest::{FileId, SourceFile};
use crate::scaffold::spec::{Claim, Nfs, Resources, SecretKey};

/// Returns CPU and memory (in MiB, to begin with and at most). No limit on CPU: what is idle may be used.
pub(super) fn usage(resources: Resources) -> Option<(&'static str, u32, u32)> {
    match resources {
        Resources::None => None,
        Resources::Tiny => Some(("10m", 32, 128)),
        Resources::Small => Some(("25m", 64, 256)),
        Resources::Medium => Some(("100m", 192, 512)),
        Resources::Large => Some(("250m", 384, 768)),
    }
}

/// Names a claim and its volume.
pub(super) fn claim(service: &str, claim: &Claim) -> Value {
    let own = claim.name == service || claim.name.starts_with(&format!("{service}-"));
    let name = match own {
        true => claim.name.clone(),
        false => format!("{service}-{}", claim.name),
    };
    json!({"name": name, "volume": claim.name, "size": claim.size, "mount": claim.mount})
}

/// Names the volumes of NFS folders after the last part of their paths, each once.
pub(super) fn folders(nfs: &[Nfs], claims: &[Claim]) -> Vec<Value> {
    let mut used: Vec<String> = claims.iter().map(|c| c.name.clone()).collect();
    let mut folders = Vec::with_capacity(nfs.len());
    for folder in nfs {
        let base = label(
            folder
                .path
                .rsplit('/')
                .find(|p| !p.is_empty())
                .unwrap_or_default(),
        );
        let numbered = (2..).map(|n| format!("{base}-{n}"));
        let mut names = std::iter::once(base.clone()).chain(numbered);
        let name = names.find(|name| !used.contains(name)).unwrap_or_default();
        folders.push(json!({
            "volume": name,
            "server": folder.server,
            "path": folder.path,
            "mount": folder.mount,
        }));
        used.push(name);
    }
    folders
}

/// Returns a text as a DNS label; `nfs` where nothing of it may stay.
fn label(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let legal = lower.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let short: String = legal.trim_matches('-').chars().take(50).collect();
    match short.trim_end_matches('-') {
        "" => "nfs".to_owned(),
        label => label.to_owned(),
    }
}

/// Returns a row of an ExternalSecret.
pub(super) fn secret(secret: &SecretKey, property: bool) -> Value {
    let SecretKey { key, item, field } = secret;
    let (remote, property) = match (field.is_empty(), property) {
        (true, _) => (item.clone(), None),
        (false, true) => (item.clone(), Some(field)),
        (false, false) => (format!("{item}/{field}"), None),
    };
    json!({"key": key, "remote": remote, "property": property})
}

/// Reads `spec.sourceRef` of a Flux Kustomization; what it leaves out is as Flux's bootstrap has it.
pub(super) fn source(yaml: &str) -> Value {
    let file = SourceFile::parse(FileId::NONE, "sourceRef", yaml);
    let root = file.documents.first().and_then(|d| d.root.as_ref());
    let text = |key: &str| root.and_then(|node| node.text_at(&[key]));
    json!({
        "kind": text("kind").unwrap_or("GitRepository"),
        "name": text("name").unwrap_or(FLUX),
        "namespace": text("namespace"),
    })
}
