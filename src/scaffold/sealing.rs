//! How a SealedSecret comes to be: by the user's own hand, because only the cluster's key can seal it.

use super::conventions::Conventions;
use super::spec::ServiceSpec;
use super::values::values;

/// Tells how to make the SealedSecret of a new service in the file `path`: nothing if it needs none. A SealedSecret is not
/// valid before it is sealed, so no file is written and none is listed; the pod waits until the Secret is there.
pub fn instruction(spec: &ServiceSpec, conventions: &Conventions, path: &str) -> Option<String> {
    let values = values(spec, conventions);
    let name = values.get("sealed_name")?.as_str()?;
    let lines: Vec<String> = spec.sealed.iter().map(|key| format!("{key}=...")).collect();
    let file = super::names::base(path);
    Some(format!(
        "seal the Secret {name}: run `kubectl create secret generic {name} --namespace {} --from-env-file=/dev/stdin \
         --dry-run=client --output yaml | kubeseal --format yaml >{path}`, type {} and Ctrl-D, then list {file} in the \
         kustomization.yaml beside it, if there is one",
        spec.namespace,
        lines.join(", "),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_has_names_and_no_values() {
        let mut spec = ServiceSpec {
            name: "romm".into(),
            namespace: "games".into(),
            ..ServiceSpec::default()
        };
        let of = |spec: &ServiceSpec| {
            instruction(
                spec,
                &Conventions::default(),
                "apps/romm/sealed-secret.yaml",
            )
        };
        assert_eq!(of(&spec), None);
        spec.sealed = vec!["DB_PASSWORD".into(), "API_KEY".into()];
        let text = of(&spec).unwrap();
        assert!(
            text.contains("generic romm-secrets --namespace games "),
            "{text}"
        );
        assert!(
            text.contains("kubeseal --format yaml >apps/romm/sealed-secret.yaml`"),
            "{text}"
        );
        assert!(
            text.contains("type DB_PASSWORD=..., API_KEY=... and"),
            "{text}"
        );
    }
}
