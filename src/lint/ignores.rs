//! `# homelab: ignore[rule-id] reason`: a person's word that a finding is meant to be so.

use crate::manifest::{Placement, SourceFile};

/// Tells whether a comment on the line, or alone on the line above, ignores `rule` there.
pub(super) fn covers(file: &SourceFile, rule: &str, line: u32) -> bool {
    file.comments.iter().any(|comment| {
        let text = file.slice(comment.span);
        if !text.contains("homelab:") {
            return false;
        }
        let at = file.line(comment.span.start as usize);
        let applies = at == line || (comment.placement == Placement::OwnLine && at + 1 == line);
        applies && names(text, rule)
    })
}

/// Tells whether an ignore comment names the rule or its family.
fn names(comment: &str, rule: &str) -> bool {
    let Some((_, rest)) = comment.split_once("homelab:") else {
        return false;
    };
    let Some(list) = rest
        .trim_start()
        .strip_prefix("ignore[")
        .and_then(|r| r.split_once(']'))
    else {
        return false;
    };
    list.0
        .split(',')
        .any(|name| super::engine::covers(name.trim(), rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::FileId;

    #[test]
    fn comments_on_the_line_or_above_count() {
        let text = "a: 1 # homelab: ignore[image/floating-tag] wanted\n# homelab: ignore[yaml, k8s/x] because\nb: 2\nc: 3\n";
        let file = SourceFile::parse(FileId(0), "a.yaml", text);
        assert!(covers(&file, "image/floating-tag", 1));
        assert!(!covers(&file, "image/other", 1));
        assert!(covers(&file, "yaml/parse-error", 3));
        assert!(!covers(&file, "yaml/parse-error", 4));
    }
}
