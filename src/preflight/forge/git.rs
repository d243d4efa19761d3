//! What a git server advertises over HTTP before anything is fetched or pushed (gitprotocol-http, version 0 and 1).

use crate::preflight::facts::BranchFacts;

/// What a server advertises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advertisement {
    /// Branches with the ids of their heads.
    pub branches: Vec<(String, String)>,
}

/// Reads the answer to `GET .../info/refs?service=SERVICE`; none where it is not one.
pub fn advertisement(service: &str, body: &[u8]) -> Option<Advertisement> {
    let mut lines = packets(body);
    let first = lines.next()??;
    if first.trim_ascii_end() != format!("# service={service}").as_bytes() {
        return None;
    }
    let mut found = Advertisement::default();
    for line in lines {
        let line = String::from_utf8_lossy(line?);
        let line = line.split('\0').next().unwrap_or_default().trim_end();
        let Some((id, name)) = line.split_once(' ') else {
            continue;
        };
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            found.branches.push((branch.to_owned(), id.to_owned()));
        }
    }
    Some(found)
}

/// Reads the lines of `git ls-remote`: an id, a tab, a name.
pub fn listed(text: &str) -> Advertisement {
    let branch = |line: &str| {
        let (id, name) = line.split_once('\t')?;
        let name = name.strip_prefix("refs/heads/")?;
        Some((name.to_owned(), id.to_owned()))
    };
    Advertisement {
        branches: text.lines().filter_map(branch).collect(),
    }
}

impl Advertisement {
    /// Returns a branch, if it is there.
    pub fn branch(&self, name: &str) -> Option<BranchFacts> {
        let (_, head) = self.branches.iter().find(|(known, _)| known == name)?;
        Some(BranchFacts {
            head: Some(head.clone()),
            is_protected: false,
        })
    }
}

/// Returns the packets of a body, without those that only separate; a none where it breaks off.
fn packets(body: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        loop {
            let (length, after) = rest.split_at_checked(4)?;
            let length = std::str::from_utf8(length).ok();
            let length = length.and_then(|text| usize::from_str_radix(text, 16).ok());
            match length {
                Some(0..=3) => rest = after,
                Some(length) => {
                    let (packet, after) = match after.split_at_checked(length - 4) {
                        Some(split) => split,
                        None => {
                            rest = &[];
                            return Some(None);
                        }
                    };
                    rest = after;
                    return Some(Some(packet));
                }
                None => {
                    rest = &[];
                    return Some(None);
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(text: &str) -> String {
        format!("{:04x}{text}", text.len() + 4)
    }

    #[test]
    fn branches_are_read() {
        let id = "a".repeat(40);
        let body = [
            packet("# service=git-upload-pack\n"),
            "0000".to_owned(),
            packet(&format!(
                "{id} HEAD\0symref=HEAD:refs/heads/main agent=git/2\n"
            )),
            packet(&format!("{id} refs/heads/feature/x\n")),
            packet(&format!("{id} refs/heads/main\n")),
            packet(&format!("{id} refs/tags/v1\n")),
            "0000".to_owned(),
        ];
        let found = advertisement("git-upload-pack", body.concat().as_bytes()).unwrap();
        let names: Vec<_> = found
            .branches
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["feature/x", "main"]);
        assert_eq!(found.branches[0].1, id);
    }

    #[test]
    fn what_is_none_is_told() {
        let empty = format!(
            "{}0000{}0000",
            packet("# service=git-receive-pack\n"),
            packet("0 capabilities^{}\0x")
        );
        assert_eq!(
            advertisement("git-receive-pack", empty.as_bytes()),
            Some(Advertisement::default())
        );
        for bad in [
            "",
            "<html>",
            "zzzz",
            "ffff# service=git-receive-pack\n",
            "0000",
            "0001",
            "00",
        ] {
            assert_eq!(
                advertisement("git-receive-pack", bad.as_bytes()),
                None,
                "{bad}"
            );
        }
        assert_eq!(advertisement("git-upload-pack", empty.as_bytes()), None);
    }
}
