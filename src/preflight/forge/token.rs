//! Which kind of token it is, by what it looks like.

use crate::preflight::facts::TokenKind;
use crate::preflight::plan::Forge;

impl TokenKind {
    /// Tells the kind by the beginning of the value; GitHub's own words on lengths change, so that they are not looked at.
    pub fn of(forge: Forge, value: &str) -> TokenKind {
        let kinds: &[(&str, TokenKind)] = match forge {
            Forge::GitHub => &[
                ("github_pat_", TokenKind::FineGrained),
                ("ghp_", TokenKind::Classic),
                ("gho_", TokenKind::OAuth),
                ("ghu_", TokenKind::AppUser),
                ("ghs_", TokenKind::AppInstallation),
            ],
            Forge::GitLab => &[
                ("glpat-", TokenKind::GitLabPersonal),
                ("gldt-", TokenKind::GitLabDeploy),
            ],
            Forge::Gitea | Forge::Git => &[],
        };
        let found = kinds.iter().find(|(start, _)| value.starts_with(start));
        let is_old = forge == Forge::GitHub
            && value.len() == 40
            && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        match found {
            Some((_, kind)) => *kind,
            None if is_old => TokenKind::Classic,
            None => TokenKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_beginning() {
        let jwt = format!("ghs_{}", "eyJ.a-b_c".repeat(60));
        let hex = "0123456789abcdef0123456789abcdef01234567";
        for (forge, value, kind) in [
            (Forge::GitHub, "github_pat_11AAA", TokenKind::FineGrained),
            (Forge::GitHub, "ghp_x", TokenKind::Classic),
            (Forge::GitHub, "gho_x", TokenKind::OAuth),
            (Forge::GitHub, "ghu_x", TokenKind::AppUser),
            (Forge::GitHub, &jwt, TokenKind::AppInstallation),
            (Forge::GitHub, hex, TokenKind::Classic),
            (Forge::Gitea, hex, TokenKind::Other),
            (Forge::GitHub, "glpat-x", TokenKind::Other),
            (Forge::GitLab, "glpat-x", TokenKind::GitLabPersonal),
            (Forge::GitLab, "gldt-x", TokenKind::GitLabDeploy),
            (Forge::Git, "ghp_x", TokenKind::Other),
        ] {
            assert_eq!(TokenKind::of(forge, value), kind, "{value}");
        }
    }
}
