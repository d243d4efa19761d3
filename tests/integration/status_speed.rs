//! How long `homelab status` takes for 500 objects beside the bare questions; run by hand, as times depend on the machine:
//! `cargo test --release --test integration -- --ignored --nocapture status_speed`.

use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use futures::future::join_all;
use homelab::adapter::runtime::block_on;
use serde_json::Value;

use crate::support::cluster::{cluster, get, kinds, seed};
use crate::support::runner::{command, home};

const RUNS: usize = 15;

/// Returns the median of some runs.
fn median(mut run: impl FnMut()) -> Duration {
    run();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

#[test]
#[ignore = "a measurement: its figures are read, not judged"]
fn of_500_objects() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        seed(&admin, "status-speed", 500).await;
    })
    .unwrap();
    let of_flux = kinds()
        .iter()
        .filter(|kind| kind.group.ends_with(".fluxcd.io"));
    let paths: Vec<String> = of_flux
        .map(|kind| {
            format!(
                "/apis/{}/{}/namespaces/status-speed/{}",
                kind.group, kind.version, kind.plural
            )
        })
        .collect();
    let home = home();
    let mut objects = 0;
    let own = median(|| {
        let mut command = command(home.path(), &home);
        command.args(["status", "-n", "status-speed", "-o", "json", "--kubeconfig"]);
        let output = command.arg(cluster.kubeconfig()).output().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        objects = json["objects"].as_array().unwrap().len();
    });
    let plain = median(|| {
        block_on(async {
            let client = cluster.client("admin").await;
            let lists = paths.iter().map(|path| get(&client, path));
            assert!(join_all(lists).await.into_iter().all(|list| list.is_ok()));
        })
        .unwrap();
    });
    let curl = |extra: &[&str]| {
        let urls = paths
            .iter()
            .map(|path| format!("https://{}{path}", cluster.server));
        let mut curl = Command::new("curl");
        curl.args([
            "-sk",
            "-H",
            "Authorization: Bearer admin-token",
            "-o",
            "/dev/null",
        ]);
        curl.args(extra);
        let urls: Vec<String> = urls.collect();
        for (number, url) in urls.iter().enumerate() {
            if number > 0 {
                curl.args(["-o", "/dev/null"]);
            }
            curl.arg(url);
        }
        curl
    };
    let one_connection = median(|| {
        let ran = curl(&["--parallel", "--http2"]).status();
        assert!(ran.unwrap().success());
    });
    let many_connections = median(|| {
        let ran = curl(&["--parallel", "--parallel-immediate", "--http1.1"]).status();
        assert!(ran.unwrap().success());
    });
    let processes = median(|| {
        let all: Vec<_> = paths
            .iter()
            .map(|path| {
                let mut curl = Command::new("curl");
                curl.args([
                    "-sk",
                    "-H",
                    "Authorization: Bearer admin-token",
                    "-o",
                    "/dev/null",
                ]);
                curl.arg(format!("https://{}{path}", cluster.server))
                    .spawn()
                    .unwrap()
            })
            .collect();
        all.into_iter()
            .for_each(|mut child| assert!(child.wait().unwrap().success()));
    });
    assert_eq!(objects, 500);
    let text = format!(
        "homelab status {own:?}; the same lists: kube client {plain:?}, curl with one connection {one_connection:?}, \
         with 15 connections {many_connections:?}, 15 times curl {processes:?}\n"
    );
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}
