//! The templates of what is written: the user's own from `.homelab/templates/`, else ours from `templates/`.

mod engine;
mod failure;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::Environment;
use minijinja::value::{Serde, Value};

use super::plan::PlanError;
use crate::manifest::{FileId, SourceFile};

pub use table::names;

/// Where the user's own templates stand in a repository.
pub const OWN: &str = ".homelab/templates";

/// The templates by name, such as `deployment.yaml`.
#[derive(Clone)]
pub struct Templates {
    own: Arc<BTreeMap<String, String>>,
    engine: Environment<'static>,
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
        let own = Arc::new(own);
        Templates {
            engine: engine::environment(Arc::clone(&own)),
            own,
        }
    }

    /// Renders a template. What the values do not have is an error, and so is `null` where a value is to be written.
    /// Values are spelled so that YAML reads them back as they are. The text of a built-in template has the comments `#~`,
    /// `#?` and `#=` (see `docs/templates.md`); of the user's own it has not.
    ///
    /// # Errors
    /// There is none of that name, it cannot be rendered, or what it gives is not one YAML document; the message names the
    /// file and line.
    pub fn render(&self, name: &str, values: &serde_json::Value) -> Result<Rendered, PlanError> {
        let is_own = self.own.contains_key(name);
        let template = self.engine.get_template(name);
        let rendered = template.and_then(|t| t.render(Value::from(Serde(values))));
        let text = rendered.map_err(|error| failure::explain(self, &error, values))?;
        let text = without_start(text);
        let file = SourceFile::parse(FileId::NONE, name, text.as_str());
        failure::check_yaml(self, name, &file)?;
        let text = if is_own { without_tags(&text) } else { text };
        Ok(Rendered { text, is_own })
    }

    /// Returns the text of a template and whether it is the user's own.
    fn source(&self, name: &str) -> Option<(&str, bool)> {
        let own = self.own.get(name).map(|text| (text.as_str(), true));
        own.or_else(|| table::text(name).map(|text| (text, false)))
    }
}

impl Default for Templates {
    fn default() -> Self {
        Templates::new(BTreeMap::new())
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Templates").field(&self.own).finish()
    }
}

/// Takes the line `---` from the beginning; whoever joins documents writes it.
fn without_start(text: String) -> String {
    match text.split_once('\n') {
        Some(("---", rest)) => rest.to_owned(),
        _ => text,
    }
}

/// Takes the comments `#~`, `#?` and `#=` from the ends of lines.
pub(crate) fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let tag = [" #~", " #?", " #="]
            .into_iter()
            .find_map(|t| line.strip_suffix(t));
        out.push_str(tag.map_or(line, str::trim_end));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests;
