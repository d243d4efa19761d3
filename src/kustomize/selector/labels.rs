//! Label selectors (`app=x,tier in (a,b),!old`) as Kubernetes reads them: kyaml 0.21's copy of apimachinery 0.19.

use std::collections::BTreeSet;

/// A label selector: all requirements must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Greater,
    Less,
}

impl LabelSelector {
    /// Reads a selector.
    ///
    /// # Errors
    /// With the message of apimachinery.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Parser {
            tokens: tokens(text),
            at: 0,
        }
        .selector()
        .map(LabelSelector)
    }

    /// Tells whether all requirements hold; `get` returns the value of a label.
    pub(super) fn matches<'v>(&self, get: impl Fn(&str) -> Option<&'v str>) -> bool {
        self.0.iter().all(|r| r.matches(get(&r.key)))
    }
}

impl Requirement {
    fn matches(&self, value: Option<&str>) -> bool {
        match (self.operator, value) {
            (Operator::Exists, value) => value.is_some(),
            (Operator::DoesNotExist, value) => value.is_none(),
            (Operator::In, value) => value.is_some_and(|v| self.values.contains(v)),
            (Operator::NotIn, value) => value.is_none_or(|v| !self.values.contains(v)),
            (Operator::Greater, Some(value)) => self.compare(value, |a, b| a > b),
            (Operator::Less, Some(value)) => self.compare(value, |a, b| a < b),
            (Operator::Greater | Operator::Less, None) => false,
        }
    }

    fn compare(&self, value: &str, holds: impl Fn(i64, i64) -> bool) -> bool {
        let bound = self.values.first().and_then(|v| v.parse().ok());
        match (value.parse(), bound) {
            (Ok(value), Some(bound)) => holds(value, bound),
            _ => false,
        }
    }
}

/// A word or an operator. `in` and `notin` are words, except where an operator is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Symbol(&'a str),
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Token::Word(text) | Token::Symbol(text) => text,
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let is_symbol = |c: char| matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<');
    let mut tokens = Vec::new();
    // Go's reader takes a NUL for the end.
    let mut rest = text.split('\0').next().unwrap_or_default();
    loop {
        rest = rest.trim_start_matches(is_space);
        if rest.is_empty() {
            return tokens;
        }
        let (len, symbol) = match rest {
            _ if rest.starts_with("==") || rest.starts_with("!=") => (2, true),
            _ if rest.starts_with(is_symbol) => (1, true),
            _ => {
                let end = rest.find(|c| is_symbol(c) || is_space(c));
                (end.unwrap_or(rest.len()), false)
            }
        };
        let (head, tail) = rest.split_at(len);
        rest = tail;
        tokens.push(if symbol {
            Token::Symbol(head)
        } else {
            Token::Word(head)
        });
    }
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn selector(mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek() {
                Some(Token::Word(_) | Token::Symbol("!")) => {}
                None => return Ok(requirements),
                token => return Err(expected(token, "!, identifier, or 'end of string'")),
            }
            let requirement = self.requirement();
            requirements
                .push(requirement.map_err(|e| format!("unable to parse requirement: {e}"))?);
            match self.next() {
                None => return Ok(requirements),
                Some(Token::Symbol(",")) => {}
                token => return Err(expected(token, "',' or 'end of string'")),
            }
            if !matches!(self.peek(), Some(Token::Word(_) | Token::Symbol("!"))) {
                return Err(expected(self.peek(), "identifier after ','"));
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == Some(Token::Symbol("!"));
        self.at += usize::from(negated);
        let key = match self.next() {
            Some(Token::Word(key)) => key,
            token => return Err(expected(token, "identifier")),
        };
        check_key(key)?;
        let ends = matches!(self.peek(), None | Some(Token::Symbol(",")));
        let (operator, values) = match (negated, ends) {
            (true, _) => (Operator::DoesNotExist, BTreeSet::new()),
            (false, true) => (Operator::Exists, BTreeSet::new()),
            (false, false) => self.comparison()?,
        };
        let requirement = Requirement {
            key: key.to_owned(),
            operator,
            values: values.into_iter().map(str::to_owned).collect(),
        };
        requirement.check_values()?;
        Ok(requirement)
    }

    fn comparison(&mut self) -> Result<(Operator, BTreeSet<&'a str>), String> {
        let token = self.next();
        let operator = match token.map_or("", Token::text) {
            "in" => return Ok((Operator::In, self.set()?)),
            "notin" => return Ok((Operator::NotIn, self.set()?)),
            "=" | "==" => Operator::In,
            "!=" => Operator::NotIn,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            _ => return Err(expected(token, "'=', '!=', '==', 'in', notin'")),
        };
        Ok((operator, BTreeSet::from([self.exact_value()?])))
    }

    fn exact_value(&mut self) -> Result<&'a str, String> {
        if matches!(self.peek(), None | Some(Token::Symbol(","))) {
            return Ok("");
        }
        match self.next() {
            Some(Token::Word(value)) => Ok(value),
            token => Err(expected(token, "identifier")),
        }
    }

    fn set(&mut self) -> Result<BTreeSet<&'a str>, String> {
        let open = self.next();
        if open != Some(Token::Symbol("(")) {
            let found = open.map_or("", Token::text);
            return Err(format!("found '{found}' expected: '('"));
        }
        match self.peek() {
            Some(Token::Word(_) | Token::Symbol(",")) => {
                let values = self.values()?;
                self.at += 1;
                Ok(values)
            }
            Some(Token::Symbol(")")) => {
                self.at += 1;
                Ok(BTreeSet::from([""]))
            }
            token => Err(expected(token, "',', ')' or identifier")),
        }
    }

    /// Reads up to a closing parenthesis. Nothing before, between or after commas is an empty value.
    fn values(&mut self) -> Result<BTreeSet<&'a str>, String> {
        let mut values = BTreeSet::new();
        loop {
            match self.next() {
                Some(Token::Word(value)) => {
                    values.insert(value);
                    match self.peek() {
                        Some(Token::Symbol(",")) => {}
                        Some(Token::Symbol(")")) => return Ok(values),
                        token => return Err(expected(token, "',' or ')'")),
                    }
                }
                Some(Token::Symbol(",")) => {
                    if values.is_empty() {
                        values.insert("");
                    }
                    match self.peek() {
                        Some(Token::Symbol(")")) => {
                            values.insert("");
                            return Ok(values);
                        }
                        Some(Token::Symbol(",")) => {
                            self.at += 1;
                            values.insert("");
                        }
                        _ => {}
                    }
                }
                token => return Err(expected(token, "',', or identifier")),
            }
        }
    }
}

fn expected(found: Option<Token<'_>>, wanted: &str) -> String {
    format!(
        "found '{}', expected: {wanted}",
        found.map_or("", Token::text)
    )
}

impl Requirement {
    fn check_values(&self) -> Result<(), String> {
        let numeric = matches!(self.operator, Operator::Greater | Operator::Less);
        if numeric && self.values.iter().any(|v| v.parse::<i64>().is_err()) {
            return Err("for 'Gt', 'Lt' operators, the value must be an integer".to_owned());
        }
        let key = &self.key;
        self.values
            .iter()
            .try_for_each(|value| check_value(key, value))
    }
}

const NAME: &str = "'-', '_' or '.', and must start and end with an alphanumeric character";
const NAME_REGEX: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const SUBDOMAIN_REGEX: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

fn check_key(key: &str) -> Result<(), String> {
    let mut errors = Vec::new();
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let rule = format!(
        "must consist of alphanumeric characters, {NAME} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for \
         validation is '{NAME_REGEX}')"
    );
    if name.contains('/') {
        errors.push(format!(
            "a qualified name {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ));
        return Err(invalid_key(key, &errors));
    }
    if let Some(prefix) = prefix {
        check_prefix(prefix, &mut errors);
    }
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        errors.push("name part must be no more than 63 characters".to_owned());
    }
    if !is_name(name) {
        errors.push(format!("name part {rule}"));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(invalid_key(key, &errors))
    }
}

fn check_prefix(prefix: &str, errors: &mut Vec<String>) {
    if prefix.is_empty() {
        errors.push("prefix part must be non-empty".to_owned());
        return;
    }
    if prefix.len() > 253 {
        errors.push("prefix part must be no more than 253 characters".to_owned());
    }
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.iter().all(|b| lower(*b) || *b == b'-')
            && bytes.first().is_some_and(|b| lower(*b))
            && bytes.last().is_some_and(|b| lower(*b))
    };
    if !prefix.split('.').all(is_label) {
        errors.push(format!(
            "prefix part a DNS-1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
             start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '{SUBDOMAIN_REGEX}')"
        ));
    }
}

fn invalid_key(key: &str, errors: &[String]) -> String {
    format!("invalid label key {key:?}: {}", errors.join("; "))
}

fn check_value(key: &str, value: &str) -> Result<(), String> {
    let mut errors = Vec::new();
    if value.len() > 63 {
        errors.push("must be no more than 63 characters".to_owned());
    }
    if !value.is_empty() && !is_name(value) {
        errors.push(format!(
            "a valid label must be an empty string or consist of alphanumeric characters, {NAME} (e.g. 'MyValue',  or \
             'my_value',  or '12345', regex used for validation is '({NAME_REGEX})?')"
        ));
    }
    if errors.is_empty() {
        return Ok(());
    }
    let errors = errors.join("; ");
    Err(format!(
        "invalid label value: {value:?}: at key: {key:?}: {errors}"
    ))
}

fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str) -> bool {
        let labels = [("app", "x"), ("n", "5"), ("empty", "")];
        let get = |key: &str| labels.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
        LabelSelector::parse(selector).unwrap().matches(get)
    }

    #[test]
    fn requirements() {
        for selector in [
            "",
            "app",
            "!none",
            "app=x",
            "app == x",
            "app!=y",
            "none!=y",
            "app in (x, y)",
            "app notin (y)",
            "n>4,n<6",
            "empty=",
            "empty in ()",
            "empty in (,a)",
            "none notin (,)",
            "in notin (in)",
            " app = x , n ",
        ] {
            assert!(matches(selector), "{selector}");
        }
        for selector in [
            "none",
            "!app",
            "app=y",
            "app in (y,,z)",
            "none in (x)",
            "n>5",
            "app>1",
            "none>1",
        ] {
            assert!(!matches(selector), "{selector}");
        }
    }

    #[test]
    fn messages() {
        for (selector, message) in [
            (
                "=",
                "found '=', expected: !, identifier, or 'end of string'",
            ),
            ("a,", "found '', expected: identifier after ','"),
            (
                "a b",
                "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'",
            ),
            (
                "a in b",
                "unable to parse requirement: found 'b' expected: '('",
            ),
            (
                "a>x",
                "unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer",
            ),
            ("!a=b", "found '=', expected: ',' or 'end of string'"),
        ] {
            assert_eq!(
                LabelSelector::parse(selector),
                Err(message.to_owned()),
                "{selector}"
            );
        }
    }
}
