//! What the tests of registries share: a client that sees nothing of this machine, and servers that misbehave.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use homelab::adapter::registry::{
    Access, DockerConfig, Options, Platforms, RegistryClient, RegistryError, TagList,
};
use homelab::image::Reference;

/// Options that know no cache, no credentials, no proxy, and never wait.
pub fn options() -> Options {
    Options {
        backoff: Duration::ZERO,
        ..Options::default()
    }
}

/// Options whose credentials are in a file.
pub fn with_docker_file(folder: &Path, json: &str) -> Options {
    let file = folder.join("config.json");
    std::fs::write(&file, json).unwrap();
    Options {
        docker_config: DockerConfig {
            file: Some(file),
            helpers: Some(folder.to_path_buf()),
        },
        ..options()
    }
}

/// Names a repository of a server by its `http://host:port`.
pub fn reference(uri: &str, repository: &str) -> Reference {
    let host = uri.trim_start_matches("http://");
    Reference::parse(&format!("{host}/{repository}")).unwrap()
}

/// Lists the tags of `team/app`.
pub async fn tags(options: Options, uri: &str) -> Result<TagList, RegistryError> {
    let client = RegistryClient::new(options);
    let access = Access::default();
    client.tags(&reference(uri, "team/app"), &access, &()).await
}

/// Asks for the platforms of an image of `team/app`: `:tag` or `@digest`.
pub async fn platforms(
    options: Options,
    uri: &str,
    version: &str,
) -> Result<Platforms, RegistryError> {
    let client = RegistryClient::new(options);
    let image = reference(uri, &format!("team/app{version}"));
    client.platforms(&image, &Access::default()).await
}

/// Returns the status and the whole text of what would be shown.
pub fn shown(error: RegistryError) -> (u8, String) {
    let error = homelab::error::Error::from(error);
    let hint = error.hint.clone().unwrap_or_default();
    (error.status() as u8, format!("{error}\n{hint}"))
}

/// A server that answers with bytes, one answer a connection, the last one again and again. It has no TLS.
pub struct Script {
    pub uri: String,
    served: Arc<AtomicUsize>,
}

impl Script {
    /// Starts to serve; the thread ends with the tests.
    pub fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let served = Arc::new(AtomicUsize::new(0));
        let count = served.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if takes_request(&mut stream) {
                    // Counted before it is answered, so that who has the answer sees the count.
                    let number = count.fetch_add(1, Ordering::SeqCst);
                    let answer = &answers[number.min(answers.len() - 1)];
                    // A client may have seen enough before the end.
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        });
        Script { uri, served }
    }

    /// Returns how many requests were answered.
    pub fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

/// Reads a request; nothing where it is TLS.
fn takes_request(stream: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(count) if count > 0 && (buffer[0] != 0x16 || !request.is_empty()) => {
                request.extend_from_slice(&buffer[..count]);
            }
            _ => return false,
        }
    }
    true
}

/// An answer that is whole.
pub fn whole(head: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}")
}

/// An answer whose connection dies in the middle of its body.
pub fn broken(head: &str, body: &str) -> String {
    let length = body.len() + 100;
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}")
}
