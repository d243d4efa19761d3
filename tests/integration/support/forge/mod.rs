//! A server of repositories on loopback: it answers by a table, and remembers what it was asked.

pub mod gitea;
pub mod github;
pub mod gitlab;
pub mod schema;
pub mod session;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use homelab::adapter::forge::{ForgeOptions, ask};
use homelab::adapter::runtime::block_on;
use homelab::adapter::token::Token;
use homelab::flux::ObjectRef;
use homelab::preflight::{
    Auth, Automation, Check, ClusterFacts, Facts, Forge, ForgeFacts, MachineFacts, Plan, PublicKey,
    RemoteFacts, RepositoryFacts, SecretFacts, Unavailable, Wishes, judge, resolve,
};
use serde_json::Value;

use crate::support::cluster::tls::Tls;

/// The token that the servers take.
pub const TOKEN: &str = "ghp_s3cretS3cretS3cretS3cretS3cretS3cret";

/// What a server answers.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// How many bytes of the body are sent before the connection is closed; all without it.
    pub cut: Option<usize>,
}

impl Reply {
    /// A document.
    pub fn json(status: u16, body: &Value) -> Self {
        Reply {
            status,
            body: body.to_string().into_bytes(),
            ..Reply::default()
        }
        .header("Content-Type", "application/json; charset=utf-8")
    }

    /// Something else.
    pub fn raw(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Reply {
            status,
            body: body.into(),
            ..Reply::default()
        }
    }

    /// A redirect.
    pub fn moved(status: u16, to: &str) -> Self {
        Reply::raw(status, "").header("Location", to)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: BTreeMap<String, String>,
}

#[derive(Default)]
struct State {
    replies: Mutex<BTreeMap<String, Reply>>,
    asked: Mutex<Vec<Request>>,
    /// What is said to a path that is not in the table.
    otherwise: Reply,
    /// The value of `Authorization` and the like, without which it says 401; and what it says then.
    wanted: Option<(String, Vec<String>, Reply)>,
}

/// A server; its thread ends with the tests.
#[derive(Clone)]
pub struct Server {
    /// Host and port.
    pub host: String,
    state: Arc<State>,
}

impl Server {
    /// Starts one that knows nothing yet. `wanted` is a header with the values of it that are let in.
    pub fn start(otherwise: Reply, wanted: Option<(&str, Vec<String>, Reply)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State {
            otherwise,
            wanted: wanted.map(|(name, values, reply)| (name.to_owned(), values, reply)),
            ..State::default()
        });
        let served = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = served.clone();
                std::thread::spawn(move || state.serve(stream));
            }
        });
        Server { host, state }
    }

    /// Answers over TLS, too; returns host and port for that.
    pub fn over_tls(&self, tls: Tls) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let state = self.state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                state.serve(tls.accept(stream));
            }
        });
        host
    }

    /// Says what it answers to a path; the query does not count unless it stands there.
    pub fn on(&self, path: &str, reply: Reply) -> &Self {
        let mut replies = self.state.replies.lock().unwrap();
        replies.insert(path.to_owned(), reply);
        self
    }

    /// Returns what it answers to a path.
    pub fn reply_to(&self, path: &str) -> Reply {
        self.state.replies.lock().unwrap()[path].clone()
    }

    /// Changes what it answers to a path.
    pub fn change(&self, path: &str, change: impl FnOnce(&mut Reply)) -> &Self {
        change(self.state.replies.lock().unwrap().get_mut(path).unwrap());
        self
    }

    /// Changes the document that it answers to a path.
    pub fn edit(&self, path: &str, change: impl FnOnce(&mut Value)) -> &Self {
        self.change(path, |reply| {
            let mut body = serde_json::from_slice(&reply.body).unwrap();
            change(&mut body);
            reply.body = body.to_string().into_bytes();
        })
    }

    /// Returns what was asked, in the order of the alphabet: much is asked at the same time.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.state.asked.lock().unwrap();
        let mut lines: Vec<_> = asked
            .iter()
            .map(|request| format!("{} {}", request.method, request.target))
            .collect();
        lines.sort();
        lines
    }

    /// Returns the requests.
    pub fn requests(&self) -> Vec<Request> {
        self.state.asked.lock().unwrap().clone()
    }

    /// Every reply that is a document, by its path.
    pub fn documents(&self) -> Vec<(String, Value)> {
        let replies = self.state.replies.lock().unwrap();
        let read = |(path, reply): (&String, &Reply)| {
            Some((path.clone(), serde_json::from_slice(&reply.body).ok()?))
        };
        replies.iter().filter_map(read).collect()
    }
}

impl State {
    fn serve(&self, mut stream: impl Read + Write) {
        let Some(request) = read(&mut stream) else {
            // Whoever speaks TLS to a server without it gets this from most.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return;
        };
        let reply = self.reply(&request);
        // Noted before it is answered, so that who has the answer finds the note.
        self.asked.lock().unwrap().push(request);
        let mut head = format!("HTTP/1.1 {} Said\r\nConnection: close\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", reply.body.len()));
        let end = reply.cut.unwrap_or(reply.body.len());
        // A client may have seen enough before the end.
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&reply.body[..end]);
    }

    fn reply(&self, request: &Request) -> Reply {
        let path = request.target.split('?').next().unwrap();
        if let Some((name, values, refusal)) = &self.wanted {
            let shown = request.headers.get(name);
            if shown.is_some_and(|shown| !values.contains(shown)) {
                return refusal.clone();
            }
        }
        let replies = self.replies.lock().unwrap();
        let found = replies.get(&request.target).or_else(|| replies.get(path));
        found.unwrap_or(&self.otherwise).clone()
    }
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        if buffer[0] == 0x16 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..count]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut lines = text.lines();
    let mut words = lines.next()?.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let headers = lines.map_while(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Some(Request {
        method,
        target,
        headers: headers.collect(),
    })
}

/// A plan for a repository of a server.
pub fn plan(forge: Forge, host: &str, full_name: &str) -> Plan {
    let url = format!("http://{host}/{full_name}");
    let wishes = Wishes {
        forge: Some(forge),
        url: Some(url.clone()).filter(|_| forge == Forge::Git),
        branch: Some("main".to_owned()),
        path: Some("clusters/home".to_owned()),
        default_namespace: "flux-system".to_owned(),
        ..Wishes::default()
    };
    let repository = RepositoryFacts {
        remotes: vec![RemoteFacts {
            name: "origin".to_owned(),
            url: format!("{url}.git"),
            has_credentials: false,
        }],
        ..RepositoryFacts::default()
    };
    let mut plan = resolve(&wishes, &repository).unwrap();
    plan.auth.value = Auth::DeployKey { read_write: false };
    assert_eq!(plan.url, url);
    plan
}

/// A token as it is taken from a variable.
pub fn token(value: &str) -> Token {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(value.as_bytes()).unwrap();
    let source = format!("file:{}", file.path().display()).parse().unwrap();
    let found = homelab::adapter::token::resolve(Some(&source), Forge::GitHub, None);
    found.unwrap().unwrap()
}

/// Asks a server for the facts.
pub fn gather(plan: &Plan, token: Option<&Token>) -> ForgeFacts {
    let options = ForgeOptions::default();
    block_on(ask(plan, token, &options)).unwrap()
}

/// Facts with nothing but a server, on 2026-11-21.
pub fn facts(plan: Plan, forge: ForgeFacts) -> Facts {
    let none = || Unavailable::not_asked("not asked in this test");
    Facts {
        plan: Some(plan),
        repository: Err(none()),
        machine: MachineFacts::default(),
        forge: Some(forge),
        cluster: Err(none()),
        now: 1_795_219_200,
    }
}

/// Asks a server, judges, and returns the checks of the server as lines.
pub fn judged(plan: Plan, token: Option<&Token>) -> String {
    let host = plan.host.value.clone();
    let forge = gather(&plan, token);
    let text = shown(&judge(&facts(plan, forge))).replace(&host, "HOST");
    match token {
        Some(token) => text.replace(token.origin(), "TOKEN_FILE"),
        None => text,
    }
}

/// Writes checks of the server as lines.
pub fn shown(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        if check.area != homelab::preflight::Area::Forge {
            continue;
        }
        text.push_str(&format!(
            "{:?} {}: {}\n",
            check.verdict, check.id, check.detail
        ));
        if let Some(help) = &check.help {
            text.push_str(&format!("    {help}\n"));
        }
    }
    text
}

/// Returns the checks whose id begins in some way.
pub fn only(id: &str, text: &str) -> String {
    kept(text, |line| {
        line.split(' ')
            .nth(1)
            .is_some_and(|word| word.starts_with(id))
    })
}

/// Returns checks with their help.
pub fn kept(text: &str, keeps: impl Fn(&str) -> bool) -> String {
    let mut keep = false;
    let lines = text.lines().filter(|line| {
        if !line.starts_with(' ') {
            keep = keeps(line);
        }
        keep
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// Adds a cluster that has the Secret of the plan with a public key, or no Secret.
pub fn with_cluster(facts: Facts, public: Option<&str>) -> Facts {
    let none = || Unavailable::not_asked("not asked in this test");
    let secret = public.map(|key| SecretFacts {
        keys: ["identity", "identity.pub", "known_hosts"]
            .map(str::to_owned)
            .to_vec(),
        public_key: PublicKey::parse(key),
        known_hosts: Vec::new(),
        username: None,
    });
    let cluster = ClusterFacts {
        server: "127.0.0.1:6443".to_owned(),
        flux_namespace: "flux-system".to_owned(),
        secret_name: "flux-system".to_owned(),
        version: Err(none()),
        nodes: Err(none()),
        crds: Err(none()),
        controllers: Err(none()),
        sync: Err(none()),
        secret: Ok(secret),
        namespace: Err(none()),
        permissions: Err(none()),
        automations: Err(none()),
        needed_secrets: Vec::new(),
        operator: Err(none()),
    };
    Facts {
        cluster: Ok(cluster),
        ..facts
    }
}

/// A repository with an automation that pushes, or with none.
pub fn repository_that(pushes: bool) -> RepositoryFacts {
    let automation = Automation {
        id: ObjectRef::new("flux-system", "images"),
        place: "clusters/home/images.yaml:1".to_owned(),
        writes_here: true,
        push_branch: None,
        signs: false,
        author: ("fluxcdbot".to_owned(), "flux@example.com".to_owned()),
        message: None,
        is_suspended: false,
    };
    RepositoryFacts {
        automations: if pushes { vec![automation] } else { Vec::new() },
        ..RepositoryFacts::default()
    }
}

/// Asks a server, judges for a repository with an automation that pushes, and returns the checks as lines.
pub fn with_automation(plan: Plan, token: &Token) -> String {
    let host = plan.host.value.clone();
    let forge = gather(&plan, Some(token));
    let mut facts = facts(plan, forge);
    facts.repository = Ok(repository_that(true));
    shown(&judge(&facts)).replace(&host, "HOST")
}
