//! Where the next page of a list is: the `Link` header (RFC 8288).

use reqwest::Url;
use reqwest::header::{HeaderMap, LINK};

/// Returns the address of the next page, seen from the page that said so.
///
/// # Errors
/// There is a next page, but its address does not read as one.
pub(in crate::adapter) fn next(headers: &HeaderMap, page: &Url) -> Result<Option<Url>, ()> {
    let texts = headers.get_all(LINK).iter();
    let found = texts
        .filter_map(|value| value.to_str().ok())
        .find_map(next_in);
    found.map_or(Ok(None), |link| {
        let url = page.join(link).map_err(|_| ())?;
        if matches!(url.scheme(), "http" | "https") {
            Ok(Some(url))
        } else {
            Err(())
        }
    })
}

/// Returns the first address of a header whose relation is `next`. Some registries leave the brackets out.
fn next_in(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return None;
        }
        let (target, after) = match rest.strip_prefix('<') {
            Some(open) => open.split_once('>')?,
            None => rest.split_at(rest.find(';').unwrap_or(rest.len())),
        };
        let (parameters, after) = until_comma(after);
        if is_next(parameters) {
            return Some(target.trim());
        }
        rest = after;
    }
}

/// Splits at the first comma that is not within quotes.
fn until_comma(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = text.find(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    text.split_at(end.unwrap_or(text.len()))
}

fn is_next(parameters: &str) -> bool {
    parameters.split(';').any(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else {
            return false;
        };
        let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel")
            && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn anything_reads_to_an_end(header in "[<>;,=\" relnxt\\u{e9}]{0,60}") {
            next_in(&header);
        }
    }

    #[test]
    fn finds_the_next_page() {
        let table = [
            (
                r#"</v2/a/tags/list?n=2&last=b>; rel="next""#,
                "https://r.io/v2/a/tags/list?n=2&last=b",
            ),
            (
                r#"</v2/a/tags/list?n=50&next_page=gAAA%3D>; rel=next"#,
                "https://r.io/v2/a/tags/list?n=50&next_page=gAAA%3D",
            ),
            (
                r#"<https://other.io/x>; title="a, b"; rel="last next""#,
                "https://other.io/x",
            ),
            (
                r#"</first>; rel="first", </second>; rel="next""#,
                "https://r.io/second",
            ),
            (
                r#"/v2/a/tags/list?last=c; rel="next""#,
                "https://r.io/v2/a/tags/list?last=c",
            ),
            (
                r#"<?last=d>; REL=NEXT"#,
                "https://r.io/v2/a/tags/list?last=d",
            ),
            (r#"</first>; rel="first""#, "none"),
            ("</open", "none"),
            ("", "none"),
            ("<https://[bad>; rel=next", "error"),
            ("<file:///etc/passwd>; rel=next", "error"),
        ];
        let page = Url::parse("https://r.io/v2/a/tags/list?n=2").unwrap();
        for (header, expected) in table {
            let headers = HeaderMap::from_iter([(LINK, header.parse().unwrap())]);
            let found = match next(&headers, &page) {
                Ok(url) => url.map_or("none".to_owned(), |url| url.to_string()),
                Err(()) => "error".to_owned(),
            };
            assert_eq!(found, expected, "{header}");
        }
    }
}
