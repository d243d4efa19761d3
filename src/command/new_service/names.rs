//! What Kubernetes takes as a name.

/// Takes a DNS label: what names a namespace and a Service.
///
/// # Errors
/// It is none; what is wrong with it.
pub(super) fn label(name: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let wrong = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.len() > 63 {
        format!("it has {} characters, and 63 are the most", name.len())
    } else if let Some(c) = name.chars().find(|c| !legal(*c)) {
        format!("`{c}` is neither a small letter, a digit nor `-`")
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "a Service must begin with a letter".to_owned()
    } else if name.ends_with('-') {
        "it ends with `-`".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("`{name}` is no DNS label: {wrong}"))
}

/// Takes a host name of at least one label.
///
/// # Errors
/// It is none; what is wrong with it.
pub(super) fn host(name: &str) -> Result<(), String> {
    let legal = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty()
            && part.len() <= 63
            && part.chars().all(inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    // `${SECRET_DOMAIN}` is filled in by Flux.
    let variable = |part: &str| part.starts_with("${") && part.ends_with('}');
    let plain = name.split_once(".${").map_or(name, |(plain, _)| plain);
    let rest_is_fine =
        plain.len() == name.len() || variable(name.get(plain.len() + 1..).unwrap_or_default());
    match rest_is_fine && name.len() <= 253 && plain.split('.').all(legal) {
        true => Ok(()),
        false => Err(format!(
            "`{name}` is no host name: labels of small letters, digits and `-`, with dots between them"
        )),
    }
}

/// Takes the name of a node or Secret: a DNS subdomain.
///
/// # Errors
/// It is none.
pub(super) fn object(name: &str) -> Result<String, String> {
    match host(name).is_ok() && !name.contains("${") {
        true => Ok(name.to_owned()),
        false => Err(format!(
            "`{name}` is no name: small letters, digits, `-` and dots between them"
        )),
    }
}

/// Takes the role of a node, as it stands in `node-role.kubernetes.io/ROLE`.
///
/// # Errors
/// It is none.
pub(super) fn role(name: &str) -> Result<String, String> {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_whole = ends(name.chars().next()) && ends(name.chars().next_back());
    match is_whole && name.len() <= 63 && name.chars().all(inner) {
        true => Ok(name.to_owned()),
        false => Err(format!(
            "`{name}` is no role: letters and digits, and `-`, `_` and `.` between them"
        )),
    }
}

/// Takes one line for people.
///
/// # Errors
/// It is empty, or more than a line.
pub(super) fn line(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty".to_owned()),
        text if text.contains(char::is_control) => Err("one line is expected".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// Takes a folder of the repository, relative to its root, and returns it without `./` and slash at the end.
///
/// # Errors
/// It may lead outside.
pub(super) fn folder(path: &str) -> Result<String, String> {
    let plain = path.trim_start_matches("./").trim_end_matches('/');
    let mut parts = plain.split('/');
    let strange = |part: &str| matches!(part, "" | "." | ".." | ".git") || part.contains('\\');
    match path.starts_with('/') || parts.any(strange) {
        true => Err(format!(
            "`{path}` is no folder of the repository: a path relative to its root, such as `apps/media`"
        )),
        false => Ok(plain.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_services() {
        assert!(label("mtgibbs-site2").is_ok());
        let long = "a".repeat(64);
        for wrong in ["", "My-Site", "-a", "a-", "1a", "a.b", "a_b", long.as_str()] {
            assert!(label(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hosts_are_lower_case_labels() {
        for right in ["a", "site.lab.example.dev", "site.${SECRET_DOMAIN}"] {
            assert!(host(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "https://a.dev",
            "a..b",
            "A.dev",
            "a.dev/",
            "-a.dev",
            "*.dev",
        ] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn folders_stay_within_the_repository() {
        assert_eq!(folder("./apps/media/"), Ok("apps/media".to_owned()));
        for wrong in ["", ".", "/etc", "../x", "a/../../x", "a//b", ".git/x"] {
            assert!(folder(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_of_nodes_and_lines_for_people() {
        assert!(object("pi-1.lan").is_ok() && object("Pi_1").is_err() && object("").is_err());
        assert!(role("control-plane").is_ok() && role("-x").is_err() && role("").is_err());
        assert_eq!(line(" What to do "), Ok("What to do".to_owned()));
        assert!(line("a\nb").is_err() && line(" ").is_err());
    }
}
