//! A proxy in front of a test server that fails as it is told: it ends TLS itself, so it sees each request.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use super::Cluster;
use super::tls::{ClientStream, ServerStream, Tls};
use super::wire::{Head, Length, body, pass};

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

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    tls: Tls,
    server: String,
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
    pub fn authority(&self) -> &std::path::Path {
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
            let mut connection = Connection {
                client: BufReader::new(shared.tls.accept(client)),
                server: None,
                shared: shared.clone(),
                number,
            };
            std::thread::spawn(move || {
                // Either side may go at any time. Nobody says goodbye: a server that dies does not.
                while let Ok(true) = connection.serve() {}
                connection.shared.state().live.remove(&number);
            });
        }
    })
}

struct Connection {
    client: BufReader<ServerStream>,
    server: Option<BufReader<ClientStream>>,
    shared: Arc<Shared>,
    number: usize,
}

impl Connection {
    /// Serves a request; false where the connection is to be closed.
    fn serve(&mut self) -> io::Result<bool> {
        let Some(head) = Head::read(&mut self.client)? else {
            return Ok(false);
        };
        let body = body(&mut self.client, &head)?;
        let request = Request {
            method: head.word(0).to_owned(),
            uri: head.word(1).to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
            answer: 0,
        };
        let (place, fault) = self.note(&request);
        match fault {
            None => self.forward(&head, &body, &request, place),
            Some(Fault::Status(code, retry_after)) => {
                let body = status(code);
                let mut headers = "Content-Type: application/json\r\n".to_owned();
                if let Some(seconds) = retry_after {
                    headers.push_str(&format!("Retry-After: {seconds}\r\n"));
                }
                self.answer(place, code, &headers, &body.to_string())
            }
            Some(Fault::Page(text)) => self.answer(place, 200, "Content-Type: text/html\r\n", text),
            Some(Fault::Gone) => {
                let headers = "Content-Type: application/json\r\n";
                self.answer(place, 200, headers, &gone())
            }
            Some(Fault::Cut) => Ok(false),
            Some(Fault::Silence) => {
                let mut nothing = [0];
                let _ = self.client.read(&mut nothing);
                Ok(false)
            }
            Some(Fault::LoseAnswer) => {
                self.ask(&head, &body)?;
                Ok(false)
            }
            Some(Fault::BreakAnswer) => {
                let answer = self.ask(&head, &body)?;
                let client = self.client.get_mut();
                answer.write(client)?;
                // Less than what the head has promised.
                client.write_all(b"1\r\n{\r\n")?;
                client.flush()?;
                Ok(false)
            }
        }
    }

    /// Writes a request down and says what goes wrong with it.
    fn note(&self, request: &Request) -> (usize, Option<Fault>) {
        let mut state = self.shared.state();
        state.requests.push(request.clone());
        let place = state.requests.len() - 1;
        let rule = state
            .rules
            .iter_mut()
            .find(|rule| rule.left > 0 && (rule.which)(request));
        let fault = rule.map(|rule| {
            rule.left -= 1;
            rule.fault.clone()
        });
        self.shared.changed.notify_all();
        (place, fault)
    }

    fn answered(&self, place: usize, code: u16) {
        let mut state = self.shared.state();
        if let Some(request) = state.requests.get_mut(place) {
            request.answer = code;
        }
        self.shared.changed.notify_all();
    }

    fn answer(&mut self, place: usize, code: u16, headers: &str, body: &str) -> io::Result<bool> {
        let length = body.len();
        let client = self.client.get_mut();
        write!(
            client,
            "HTTP/1.1 {code} Fault\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )?;
        client.flush()?;
        self.answered(place, code);
        Ok(true)
    }

    /// Asks the server and returns the head of its answer; the body is still to be read.
    fn ask(&mut self, head: &Head, body: &[u8]) -> io::Result<Head> {
        let mut server = match self.server.take() {
            Some(server) => server,
            None => BufReader::new(self.shared.tls.connect(&self.shared.server)?),
        };
        if let Some(live) = self.shared.state().live.get_mut(&self.number) {
            live.server = Some(server.get_ref().sock.try_clone()?);
        }
        head.write(server.get_mut())?;
        server.get_mut().write_all(body)?;
        server.get_mut().flush()?;
        let answer = Head::read(&mut server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.server = Some(server);
        Ok(answer)
    }

    fn forward(
        &mut self,
        head: &Head,
        body: &[u8],
        request: &Request,
        place: usize,
    ) -> io::Result<bool> {
        let mut answer = self.ask(head, body)?;
        let length = Length::of_answer(&answer);
        if let Some(date) = &self.shared.state().date {
            answer.set("Date", date);
        }
        answer.write(self.client.get_mut())?;
        self.client.get_mut().flush()?;
        self.watches(request.is_watch());
        self.answered(place, answer.word(1).parse().unwrap_or(0));
        let Some(server) = &mut self.server else {
            return Ok(false);
        };
        let passed = pass(server, self.client.get_mut(), length);
        let end = self.watches(false);
        match (passed, end) {
            (Ok(()), None) => Ok(length != Length::UntilClosed),
            (_, Some(End::Normal)) => self.end("").map(|()| true),
            (_, Some(End::Gone)) => self.end(&gone()).map(|()| true),
            (Err(why), _) => Err(why),
            (Ok(()), Some(End::Cut)) => Ok(false),
        }
    }

    /// Ends a watch with an event, or without.
    fn end(&mut self, event: &str) -> io::Result<()> {
        self.server = None;
        let client = self.client.get_mut();
        if !event.is_empty() {
            write!(client, "{:x}\r\n{event}\r\n", event.len())?;
        }
        client.write_all(b"0\r\n\r\n")?;
        client.flush()
    }

    /// Says whether a watch is under way from now on; returns how the one before was ended.
    fn watches(&self, watches: bool) -> Option<End> {
        let mut state = self.shared.state();
        let live = state.live.get_mut(&self.number)?;
        live.watches = watches;
        live.end.take()
    }
}

/// What an API server says with such a code.
fn status(code: u16) -> Value {
    let (reason, message) = match code {
        401 => ("Unauthorized", "Unauthorized"),
        403 => ("Forbidden", "forbidden: the test says so"),
        404 => (
            "NotFound",
            "the server could not find the requested resource",
        ),
        409 => (
            "Conflict",
            "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again",
        ),
        410 => ("Expired", "The provided continue parameter is too old"),
        429 => (
            "TooManyRequests",
            "Too many requests, please try again later.",
        ),
        503 => ("ServiceUnavailable", "apiserver not ready"),
        504 => (
            "Timeout",
            "Timeout: request did not complete within the allotted timeout",
        ),
        _ => (
            "InternalError",
            "Internal error occurred: etcdserver: request timed out",
        ),
    };
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "code": code, "reason": reason, "message": message,
    })
}

/// The event of a watch whose version is too old.
fn gone() -> String {
    let mut status = status(410);
    status["message"] = "too old resource version: 1 (2)".into();
    format!("{}\n", json!({"type": "ERROR", "object": status}))
}
