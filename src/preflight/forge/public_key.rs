//! Public keys of SSH, as lines of `authorized_keys` have them.

use crate::preflight::facts::PublicKey;

impl PublicKey {
    /// Reads `TYPE BASE64 [COMMENT]`; none where it is something else.
    pub fn parse(line: &str) -> Option<PublicKey> {
        let mut words = line.split_whitespace();
        let (algorithm, blob) = (words.next()?, words.next()?);
        let is_type = |text: &str| {
            let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '@' | '.');
            (text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-"))
                && text.chars().all(fine)
        };
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        (is_type(algorithm) && blob.chars().all(is_base64)).then(|| PublicKey {
            algorithm: algorithm.to_owned(),
            blob: blob.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_do_not_count() {
        let key = PublicKey::parse("ecdsa-sha2-nistp384 AAAAE2Vj/+== flux\n").unwrap();
        assert_eq!(key.algorithm, "ecdsa-sha2-nistp384");
        assert_eq!(key.blob, "AAAAE2Vj/+==");
        assert_eq!(
            PublicKey::parse("ecdsa-sha2-nistp384 AAAAE2Vj/+=="),
            Some(key)
        );
        for bad in [
            "",
            "ssh-rsa",
            "hello world",
            "ssh-rsa AAA...",
            "-----BEGIN KEY",
        ] {
            assert_eq!(PublicKey::parse(bad), None, "{bad}");
        }
    }
}
