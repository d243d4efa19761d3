use super::super::fixture::{after, model, service, tree, wish};
use super::*;

const MAP: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: kuma-monitors
  namespace: kuma
data:
  # who is told
  mail.json: |
    {
      "type": "notification",
      "name": "Mail"
    }
  git.json: |
    {
      "type": "http", "name": "Git",
      "notification_name_list": ["mail"],
      "url": "https://git.lab.example.org/",
      "interval": 30
    }
  dns.json: |
    {
      "type": "port",
      "name": "DNS",
      "port": 53
    }
  wiki.json: |
    {
      "type": "http", "name": "Wiki",
      "notification_name_list": ["mail"],
      "url": "https://wiki.lab.example.org/health",
      "interval": 30
    }
  post.json: |
    {
      "type": "http",
      "name": "Post",
      "method": "POST",
      "url": "https://post.lab.example.org/"
    }
"#;

const POD: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: autokuma
  namespace: kuma
spec:
  template:
    metadata:
      annotations:
        # bump me
        example.org/monitors-revision: "9"   # last week
        prometheus.io/version: v1
    spec:
      containers: []
      volumes:
        - name: monitors
          configMap:
            name: kuma-monitors
"#;

fn planned(files: &[(&str, &str)], spec: &ServiceSpec) -> Result<Vec<String>, String> {
    let tree = tree(files);
    let monitors = Monitors::find(&model(&tree), 0).ok_or("none")?;
    let texts = |draft: Draft<'_>| {
        files
            .iter()
            .map(|_| ())
            .zip(draft.finish().changes)
            .map(|(_, c)| c.after)
            .collect()
    };
    let mut draft = Draft::new(&tree);
    monitors
        .plan(&mut draft, spec, &wish())
        .map_err(|e| e.to_string())?;
    Ok(texts(draft))
}

const MONITOR: &str = r#"  paper-less.json: |
    {
      "type": "http", "name": "Paper Less",
      "notification_name_list": ["mail"],
      "url": "https://paper.lab.example.org/api/health",
      "interval": 30
    }
"#;

#[test]
fn a_monitor_is_like_most_and_the_pod_starts_again() {
    let files = [("apps/a.yaml", MAP), ("apps/b.yaml", POD)];
    let texts = planned(&files, &service()).unwrap();
    assert_eq!(
        texts.first().map(String::as_str),
        Some(format!("{MAP}{MONITOR}").as_str())
    );
    let pod = POD.replace("\"9\"   # last", "\"10\"  # last");
    let plain = POD.replace("\"9\"", "\"10\"");
    let after = texts.last().unwrap();
    assert!(*after == pod || *after == plain, "{after}");
}

#[test]
fn line_ends_stay() {
    let map = MAP.replace('\n', "\r\n");
    let texts = planned(&[("apps/a.yaml", &map)], &service()).unwrap();
    let wanted = format!("{MAP}{MONITOR}").replace('\n', "\r\n");
    assert_eq!(texts, [wanted]);
}

#[test]
fn without_probe_and_host_the_service_is_asked_as_others_are() {
    let mut spec = service();
    spec.probe = None;
    let texts = planned(&[("apps/a.yaml", MAP)], &spec).unwrap();
    assert!(
        texts
            .concat()
            .contains("\"url\": \"https://paper.lab.example.org/\"")
    );
    spec.host = None;
    let texts = planned(&[("apps/a.yaml", MAP)], &spec).unwrap();
    assert!(
        texts
            .concat()
            .contains("\"http://paper-less.paper.svc.cluster.local:8000/\"")
    );
    spec.port = None;
    assert!(planned(&[("apps/a.yaml", MAP)], &spec).is_err());
}

#[test]
fn a_monitor_of_that_name_or_address_is_refused() {
    for (old, new, line) in [
        ("wiki.json", "paper-less.json", 26),
        ("\"Wiki\"", "\"Paper Less\"", 26),
        (
            "post.lab.example.org/",
            "paper.lab.example.org/api/health",
            33,
        ),
    ] {
        let map = MAP.replace(old, new);
        let error = planned(&[("apps/a.yaml", &map)], &service()).unwrap_err();
        assert_eq!(
            error,
            format!("apps/a.yaml:{line}: there is such a monitor already")
        );
    }
}

#[test]
fn gatus_lists_endpoints() {
    let map = "apiVersion: v1
kind: ConfigMap
metadata:
  name: gatus
data:
  config.yaml: |
    endpoints:
      - name: ping
        url: icmp://192.0.2.1
        conditions: [\"[CONNECTED] == true\"]
      - name: git
        group: apps
        url: \"https://git.lab.example.org\"
        conditions:
          - \"[STATUS] == 200\" # fine
    web:
      port: 80
";
    let tree = tree(&[("apps/a.yaml", map)]);
    let monitors = Monitors::find(&model(&tree), 0).unwrap();
    let mut draft = Draft::new(&tree);
    monitors.plan(&mut draft, &service(), &wish()).unwrap();
    let new = "      - name: paper-less
        group: apps
        url: \"https://paper.lab.example.org/api/health\"
        conditions:
          - \"[STATUS] == 200\"
    web:
";
    let text = after(draft, "apps/a.yaml");
    assert_eq!(text, map.replace("    web:\n", new));
}
