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
}
