//! Writes the objects of a new service: a template, filled in, in the manner of the siblings.

use serde_json::Value;

use super::conventions::{Conventions, Siblings};
use super::mirror;
use super::plan::PlanError;
use super::spec::ServiceSpec;
use super::template::Templates;
use super::values::{merge, values};

/// Everything that decides how an object is written.
#[derive(Clone, Copy)]
pub struct Author<'a> {
    /// The templates.
    pub templates: &'a Templates,
    /// The services beside the new one.
    pub siblings: &'a Siblings<'a>,
    /// What was learnt of them.
    pub conventions: &'a Conventions,
    /// The new service.
    pub spec: &'a ServiceSpec,
}

/// One object as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// One YAML document without `---`, with a line break at its end.
    pub text: String,
    /// The files that were mirrored, the nearest first.
    pub mirrors: Vec<String>,
}

impl Author<'_> {
    /// Writes one object from the template of this name. `more` are values beside those of the service and conventions.
    ///
    /// # Errors
    /// The template cannot be rendered, or is no YAML.
    pub fn write(&self, template: &str, more: Value) -> Result<Written, PlanError> {
        let mut filled = values(self.spec, self.conventions);
        merge(&mut filled, more);
        let rendered = self.templates.render(template, &filled)?;
        if rendered.is_own {
            return Ok(Written {
                text: rendered.text,
                mirrors: Vec::new(),
            });
        }
        let mirrored = mirror::dress(self.siblings, self.spec, &rendered.text)?;
        Ok(Written {
            text: mirrored.text,
            mirrors: mirrored.from,
        })
    }
}
