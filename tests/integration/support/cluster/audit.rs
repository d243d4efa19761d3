//! What homelab asked a test server, as the server's audit log says it: a line for each request, written before it is answered.

use std::fmt;
use std::path::Path;

use serde_json::Value;

/// Every request that is not the server's own is written down when it arrives: a watch too, which may never end.
pub const POLICY: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [ResponseStarted, ResponseComplete, Panic]
rules:
  - {level: None, users: ['system:apiserver']}
  - {level: Metadata}
";

/// A request. It shows as `patch /apis/...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of Kubernetes: `get`, `list`, `watch`, `patch`, ...; discovery is `get`.
    pub verb: String,
    /// With its query.
    pub uri: String,
    /// Who asked.
    pub user: String,
    /// Empty where it is about no namespace.
    pub namespace: String,
    /// The plural; empty for discovery.
    pub resource: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.uri)
    }
}

/// Reads the requests of homelab, oldest first.
pub fn read(log: &Path) -> Vec<Asked> {
    // The server may be in the middle of a line.
    let log = std::fs::read(log).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let agent = concat!("homelab/", env!("CARGO_PKG_VERSION"));
    let own = log.lines().filter(|line| line.contains(agent));
    let events = own.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events = events.filter(|event| event["userAgent"] == agent);
    events.map(|event| asked(&event)).collect()
}

fn asked(event: &Value) -> Asked {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Asked {
        verb: text(&event["verb"]),
        uri: text(&event["requestURI"]),
        user: text(&event["user"]["username"]),
        namespace: text(&event["objectRef"]["namespace"]),
        resource: text(&event["objectRef"]["resource"]),
    }
}
