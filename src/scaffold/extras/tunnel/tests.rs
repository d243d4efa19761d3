use super::super::fixture::{after, model, service, tree, wish};
use super::*;

const MAP: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: tunnel
  namespace: net
data:
  config.yaml: |
    # rules
    ingress:
      # Git - code
      - hostname: git.example.org
        service: http://git.git.svc.cluster.local:3000

      # Hooks
      - hostname: hook.example.org
        path: ^/a$
        service: http://hook.hook.svc.cluster.local:80
      - hostname: hook.example.org
        service: http_status:404

      # - hostname: old.example.org

      # The rest
      - service: http_status:404
";

const ROUTE: &str = "      # Paper Less - Documents
      - hostname: paper.example.org
        service: http://paper-less.paper.svc.cluster.local:8000

";

fn planned(files: &[(&str, &str)], host: &str) -> Result<(String, Vec<String>), String> {
    let tree = tree(files);
    let tunnel = Tunnel::find(&model(&tree), 0).ok_or("none")?;
    let mut draft = Draft::new(&tree);
    let notes = tunnel.plan(&mut draft, &service(), host, &wish());
    let notes = notes.map_err(|error| error.to_string())?;
    let path = tunnel.path().to_owned();
    Ok((after(draft, &path), notes))
}

#[test]
fn a_route_stands_before_the_rule_that_catches_the_rest() {
    let (text, notes) = planned(&[("apps/a.yaml", MAP)], "paper.example.org").unwrap();
    assert_eq!(
        text,
        MAP.replace("      # The rest", &format!("{ROUTE}      # The rest"))
    );
    assert!(notes.is_empty());
    let crlf = MAP.replace('\n', "\r\n").replace(": |\r", ": |-\r");
    let (new, _) = planned(&[("apps/a.yaml", &crlf)], "paper.example.org").unwrap();
    assert_eq!(new, text.replace('\n', "\r\n").replace(": |\r", ": |-\r"));
}

#[test]
fn the_pod_is_told() {
    let pod = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: cloudflared
  namespace: net
spec:
  template:
    metadata:
      annotations:
        example.org/reloaded-at: \"2026-05-26T13:10:00Z\"
    spec:
      volumes:
        - name: config
          configMap:
            name: tunnel
";
    let tree = tree(&[("apps/a.yaml", MAP), ("apps/b.yaml", pod)]);
    let tunnel = Tunnel::find(&model(&tree), 0).unwrap();
    let mut draft = Draft::new(&tree);
    tunnel
        .plan(&mut draft, &service(), "paper.example.org", &wish())
        .unwrap();
    assert_eq!(
        after(draft, "apps/b.yaml"),
        pod.replace("2026-05-26", "2026-11-21")
    );
}

#[test]
fn a_host_that_is_served_is_left_alone() {
    let error = planned(&[("apps/a.yaml", MAP)], "git.example.org").unwrap_err();
    assert_eq!(
        error,
        "apps/a.yaml:11: the tunnel has a route for git.example.org already"
    );
    let map = MAP
        .replace("hostname: git.", "hostname: \"*.\"")
        .replace("\"*.\"example.org", "\"*.example.org\"");
    let (text, notes) = planned(&[("apps/a.yaml", &map)], "paper.example.org").unwrap();
    assert_eq!(text, "");
    assert_eq!(
        notes,
        ["apps/a.yaml:11: the route for `*.example.org` serves paper.example.org already"]
    );
}

#[test]
fn a_list_without_end_gets_the_route_at_its_end_and_a_note() {
    let map = MAP
        .replace("      - service: http_status:404\n", "")
        .replace("      # The rest\n", "");
    let (text, notes) = planned(&[("apps/a.yaml", &map)], "paper.example.org").unwrap();
    let rule = ROUTE.trim_end_matches('\n');
    let old = "        service: http_status:404\n\n      # - host";
    assert_eq!(
        text,
        map.replace(
            old,
            &format!("        service: http_status:404\n{rule}\n\n      # - host")
        )
    );
    assert_eq!(notes.len(), 1);
}

#[test]
fn a_route_behind_a_proxy_is_like_the_others() {
    let config = "tunnel: home
ingress:
  - hostname: git.example.org
    service: https://traefik.net.svc:443
    originRequest:
      originServerName: git.example.org
  - hostname: wiki.example.org
    service: https://traefik.net.svc:443
    originRequest:
      originServerName: wiki.example.org
  - service: http_status:404
";
    let kustomization = "configMapGenerator:\n  - name: t\n    files: [config.yaml]\n";
    let files = [
        ("apps/kustomization.yaml", kustomization),
        ("apps/config.yaml", config),
    ];
    let (text, _) = planned(&files, "paper.example.org").unwrap();
    let rule = "  - hostname: paper.example.org
    service: https://traefik.net.svc:443
    originRequest:
      originServerName: paper.example.org
  - service: http";
    assert_eq!(text, config.replace("  - service: http", rule));
}
