//! A connection to a [`FaultProxy`](super::FaultProxy): passes requests on, or fails with them.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use serde_json::{Value, json};

use super::faults::{End, Fault, Request, Shared};
use super::tls::{ClientStream, ServerStream};
use super::wire::{Head, Length, body, pass};

/// A connection of a client.
pub struct Connection {
    client: BufReader<ServerStream>,
    server: Option<BufReader<ClientStream>>,
    shared: Arc<Shared>,
    number: usize,
}

impl Connection {
    pub fn new(client: TcpStream, shared: Arc<Shared>, number: usize) -> Self {
        Connection {
            client: BufReader::new(shared.tls.accept(client)),
            server: None,
            shared,
            number,
        }
    }

    /// Serves until one side goes. Nobody says goodbye: a server that dies does not.
    pub fn run(&mut self) {
        while let Ok(true) = self.serve() {}
        self.shared.remove(self.number);
    }

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
        let (place, fault) = self.shared.note(&request);
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

    fn answer(&mut self, place: usize, code: u16, headers: &str, body: &str) -> io::Result<bool> {
        let length = body.len();
        let client = self.client.get_mut();
        write!(
            client,
            "HTTP/1.1 {code} Fault\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )?;
        client.flush()?;
        self.shared.answered(place, code);
        Ok(true)
    }

    /// Asks the server and returns the head of its answer; the body is still to be read.
    fn ask(&mut self, head: &Head, body: &[u8]) -> io::Result<Head> {
        let mut server = match self.server.take() {
            Some(server) => server,
            None => BufReader::new(self.shared.tls.connect(&self.shared.server)?),
        };
        self.shared
            .asks(self.number, server.get_ref().sock.try_clone()?);
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
        if let Some(date) = self.shared.date() {
            answer.set("Date", &date);
        }
        answer.write(self.client.get_mut())?;
        self.client.get_mut().flush()?;
        self.shared.watches(self.number, request.is_watch());
        self.shared
            .answered(place, answer.word(1).parse().unwrap_or(0));
        let Some(server) = &mut self.server else {
            return Ok(false);
        };
        let passed = pass(server, self.client.get_mut(), length);
        let end = self.shared.watches(self.number, false);
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
