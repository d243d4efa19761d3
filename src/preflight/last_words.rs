//! What `flux bootstrap` says when it gives up, and what to do about it.

/// Texts of flux 2.9, of the git servers behind it and of the API server, in the order in which they are looked for, each with
/// the way out.
const KNOWN: [(&str, &str); 15] = [
    (
        "would overwrite path",
        "the cluster applies another folder: give that with `--path`, or delete the Kustomization flux-system first; what was \
         pushed under the wrong folder has to be removed by hand",
    ),
    (
        "invalid username, password or token",
        "the server refuses the token: `homelab bootstrap` says which one it was",
    ),
    (
        "doesn't match the identity",
        "flux takes the repository for missing and tries to make it: give the token access, or make the repository first",
    ),
    (
        "failed to create new Git repository",
        "flux takes the repository for missing and tries to make it: give the token access, or make the repository first",
    ),
    (
        "pre-receive hook declined",
        "the branch is protected: let the user of the token push to it, or give another branch with `--branch`",
    ),
    (
        "GH006",
        "the branch is protected: let the user of the token push to it, or give another branch with `--branch`",
    ),
    (
        "GH013",
        "a ruleset forbids the push: let the user of the token bypass it, or give another branch with `--branch`",
    ),
    (
        "is archived",
        "nobody can push to an archived repository: unarchive it in its settings",
    ),
    (
        "authorization failed",
        "the token may read and not write: give it the right to write contents",
    ),
    (
        "collaborator with admin write",
        "it takes an administrator of the repository to add a deploy key; or use `--token-auth`",
    ),
    (
        "Deploy keys are disabled",
        "the organisation has switched deploy keys off: switch them on in its settings, or use `--token-auth`",
    ),
    (
        "key is already in use",
        "the key of the cluster belongs to another repository: delete the Secret, so that flux makes a new one",
    ),
    (
        "invalid pkt-len found",
        "the server refuses the key of the cluster (Gitea over SSH says it so): delete the Secret, so that flux makes a new one",
    ),
    (
        "couldn't find remote ref",
        "the branch is not on the server: push it, or give another with `--branch`",
    ),
    ("is suspended", "`homelab resume` lets it go on"),
];

/// Returns the way out of a failure, from the last lines that flux wrote.
pub fn way_out(last: &[String]) -> Option<&'static str> {
    let mut known = KNOWN.iter();
    let (_, help) = known.find(|(text, _)| last.iter().any(|line| line.contains(text)))?;
    Some(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_that_were_seen_have_a_way_out() {
        for line in [
            "✗ sync path configuration (\"./clusters/elsewhere\") would overwrite path (\"./clusters/home\") of existing Kustomization",
            "✗ failed to create Gitea client for https://h: invalid username, password or token",
            "✗ failed to push manifests: failed to push to remote: authorization failed: Forbidden",
            "✗ failed to push manifests: failed to push to remote: command error on refs/heads/main: pre-receive hook declined",
            "✗ failed to push sync manifests: failed to push to remote: invalid pkt-len found",
            "✗ Kustomization 'flux-system/flux-system' is suspended",
        ] {
            let last = ["► something".to_owned(), line.to_owned()];
            assert!(way_out(&last).is_some(), "{line}");
        }
        assert_eq!(way_out(&["✗ something else".to_owned()]), None);
    }
}
