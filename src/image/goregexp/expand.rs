//! A pattern and a template, applied to text after text.

use regex::{CaptureLocations, Regex};
use smol_str::SmolStr;

use super::{GoRegexp, Template, TemplatePart};

/// Matches texts and fills the template in, with what one thread can keep from text to text.
pub(in crate::image) struct Expander<'r> {
    regexp: &'r GoRegexp,
    template: &'r Template,
    /// The program for ASCII with memory of its own, and where its groups matched.
    ascii: Option<(Regex, CaptureLocations)>,
    parts: Vec<Part<'r>>,
    text: String,
}

/// A part of the template with the groups that it reads.
enum Part<'r> {
    Text(&'r str),
    /// The first of these groups that took part.
    Groups(Vec<usize>),
}

impl<'r> Expander<'r> {
    /// Prepares a pattern and a template.
    pub(in crate::image) fn new(regexp: &'r GoRegexp, template: &'r Template) -> Self {
        let part = |part: &'r TemplatePart| match part {
            TemplatePart::Text(text) => Part::Text(text),
            group => Part::Groups(regexp.groups_of(group)),
        };
        let ascii = regexp.program("").cloned().map(|program| {
            let places = program.capture_locations();
            (program, places)
        });
        Expander {
            regexp,
            template,
            ascii,
            parts: template.parts().iter().map(part).collect(),
            text: String::new(),
        }
    }

    /// Returns the template filled in with the first match; `None` without a match.
    pub(in crate::image) fn expand(&mut self, text: &str) -> Option<SmolStr> {
        if !text.is_ascii() {
            let captures = self.regexp.find(text)?;
            return Some(self.regexp.expand(self.template, &captures).into());
        }
        let (program, places) = self.ascii.as_mut()?;
        program.captures_read(places, text)?;
        let group = |groups: &[usize]| {
            let (start, end) = groups.iter().find_map(|group| places.get(*group))?;
            text.get(start..end)
        };
        if let [Part::Groups(groups)] = self.parts.as_slice() {
            return Some(SmolStr::new(group(groups).unwrap_or("")));
        }
        self.text.clear();
        for part in &self.parts {
            self.text.push_str(match part {
                Part::Text(text) => text,
                Part::Groups(groups) => group(groups).unwrap_or(""),
            });
        }
        Some(SmolStr::new(&self.text))
    }
}
