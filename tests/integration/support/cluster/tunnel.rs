//! A proxy that knows `CONNECT` and nothing else, as a kubeconfig may name one in `proxy-url`.

use std::io::{self, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::wire::Head;

/// The proxy; its thread ends with the tests.
pub struct Tunnel {
    url: String,
    targets: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let targets = Arc::<Mutex<Vec<String>>>::default();
        let shared = targets.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || connect(client, &shared));
            }
        });
        Tunnel { url, targets }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the hosts and ports that were asked for, once for each connection.
    pub fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

fn connect(client: TcpStream, targets: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let Some(head) = Head::read(&mut reader)? else {
        return Ok(());
    };
    let (mut client, mut reading) = (client, reader);
    if head.word(0) != "CONNECT" {
        return client.write_all(b"HTTP/1.1 405 Only CONNECT\r\nContent-Length: 0\r\n\r\n");
    }
    targets.lock().unwrap().push(head.word(1).to_owned());
    let mut server = TcpStream::connect(head.word(1))?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let mut answering = server.try_clone()?;
    let answers = std::thread::spawn(move || io::copy(&mut answering, &mut client));
    io::copy(&mut reading, &mut server)?;
    let _ = server.shutdown(std::net::Shutdown::Both);
    let _ = answers.join();
    Ok(())
}
