//! Variable substitution as Flux runs it on every object: `${var}` with bash-like functions.
//!
//! The behaviour is that of `github.com/fluxcd/pkg/envsubst` 1.7 and 1.8 (kustomize-controller 1.9, flux 2.9), oddities
//! included:
//!
//! * `$$` becomes `$` everywhere outside `${...}` and in the arguments of `/` and `//`; nowhere else. `$name` stays.
//! * `${var=x}`, `${var:=x}`, `${var:-x}`, `${var:?x}` and even `${var:+x}` all mean: `x` if the value is empty. The default
//!   may hold further expressions, which are evaluated whether needed or not.
//! * `${var-x}` is an error, and so is `${var:` with nothing or with a character beyond ASCII after it.
//! * `${#var}` and `${var:pos:len}` count bytes.
//!
//! What Flux does around it (`github.com/fluxcd/pkg/kustomize` 1.35, `SubstituteVariables`):
//!
//! * It runs on the object as `manifest::to_yaml` prints it, keys included, and reads the result with
//!   `Schema::Kubernetes`. The quotes of a source file are gone by then: a label `"${ON}"` is printed as `${ON}`, and
//!   becomes a boolean if the value is `yes`, a number if it is `1`, null if it is empty.
//! * It does not run without any variable, unless `substituteStrategy` is `Always`.
//! * It skips objects with the label or the annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`.
//! * All variable names must match `^[_[:alpha:]][_[:alpha:][:digit:]]*$`, else the whole Kustomization fails: those from every key of a
//!   ConfigMap or Secret in `substituteFrom`, too. `postBuild.substitute` overrides `substituteFrom`, and later references
//!   override earlier ones. All line breaks are removed from values ([`variable_value`]).
//! * In strict mode, the default of kustomize-controller since 1.9, an unset variable without default is an error.

mod functions;
mod glob;
mod parse;

use std::borrow::Cow;

pub use parse::SyntaxError;
use parse::{Expression, Piece, Template};

/// The label or annotation that excludes an object from substitution when its value is [`DISABLED`].
pub const SUBSTITUTE_KEY: &str = "kustomize.toolkit.fluxcd.io/substitute";
/// The value that switches substitution off.
pub const DISABLED: &str = "disabled";

/// What is known about a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// It has this value.
    Value(&'a str),
    /// It may have a value, which cannot be seen from here: it may come from a Secret or from the cluster.
    Unknown,
    /// It has no value.
    Unset,
}

/// Text after substitution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substituted<'a> {
    /// The text. What depends on an unknown variable reads `${NAME}`.
    pub text: Cow<'a, str>,
    /// The unknown variables that the text depends on.
    pub unknown: Vec<String>,
    /// The variables that are not set and have no default; nothing stands in their place. Empty in strict mode.
    pub unset: Vec<String>,
}

impl<'a> Substituted<'a> {
    fn unchanged(text: &'a str) -> Self {
        Substituted {
            text: Cow::Borrowed(text),
            unknown: Vec::new(),
            unset: Vec::new(),
        }
    }
}

/// Why Flux would refuse the text. The messages are Flux's, without the prefix `variable substitution failed: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteError {
    /// An expression that cannot be read.
    #[error("{error}")]
    Syntax {
        /// What is wrong.
        error: SyntaxError,
        /// The byte at which the outermost `${` of the expression stands.
        offset: usize,
    },
    /// A variable without value and default, in strict mode.
    #[error("variable not set (strict mode): {name:?}")]
    NotSet {
        /// The variable.
        name: String,
        /// The byte at which its `${` stands.
        offset: usize,
    },
}

/// Replaces the variables in `text`.
///
/// # Errors
/// If an expression cannot be read, or with `strict` if a variable is unset and has no default.
pub fn substitute<'t, 'v>(
    text: &'t str,
    strict: bool,
    lookup: &dyn Fn(&str) -> Lookup<'v>,
) -> Result<Substituted<'t>, SubstituteError> {
    if !text.contains(['$', '\0']) {
        return Ok(Substituted::unchanged(text));
    }
    // All expressions are read before the first one is evaluated, as in Go: a syntax error comes first.
    let pieces = Template::new(text).collect::<Result<Vec<_>, _>>()?;
    let mut run = Run {
        strict,
        lookup,
        unset: Vec::new(),
    };
    let result = run.join(&pieces)?;
    Ok(Substituted {
        text: result.text,
        unknown: result.unknown,
        unset: run.unset,
    })
}

/// Returns the value that Flux gives to a variable: without any of its line breaks, those in the middle included.
pub fn variable_value(value: &str) -> Cow<'_, str> {
    if value.contains('\n') {
        Cow::Owned(value.replace('\n', ""))
    } else {
        Cow::Borrowed(value)
    }
}

/// One evaluation.
struct Run<'r, 'v> {
    strict: bool,
    lookup: &'r dyn Fn(&str) -> Lookup<'v>,
    unset: Vec<String>,
}

/// The result of a part, with the unknown variables that it depends on.
#[derive(Default)]
struct Evaluated<'a> {
    text: Cow<'a, str>,
    unknown: Vec<String>,
}

impl<'a> Evaluated<'a> {
    /// What stands for everything that depends on the variable `name`.
    fn unknown(name: String) -> Self {
        Evaluated {
            text: Cow::Owned(format!("${{{name}}}")),
            unknown: vec![name],
        }
    }

    fn append(&mut self, other: Evaluated<'a>) {
        if self.text.is_empty() {
            self.text = other.text;
        } else {
            self.text.to_mut().push_str(&other.text);
        }
        other
            .unknown
            .iter()
            .for_each(|name| remember(&mut self.unknown, name));
    }
}

impl Run<'_, '_> {
    fn join<'t>(&mut self, pieces: &[Piece<'t>]) -> Result<Evaluated<'t>, SubstituteError> {
        let mut joined = Evaluated::default();
        for piece in pieces {
            joined.append(self.piece(piece)?);
        }
        Ok(joined)
    }

    fn piece<'t>(&mut self, piece: &Piece<'t>) -> Result<Evaluated<'t>, SubstituteError> {
        match piece {
            Piece::Text(text) => Ok(Evaluated {
                text: text.clone(),
                unknown: Vec::new(),
            }),
            Piece::Expression(expression) => self.expression(expression),
        }
    }

    fn expression<'t>(
        &mut self,
        expression: &Expression<'t>,
    ) -> Result<Evaluated<'t>, SubstituteError> {
        let arguments = expression.arguments.iter().map(|piece| self.piece(piece));
        let arguments: Vec<_> = arguments.collect::<Result<_, _>>()?;
        let value = match (self.lookup)(expression.name) {
            Lookup::Unknown => return Ok(Evaluated::unknown(expression.name.to_owned())),
            Lookup::Value(value) => value,
            Lookup::Unset => {
                self.note_unset(expression)?;
                ""
            }
        };
        if functions::is_default(expression.operator) {
            return Ok(or_default(value, arguments));
        }
        if let Some(name) = arguments.iter().flat_map(|a| &a.unknown).next() {
            return Ok(Evaluated::unknown(name.clone()));
        }
        let arguments: Vec<&str> = arguments.iter().map(|a| a.text.as_ref()).collect();
        let text = functions::apply(expression.operator, value, &arguments);
        Ok(Evaluated {
            text: Cow::Owned(text),
            unknown: Vec::new(),
        })
    }

    fn note_unset(&mut self, expression: &Expression<'_>) -> Result<(), SubstituteError> {
        if functions::has_default(expression.operator) {
            return Ok(());
        }
        if self.strict {
            return Err(SubstituteError::NotSet {
                name: expression.name.to_owned(),
                offset: expression.offset,
            });
        }
        remember(&mut self.unset, expression.name);
        Ok(())
    }
}

/// The value, or the arguments one after the other if it is empty.
fn or_default<'t>(value: &str, arguments: Vec<Evaluated<'t>>) -> Evaluated<'t> {
    let mut result = Evaluated::default();
    if value.is_empty() {
        arguments
            .into_iter()
            .for_each(|argument| result.append(argument));
    } else {
        result.text = Cow::Owned(value.to_owned());
    }
    result
}

fn remember(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    fn run<'a>(text: &'a str, strict: bool) -> Result<Substituted<'a>, SubstituteError> {
        let lookup = |name: &str| match name {
            "A" => Lookup::Value("abc"),
            "E" => Lookup::Value(""),
            "SECRET" => Lookup::Unknown,
            _ => Lookup::Unset,
        };
        substitute(text, strict, &lookup)
    }

    #[test]
    fn every_case_comes_out_as_in_flux() {
        let text = include_str!("../../tests/fixtures/go/envsubst.json");
        let table: Json = serde_json::from_str(text).unwrap();
        let cases = table["cases"].as_array().unwrap();
        assert!(cases.len() > 200);
        let lookup = |name: &str| match table["vars"].get(name).and_then(Json::as_str) {
            Some(value) => Lookup::Value(value),
            None => Lookup::Unset,
        };
        for case in cases {
            let lenient = &case["lenient"];
            for (strict, wanted) in [
                (false, lenient),
                (true, case.get("strict").unwrap_or(lenient)),
            ] {
                let ours = substitute(case["text"].as_str().unwrap(), strict, &lookup);
                let ours = match &ours {
                    Ok(substituted) => Json::from(vec![substituted.text.as_ref()]),
                    Err(error) => Json::from(error.to_string()),
                };
                assert_eq!(&ours, wanted, "strict {strict}: {case}");
            }
        }
    }

    #[test]
    fn text_without_variables_is_not_copied() {
        let result = run("a: b\n", true).unwrap();
        assert!(matches!(result.text, Cow::Borrowed("a: b\n")));
    }

    #[test]
    fn what_depends_on_an_unknown_variable_stays_visible() {
        let table = [
            ("x${SECRET}y${A}", "x${SECRET}yabc"),
            ("${SECRET:-default}", "${SECRET}"),
            ("${SECRET^^}${#SECRET}", "${SECRET}${SECRET}"),
            ("${NONE:-pre-${SECRET}}", "pre-${SECRET}"),
            ("${A/${SECRET}/x}", "${SECRET}"),
        ];
        for (text, wanted) in table {
            let result = run(text, true).unwrap();
            assert_eq!(result.text, wanted, "{text}");
            assert_eq!(result.unknown, ["SECRET"], "{text}");
        }
        let unused = run("${A:-${SECRET}}", true).unwrap();
        assert_eq!((unused.text.as_ref(), unused.unknown.len()), ("abc", 0));
    }

    #[test]
    fn unset_variables_are_listed_or_refused() {
        let result = run("a${X}${X}${Y:-d}${E}${Z^}", false).unwrap();
        assert_eq!(result.text, "ad");
        assert_eq!(result.unset, ["X", "Z"]);
        let error = run("ab ${A:-${X}}", true).unwrap_err();
        assert_eq!(
            error,
            SubstituteError::NotSet {
                name: "X".into(),
                offset: 8
            }
        );
    }

    #[test]
    fn a_syntax_error_says_where_its_expression_starts() {
        let error = run("${X} ok ${A:-${B-c}}", true).unwrap_err();
        let wanted = SubstituteError::Syntax {
            error: SyntaxError::MissingClosingBrace,
            offset: 8,
        };
        assert_eq!(error, wanted);
    }

    #[test]
    fn depth_is_limited() {
        let text = "${a:-".repeat(100_000);
        let error = run(&text, false).unwrap_err();
        assert!(matches!(
            error,
            SubstituteError::Syntax {
                error: SyntaxError::TooDeep,
                ..
            }
        ));
    }

    #[test]
    fn values_lose_their_line_breaks() {
        assert_eq!(variable_value("a\nb\n"), "ab");
        assert!(matches!(variable_value("ab"), Cow::Borrowed("ab")));
    }
}
