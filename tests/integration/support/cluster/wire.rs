//! As much of HTTP/1.1 as a proxy between kube's client and an API server needs.

use std::io::{self, BufRead, Read, Write};

/// What comes before a body.
pub struct Head {
    /// The first line, without its end.
    pub first: String,
    /// The lines of the headers.
    headers: Vec<String>,
}

impl Head {
    /// Reads one; nothing where the other side has gone.
    pub fn read(stream: &mut impl BufRead) -> io::Result<Option<Self>> {
        let first = line(stream)?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let header = line(stream)?;
            if header.is_empty() {
                return Ok(Some(Head { first, headers }));
            }
            headers.push(header);
        }
    }

    /// Returns the value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().filter_map(|line| line.split_once(':'));
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    /// Sets a header.
    pub fn set(&mut self, name: &str, value: &str) {
        let other = |line: &String| {
            !line
                .split_once(':')
                .is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
        };
        self.headers.retain(other);
        self.headers.push(format!("{name}: {value}"));
    }

    /// Returns the word at a place of the first line.
    pub fn word(&self, place: usize) -> &str {
        self.first.split(' ').nth(place).unwrap_or_default()
    }

    pub fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        let lines = std::iter::once(&self.first).chain(&self.headers);
        let text: String = lines.map(|line| format!("{line}\r\n")).collect();
        stream.write_all(format!("{text}\r\n").as_bytes())
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// How the end of a body is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Length {
    Bytes(u64),
    Chunks,
    UntilClosed,
}

impl Length {
    /// Of a request's body.
    pub fn of_request(head: &Head) -> Self {
        match head.get("content-length") {
            Some(length) => Length::Bytes(length.parse().unwrap_or(0)),
            None if head.get("transfer-encoding").is_some() => Length::Chunks,
            None => Length::Bytes(0),
        }
    }

    /// Of an answer's body.
    pub fn of_answer(head: &Head) -> Self {
        match head.get("content-length") {
            _ if ["204", "304"].contains(&head.word(1)) => Length::Bytes(0),
            Some(length) => Length::Bytes(length.parse().unwrap_or(0)),
            None if head.get("transfer-encoding").is_some() => Length::Chunks,
            None => Length::UntilClosed,
        }
    }
}

/// Passes a body on as it comes. With chunks each is passed at once.
pub fn pass(from: &mut impl BufRead, to: &mut impl Write, length: Length) -> io::Result<()> {
    match length {
        Length::Bytes(count) => {
            let passed = io::copy(&mut from.take(count), to)?;
            if passed < count {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Length::UntilClosed => {
            io::copy(from, to)?;
        }
        Length::Chunks => loop {
            let size = line(from)?;
            let count = u64::from_str_radix(&size, 16).map_err(io::Error::other)?;
            // With the line break behind it.
            let mut chunk = Vec::new();
            from.take(count + 2).read_to_end(&mut chunk)?;
            write!(to, "{size}\r\n")?;
            to.write_all(&chunk)?;
            to.flush()?;
            if count == 0 {
                break;
            }
        },
    }
    to.flush()
}

/// Reads a body.
pub fn body(from: &mut impl BufRead, head: &Head) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    pass(from, &mut body, Length::of_request(head))?;
    Ok(body)
}
