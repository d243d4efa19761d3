//! Which fields the transformers change: kustomize's own field specifications, merged with those of a repository.

use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;

use super::builtin;
use super::id::Gvk;

/// A field of the objects that a group, version and kind select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldSpec {
    /// Which objects; empty parts select everything.
    pub gvk: Gvk,
    /// The path as written, `spec/template/spec/containers[]/image`.
    pub path: SmolStr,
    /// The path's parts, with `\/` unescaped.
    pub parts: Arc<[SmolStr]>,
    /// Whether to create the field where it is missing.
    pub create: bool,
}

impl FieldSpec {
    /// Makes a field specification.
    pub(super) fn new(gvk: Gvk, path: &str, create: bool) -> Self {
        FieldSpec {
            gvk,
            path: path.into(),
            parts: split_path(path, '/').into(),
            create,
        }
    }

    /// Tells whether `other` adds nothing to this one, which may select more.
    fn covers(&self, other: &FieldSpec) -> bool {
        other.gvk.selects(&self.gvk) && self.path == other.path
    }
}

/// Splits a path at `delimiter`, which a backslash before it escapes. One leading delimiter is dropped.
pub(crate) fn split_path(path: &str, delimiter: char) -> Vec<SmolStr> {
    let path = path.strip_prefix(delimiter).unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    for part in path.split(delimiter) {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(delimiter);
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    parts.into_iter().map(SmolStr::from).collect()
}

/// Fields that hold the name of an object of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameReference {
    /// The kind whose name they hold.
    pub target: Gvk,
    /// The fields.
    pub referrers: Vec<FieldSpec>,
}

/// Two field specifications that contradict each other: the same field, once with and once without `create`.
#[derive(Debug)]
pub(crate) struct Conflict(pub &'static str);

/// The field specifications of a build, by what they are for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub name_prefix: Vec<FieldSpec>,
    pub name_suffix: Vec<FieldSpec>,
    pub namespace: Vec<FieldSpec>,
    pub common_labels: Vec<FieldSpec>,
    pub labels: Vec<FieldSpec>,
    pub template_labels: Vec<FieldSpec>,
    pub common_annotations: Vec<FieldSpec>,
    pub name_reference: Vec<NameReference>,
    pub var_reference: Vec<FieldSpec>,
    pub images: Vec<FieldSpec>,
    pub replicas: Vec<FieldSpec>,
}

impl Config {
    /// Returns kustomize's own field specifications.
    pub(super) fn builtin() -> Arc<Config> {
        static BUILTIN: OnceLock<Arc<Config>> = OnceLock::new();
        Arc::clone(BUILTIN.get_or_init(|| Arc::new(builtin::config())))
    }

    /// Returns both together, in kustomize's order.
    ///
    /// # Errors
    /// The two contradict each other.
    pub(super) fn merge(self: &Arc<Self>, other: &Arc<Self>) -> Result<Arc<Config>, Conflict> {
        if Arc::ptr_eq(self, other) {
            return Ok(Arc::clone(self));
        }
        let mut merged = (**self).clone();
        merged.add(other)?;
        merged.sort();
        Ok(Arc::new(merged))
    }

    fn add(&mut self, other: &Config) -> Result<(), Conflict> {
        merge_all(&mut self.name_prefix, &other.name_prefix, "NamePrefix")?;
        merge_all(&mut self.name_suffix, &other.name_suffix, "NameSuffix")?;
        merge_all(&mut self.namespace, &other.namespace, "NameSpace")?;
        merge_all(
            &mut self.common_annotations,
            &other.common_annotations,
            "CommonAnnotations",
        )?;
        merge_all(
            &mut self.common_labels,
            &other.common_labels,
            "CommonLabels",
        )?;
        merge_all(&mut self.labels, &other.labels, "Labels")?;
        merge_all(
            &mut self.template_labels,
            &other.template_labels,
            "TemplateLabels",
        )?;
        merge_all(
            &mut self.var_reference,
            &other.var_reference,
            "VarReference",
        )?;
        for reference in &other.name_reference {
            self.add_reference(reference)?;
        }
        merge_all(&mut self.images, &other.images, "Images")?;
        merge_all(&mut self.replicas, &other.replicas, "Replicas")
    }

    /// Adds fields that hold a name.
    pub(super) fn add_reference(&mut self, other: &NameReference) -> Result<(), Conflict> {
        let known = self
            .name_reference
            .iter_mut()
            .find(|r| r.target == other.target);
        match known {
            Some(known) => merge_all(&mut known.referrers, &other.referrers, "NameReference"),
            None => {
                self.name_reference.push(other.clone());
                Ok(())
            }
        }
    }

    /// Puts every list in kustomize's order.
    pub(super) fn sort(&mut self) {
        for list in [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_annotations,
            &mut self.var_reference,
            &mut self.images,
            &mut self.replicas,
        ] {
            list.sort_by_cached_key(|spec| spec.gvk.order());
        }
        self.name_reference.sort_by_cached_key(|r| r.target.order());
    }
}

/// Adds those of `more` that `list` does not have.
pub(crate) fn merge_all(
    list: &mut Vec<FieldSpec>,
    more: &[FieldSpec],
    what: &'static str,
) -> Result<(), Conflict> {
    for spec in more {
        match list.iter().find(|known| known.covers(spec)) {
            Some(known) if known.create != spec.create => return Err(Conflict(what)),
            Some(_) => {}
            None => list.push(spec.clone()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_paths() {
        let parts = |path| split_path(path, '/').join("|");
        assert_eq!(parts("metadata/name"), "metadata|name");
        assert_eq!(parts("/metadata/name"), "metadata|name");
        assert_eq!(
            parts(r"metadata/annotations/a.b\/c"),
            "metadata|annotations|a.b/c"
        );
    }

    #[test]
    fn merges_what_is_new_and_refuses_contradictions() {
        let deployment = Gvk::new("", "Deployment");
        let mut list = vec![FieldSpec::new(deployment.clone(), "a/b", true)];
        let same = FieldSpec::new(deployment.clone(), "a/b", true);
        let other = FieldSpec::new(deployment.clone(), "a/c", false);
        assert!(merge_all(&mut list, &[same, other], "Images").is_ok());
        assert_eq!(list.len(), 2);
        let contradiction = FieldSpec::new(deployment, "a/b", false);
        assert!(merge_all(&mut list, &[contradiction], "Images").is_err());
    }
}
