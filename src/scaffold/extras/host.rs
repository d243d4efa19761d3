//! Who uses a host: everything applied that brings requests for it to somebody.

use crate::flux::{Applied, Model, kind};
use crate::manifest::{Location, Node, Tree};

use super::spot::each_value;
use super::tunnel;

/// Returns where the cluster with this index uses `host` already: an Ingress, a route of Traefik or the Gateway API, the
/// values of a chart, a tunnel, or a name for external-dns. Variables in `host` are compared as they are written.
pub fn host_taken(model: &Model<'_>, cluster: usize, host: &str) -> Option<Location> {
    let cluster = model.clusters.get(cluster)?;
    let wanted = Wanted {
        host,
        tree: model.tree,
    };
    let applied = cluster
        .objects()
        .find_map(|(_, object)| wanted.used_by(object));
    applied
        .and_then(|node| model.tree.location(node.place))
        .or_else(|| tunnel::routed(cluster, model.tree, host))
}

struct Wanted<'a> {
    host: &'a str,
    tree: &'a Tree,
}

impl Wanted<'_> {
    fn used_by<'n>(&self, object: &'n Applied) -> Option<&'n Node> {
        let node = &object.node;
        match kind(node) {
            "Ingress" => self.ingress(node),
            "HTTPRoute" | "GRPCRoute" | "TLSRoute" => {
                self.among(node.at_path(&["spec", "hostnames"])?)
            }
            "VirtualService" => self.among(node.at_path(&["spec", "hosts"])?),
            "IngressRoute" | "IngressRouteTCP" => self.matched(node),
            "HelmRelease" => self.values(node),
            "Service" => {
                let name = [
                    "metadata",
                    "annotations",
                    "external-dns.alpha.kubernetes.io/hostname",
                ];
                let names = node.at_path(&name)?;
                let mut all = names.text()?.split(',').map(str::trim);
                all.any(|name| name.eq_ignore_ascii_case(self.host))
                    .then_some(names)
            }
            _ => None,
        }
    }

    /// Tells whether a node says the host, rendered or as written.
    fn is(&self, node: &Node) -> bool {
        if node
            .text()
            .is_some_and(|text| text.eq_ignore_ascii_case(self.host))
        {
            return true;
        }
        self.host.contains("${") && {
            let source = self.tree.source_of(node.place.file);
            source.is_some_and(|s| s.slice(node.place.span).trim_matches(['"', '\'']) == self.host)
        }
    }

    fn among<'n>(&self, list: &'n Node) -> Option<&'n Node> {
        list.items()?.iter().find(|node| self.is(node))
    }

    fn ingress<'n>(&self, node: &'n Node) -> Option<&'n Node> {
        let spec = node.get("spec")?;
        let rules = spec.get("rules").and_then(Node::items).unwrap_or_default();
        let hosts = rules.iter().filter_map(|rule| rule.get("host"));
        // Tailscale's operator takes the host from the certificate.
        let tls = spec.get("tls").and_then(Node::items).unwrap_or_default();
        let tls = tls.iter().filter_map(|t| t.get("hosts")?.items()).flatten();
        let has_host = hosts.clone().next().is_some();
        let mut all = hosts.chain(tls.filter(|_| !has_host));
        all.find(|host| self.is(host))
    }

    /// Looks for Traefik's ``Host(`a.example.org`)``.
    fn matched<'n>(&self, node: &'n Node) -> Option<&'n Node> {
        let routes = node.at_path(&["spec", "routes"])?.items()?.iter();
        let mut rules = routes.filter_map(|route| route.get("match"));
        rules.find(|rule| {
            let raw = self
                .tree
                .source_of(rule.place.file)
                .filter(|_| self.host.contains("${"));
            let raw = raw.as_ref().map(|source| source.slice(rule.place.span));
            let mut texts = rule.text().into_iter().chain(raw);
            texts.any(|text| hosts_of(text).any(|host| host.eq_ignore_ascii_case(self.host)))
        })
    }

    /// Looks through values of charts, below keys about ingresses and routes.
    fn values<'n>(&self, node: &'n Node) -> Option<&'n Node> {
        let values = node.at_path(&["spec", "values"])?;
        let name = node.text_at(&["spec", "releaseName"]);
        let name = name
            .or_else(|| node.text_at(&["metadata", "name"]))
            .unwrap_or_default();
        let mut found = None;
        each_value(values, |route, key, value| {
            let is_host = matches!(key, "host" | "hostname" | "hosts" | "hostnames");
            let path = route.to_string().to_lowercase();
            if !is_host
                || !["ingress", "route", "gateway"]
                    .iter()
                    .any(|word| path.contains(word))
            {
                return;
            }
            let mut candidates = std::iter::once(value).chain(value.items().unwrap_or_default());
            let hit = candidates.find(|node| {
                let text = node.text().unwrap_or_default();
                self.is(node)
                    || released(text, name).is_some_and(|t| t.eq_ignore_ascii_case(self.host))
            });
            found = found.or(hit);
        });
        found
    }
}

/// Returns the hosts that a rule of Traefik names.
fn hosts_of(rule: &str) -> impl Iterator<Item = &str> {
    let calls = rule.split("Host(").skip(1);
    let lists = calls.filter_map(|call| Some(call.split_once(')')?.0));
    lists
        .flat_map(|list| list.split(','))
        .map(|host| host.trim().trim_matches(['`', '"', '\'']))
}

/// Returns a text with the release's name in the place of its template.
fn released(text: &str, name: &str) -> Option<String> {
    text.contains("{{").then(|| {
        let spaced = text.replace("{{ .Release.Name }}", name);
        spaced.replace("{{.Release.Name}}", name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{model, tree};
    use super::*;

    fn taken(files: &[(&str, &str)], host: &str) -> Option<u32> {
        let tree = tree(files);
        host_taken(&model(&tree), 0, host).map(|location| location.line)
    }

    #[test]
    fn ingresses_and_routes_take_hosts() {
        let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\nspec:\n  rules:\n    - host: a.example.org\n  tls:\n    - hosts: [b.example.org]\n";
        assert_eq!(taken(&[("apps/a.yaml", ingress)], "A.example.org"), Some(7));
        assert_eq!(taken(&[("apps/a.yaml", ingress)], "b.example.org"), None);
        let tailscale = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\nspec:\n  tls:\n    - hosts: [a]\n";
        assert_eq!(taken(&[("apps/a.yaml", tailscale)], "a"), Some(7));
        let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: a\nspec:\n  hostnames: [\"a.${DOMAIN}\"]\n";
        assert_eq!(taken(&[("apps/a.yaml", route)], "a.${DOMAIN}"), Some(6));
        let traefik = "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata:\n  name: a\nspec:\n  routes:\n    - kind: Rule\n      match: Host(`x.example.org`) || Host(`a.example.org`) && PathPrefix(`/api`)\n";
        assert_eq!(taken(&[("apps/a.yaml", traefik)], "a.example.org"), Some(8));
        assert_eq!(taken(&[("apps/a.yaml", traefik)], "example.org"), None);
    }

    #[test]
    fn values_of_charts_take_hosts_and_other_hosts_do_not_count() {
        let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: romm\nspec:\n  values:\n    mail:\n      host: mail.example.org\n    route:\n      app:\n        hostnames:\n          - '{{ .Release.Name }}.example.org'\n";
        let files = [("apps/a.yaml", release)];
        assert_eq!(taken(&files, "romm.example.org"), Some(12));
        assert_eq!(taken(&files, "mail.example.org"), None);
    }

    #[test]
    fn routes_of_a_tunnel_take_hosts() {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  config.yaml: |\n    ingress:\n      - hostname: a.example.org\n        service: http://a\n      - service: http_status:404\n";
        assert_eq!(taken(&[("apps/a.yaml", map)], "a.example.org"), Some(8));
    }
}
