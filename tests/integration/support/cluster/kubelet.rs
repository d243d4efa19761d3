//! A stand-in for the kubelet of a node: it has the logs of containers, which the API server asks it for.

use std::io::{self, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use kube::Client;
use serde_json::json;

use super::tls::Tls;
use super::wire::Head;
use super::{Cluster, post, set_status};

/// A question for a log.
pub struct Log {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    /// Such as `previous=true&tailLines=20`; the kubelet has to do what it says.
    pub query: String,
}

type Logs = Arc<dyn Fn(&Log) -> Result<String, String> + Send + Sync>;

/// The kubelet; its thread ends with the tests.
pub struct Kubelet {
    port: u16,
}

impl Kubelet {
    /// Starts one that says this when it is asked; an error is a 400, as the kubelet's where a container has not started.
    pub fn start(
        cluster: &Cluster,
        logs: impl Fn(&Log) -> Result<String, String> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let tls = Arc::new(Tls::new(&cluster.folder));
        let logs: Logs = Arc::new(logs);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (tls, logs) = (tls.clone(), logs.clone());
                std::thread::spawn(move || serve(client, &tls, &logs));
            }
        });
        Kubelet { port }
    }

    /// Makes a node with this kubelet. A pod is on it by `spec.nodeName`.
    pub async fn register(&self, admin: &Client, node: &str) {
        post(admin, "/api/v1/nodes", &json!({"metadata": {"name": node}})).await;
        let status = json!({
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.port}},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}],
        });
        set_status(admin, &format!("/api/v1/nodes/{node}"), &status).await;
    }
}

fn serve(client: TcpStream, tls: &Tls, logs: &Logs) -> io::Result<()> {
    let mut stream = BufReader::new(tls.accept(client));
    while let Some(head) = Head::read(&mut stream)? {
        let (path, query) = head.word(1).split_once('?').unwrap_or((head.word(1), ""));
        let parts: Vec<_> = path.split('/').map(str::to_owned).collect();
        let (code, text) = match parts.as_slice() {
            [_, kind, namespace, pod, container] if kind == "containerLogs" => {
                let log = Log {
                    namespace: namespace.clone(),
                    pod: pod.clone(),
                    container: container.clone(),
                    query: query.to_owned(),
                };
                match logs(&log) {
                    Ok(text) => (200, text),
                    Err(why) => (400, why),
                }
            }
            _ => (404, "not found".to_owned()),
        };
        let length = text.len();
        write!(
            stream.get_mut(),
            "HTTP/1.1 {code} Log\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{text}"
        )?;
        stream.get_mut().flush()?;
    }
    Ok(())
}
