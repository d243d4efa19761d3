//! A proxy in front of a test server that fails as it is told: it ends TLS itself, so it sees each request.

use std::collections::HashMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Cluster;
use super::connection::Connection;
use super::tls::Tls;

/// How long a test waits for a request before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The server is not asked; the answer is a Status with this code, and a `Retry-After` in seconds.
    Status(u16, Option<u32>),
    /// The server is not asked; the answer is this page with status 200, which is no JSON.
    Page(&'static str),
    /// The server is not asked; the connection is closed.
    Cut,
    /// The server is not asked; nothing ever comes.
    Silence,
    /// The server does what it was asked, then the connection is closed without an answer.
    LoseAnswer,
    /// The server does what it was asked; the connection is closed in the middle of the answer.
    BreakAnswer,
    /// A watch that begins with an `ERROR` event, 410 Gone, and ends.
    Gone,
}

/// How watches end that are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As servers end them after a while: properly.
    Normal,
    /// With an `ERROR` event, 410 Gone.
    Gone,
    /// The connection is closed.
    Cut,
}

/// A request that came to the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `PATCH`, ...
    pub method: String,
    /// With its query.
    pub uri: String,
    pub body: String,
    /// The status of the answer, known when its head was sent; 0 where there was none.
    pub answer: u16,
}

impl Request {
    pub fn is_watch(&self) -> bool {
        self.uri.contains("watch=1") || self.uri.contains("watch=true")
    }
}

type Which = Box<dyn Fn(&Request) -> bool + Send>;

struct Rule {
    left: usize,
    which: Which,
    fault: Fault,
}

/// A connection of a client.
struct Live {
    client: TcpStream,
    /// Set while it waits for an answer of the server.
    server: Option<TcpStream>,
    watches: bool,
    end: Option<End>,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    requests: Vec<Request>,
    live: HashMap<usize, Live>,
    next: usize,
    date: Option<String>,
    is_stopped: bool,
}

/// What the proxy and its connections share.
pub struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    pub tls: Tls,
    /// Host and port of the server behind.
    pub server: String,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Adds a connection and returns its number.
    fn add(&self, client: &TcpStream) -> usize {
        let live = Live {
            client: client.try_clone().unwrap(),
            server: None,
            watches: false,
            end: None,
        };
        let mut state = self.state();
        state.next += 1;
        let number = state.next;
        state.live.insert(number, live);
        number
    }

    /// Removes a connection.
    pub fn remove(&self, number: usize) {
        self.state().live.remove(&number);
    }

    /// Writes a request down and says what goes wrong with it.
    pub fn note(&self, request: &Request) -> (usize, Option<Fault>) {
        let mut state = self.state();
        state.requests.push(request.clone());
        let place = state.requests.len() - 1;
        let mut rules = state.rules.iter_mut();
        let rule = rules.find(|rule| rule.left > 0 && (rule.which)(request));
        let fault = rule.map(|rule| {
            rule.left -= 1;
            rule.fault.clone()
        });
        self.changed.notify_all();
        (place, fault)
    }

    /// Writes down what was answered.
    pub fn answered(&self, place: usize, code: u16) {
        if let Some(request) = self.state().requests.get_mut(place) {
            request.answer = code;
        }
        self.changed.notify_all();
    }

    /// Says which connection to the server one of a client uses.
    pub fn asks(&self, number: usize, server: TcpStream) {
        if let Some(live) = self.state().live.get_mut(&number) {
            live.server = Some(server);
        }
    }

    /// Says whether a watch is under way from now on; returns how the one before was ended.
    pub fn watches(&self, number: usize, watches: bool) -> Option<End> {
        let mut state = self.state();
        let live = state.live.get_mut(&number)?;
        live.watches = watches;
        live.end.take()
    }

    /// Returns what is to be the `Date` of answers.
    pub fn date(&self) -> Option<String> {
        self.state().date.clone()
    }
}

/// The proxy; it stops when it is dropped.
pub struct FaultProxy {
    shared: Arc<Shared>,
    address: String,
    authority: PathBuf,
    accepting: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// Starts one that passes everything on. Use it by `Contexts::through`.
    pub fn start(cluster: &Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            tls: Tls::new(&cluster.folder),
            server: cluster.server.clone(),
        });
        let accepting = Some(accept(listener, shared.clone()));
        FaultProxy {
            shared,
            address,
            authority: cluster.file("ca.pem"),
            accepting,
        }
    }

    /// Returns its host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the file of the authority that its certificate is from.
    pub fn authority(&self) -> &Path {
        &self.authority
    }

    /// Lets the next so many requests fail that are such ones (`usize::MAX`: all from now on). Of several that fit, the one
    /// that was added first comes first, until it is used up.
    pub fn fail(
        &self,
        times: usize,
        which: impl Fn(&Request) -> bool + Send + 'static,
        fault: Fault,
    ) {
        let rule = Rule {
            left: times,
            which: Box::new(which),
            fault,
        };
        self.shared.state().rules.push(rule);
    }

    /// Lets nothing fail any more.
    pub fn heal(&self) {
        self.shared.state().rules.clear();
    }

    /// Puts this in the `Date` of every answer.
    pub fn set_date(&self, date: &str) {
        self.shared.state().date = Some(date.to_owned());
    }

    /// Ends all watches that are under way.
    pub fn end_watches(&self, end: End) {
        let mut state = self.shared.state();
        for live in state.live.values_mut().filter(|live| live.watches) {
            live.end = Some(end);
            if end == End::Cut {
                let _ = live.client.shutdown(Shutdown::Both);
            }
            if let Some(server) = &live.server {
                let _ = server.shutdown(Shutdown::Both);
            }
        }
    }

    /// Cuts all connections and refuses new ones.
    pub fn stop(&mut self) {
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        self.shared.state().is_stopped = true;
        // Wakes who waits for a connection.
        let _ = TcpStream::connect(&self.address);
        let _ = accepting.join();
        for live in self.shared.state().live.values() {
            let _ = live.client.shutdown(Shutdown::Both);
            if let Some(server) = &live.server {
                let _ = server.shutdown(Shutdown::Both);
            }
        }
    }

    /// Comes back after [`FaultProxy::stop`], at the same address.
    pub fn resume(&mut self) {
        self.shared.state().is_stopped = false;
        let listener = TcpListener::bind(&self.address).unwrap();
        self.accepting = Some(accept(listener, self.shared.clone()));
    }

    /// Returns the requests that came, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// Waits until so many requests that are such ones have come; one with an answer is an answered one, so that
    /// `|r| r.is_watch() && r.answer == 200` waits for watches that are under way.
    pub fn wait_for(&self, count: usize, which: impl Fn(&Request) -> bool) {
        let missing =
            |state: &mut State| state.requests.iter().filter(|r| which(r)).count() < count;
        let state = self.shared.state();
        let (state, waited) = self
            .shared
            .changed
            .wait_timeout_while(state, PATIENCE, missing)
            .unwrap();
        assert!(
            !waited.timed_out(),
            "{count} such requests did not come: {:#?}",
            state.requests
        );
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Takes connections until the proxy is stopped; each gets a thread.
fn accept(listener: TcpListener, shared: Arc<Shared>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for client in listener.incoming() {
            if shared.state().is_stopped {
                return;
            }
            let Ok(client) = client else { continue };
            // Known before anybody can stop the proxy.
            let number = shared.add(&client);
            let mut connection = Connection::new(client, shared.clone(), number);
            std::thread::spawn(move || connection.run());
        }
    })
}
