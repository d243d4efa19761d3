//! Reads `WWW-Authenticate`: how a registry wants to be asked (RFC 9110, section 11.6.1).

/// One challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// The scheme in lower case: `bearer`, `basic`.
    pub(super) scheme: String,
    /// The parameters in their order, names in lower case, values without quotes.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Returns a parameter that is there and not empty.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }
}

/// Reads one header, which may hold several challenges. What does not read as one ends the list.
pub(super) fn parse(header: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',', '=']);
        let (name, after) = token(rest);
        if name.is_empty() {
            return challenges;
        }
        let name = name.to_ascii_lowercase();
        // `name =` is a parameter of the challenge before; a scheme has none of it. (What follows the `=` of a token68 is
        // empty, and is dropped with it.)
        let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        match (value, challenges.last_mut()) {
            (Some(value), Some(challenge)) => {
                let (value, after) = parameter_value(value.trim_start_matches([' ', '\t']));
                challenge.parameters.push((name, value));
                rest = after;
            }
            (Some(_), None) => return challenges,
            (None, _) => {
                challenges.push(Challenge {
                    scheme: name,
                    parameters: Vec::new(),
                });
                rest = after;
            }
        }
    }
}

fn token(text: &str) -> (&str, &str) {
    let inside = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/:?".contains(c);
    text.split_at(text.find(|c| !inside(c)).unwrap_or(text.len()))
}

/// Reads a quoted string or a token; a quote that is not closed ends with the header.
fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = token(text);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            c => value.push(c),
        }
    }
    (value, chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(header: &str) -> Vec<String> {
        let parameters = |c: &Challenge| {
            let pairs = c.parameters.iter().map(|(k, v)| format!("{k}={v}"));
            pairs.collect::<Vec<_>>().join(";")
        };
        let all = parse(header);
        all.iter()
            .map(|c| format!("{} {}", c.scheme, parameters(c)))
            .collect()
    }

    proptest::proptest! {
        #[test]
        fn anything_reads_to_an_end(header in "[ -~\\u{e9}]{0,60}") {
            parse(&header);
        }
    }

    #[test]
    fn reads_what_registries_send() {
        let table = [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull""#,
                vec![
                    "bearer realm=https://auth.docker.io/token;service=registry.docker.io;scope=repository:library/nginx:pull",
                ],
            ),
            (
                r#"Bearer realm="https://a/t",scope="repository:x:pull,push",service=plain"#,
                vec!["bearer realm=https://a/t;scope=repository:x:pull,push;service=plain"],
            ),
            (
                r#"Negotiate, Basic realm="a \"b\", c" , bearer REALM = "r""#,
                vec!["negotiate ", "basic realm=a \"b\", c", "bearer realm=r"],
            ),
            ("Basic realm=\"open", vec!["basic realm=open"]),
            ("Basic", vec!["basic "]),
            ("realm=\"x\"", vec![]),
            ("", vec![]),
            ("\u{1}", vec![]),
        ];
        for (header, expected) in table {
            assert_eq!(shown(header), expected, "{header}");
        }
    }
}
