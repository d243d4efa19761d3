//! What was learnt, told to people: value by value, with the place of an example.

use super::learnt::Learnt;
use super::{Conventions, Dependency, Order};

/// The most important dependencies are told, not all that somebody has.
const DEPENDENCIES: usize = 5;

impl Conventions {
    /// Returns a line for each value that was learnt, such as `ingress class nginx (12 of 12, apps/romm/ingress.yaml:14)`.
    pub fn story(&self) -> Vec<String> {
        let mut story = Story(Vec::new());
        self.tell_text(&mut story);
        self.tell_unit(&mut story);
        self.tell_network(&mut story);
        self.tell_pods(&mut story);
        self.tell_images(&mut story);
        story.0
    }

    fn tell_text(&self, story: &mut Story) {
        let yes = |what: &'static str, no: &'static str| {
            move |value: &bool| if *value { what } else { no }.to_owned()
        };
        let (text, files, lists) = (&self.text, &self.files, &self.lists);
        story.tell("extension", &files.extension, String::clone);
        story.tell("namespace", &files.namespace, String::clone);
        let written = yes("is written in every object", "is left to kustomize or Flux");
        story.tell("the namespace", &files.namespace_written, written);
        let starts = yes("begin with ---", "begin without ---");
        story.tell("files", &text.document_start, starts);
        let dashes = yes("indented", "at the column of their key");
        story.tell("lists are", &text.indented_lists, dashes);
        story.tell("labels that select pods:", &files.selector, |p| pairs(p));
        story.tell("labels of namespaces:", &files.namespace_labels, |p| {
            pairs(p)
        });
        let order = |order: &Order| match order {
            Order::Sorted => "by name".to_owned(),
            Order::Appended => "in order of time".to_owned(),
        };
        story.tell("lists of services are", &lists.order, order);
        story.tell("entry of a service", &lists.entry, String::clone);
    }

    fn tell_unit(&self, story: &mut Story) {
        let unit = &self.unit;
        let maybe = |value: &Option<String>| {
            value.as_ref().map_or_else(
                || "left out".to_owned(),
                |v| v.trim_end().replace('\n', ", "),
            )
        };
        story.tell("interval", &unit.interval, maybe);
        story.tell("timeout", &unit.timeout, maybe);
        story.tell("wait", &unit.wait, maybe);
        story.tell("targetNamespace", &unit.target_namespace, maybe);
        let name = |d: &Dependency| d.name.clone();
        for dependency in unit.depends_on.iter().take(DEPENDENCIES) {
            story.line("others wait for", &name(&dependency.value), dependency);
        }
    }

    fn tell_network(&self, story: &mut Story) {
        let network = &self.network;
        story.tell("requests come through", &network.kind, String::clone);
        story.tell("ingress class", &network.class, String::clone);
        story.tell("issuer", &network.issuer, |(_, name)| name.clone());
        story.tell("host", &network.host, String::clone);
        story.tell("TLS secret", &network.tls_secret, String::clone);
        story.tell(
            "gateway",
            &network.gateway,
            |(namespace, name)| match namespace.as_str() {
                "" => name.clone(),
                namespace => format!("{namespace}/{name}"),
            },
        );
        story.tell("port of a Service", &network.port, String::clone);
    }

    fn tell_pods(&self, story: &mut Story) {
        let pods = &self.pods;
        let maybe = |value: &Option<String>| value.clone().unwrap_or_else(|| "left out".to_owned());
        story.tell("storage class", &pods.storage_class, maybe);
        story.tell("node selector:", &pods.node_selector, |p| pairs(p));
        story.tell("pull secret", &pods.pull_secret, String::clone);
        story.tell("chart", &pods.chart, |(kind, name)| {
            format!("{kind} {name}")
        });
        story.tell("secrets are", &self.secrets.style, |style| {
            format!("{style:?}")
        });
        story.tell("secret store", &self.secrets.store, |(kind, name)| {
            format!("{kind} {name}")
        });
    }

    fn tell_images(&self, story: &mut Story) {
        let images = &self.images;
        let maybe = |value: &Option<String>| value.clone().unwrap_or_else(|| "left out".to_owned());
        story.tell("image policies stand in", &images.file, String::clone);
        story.tell("namespace of policies", &images.namespace, maybe);
        story.tell("name of a policy", &images.policy, String::clone);
        story.tell("order of tags", &images.order, String::clone);
        story.tell("pattern of tags", &images.tag_pattern, String::clone);
        story.tell("automation", &images.automation, String::clone);
    }
}

fn pairs(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
    match pairs.is_empty() {
        true => "none".to_owned(),
        false => pairs.join(", "),
    }
}

struct Story(Vec<String>);

impl Story {
    fn tell<T>(&mut self, what: &str, learnt: &Option<Learnt<T>>, show: impl Fn(&T) -> String) {
        if let Some(learnt) = learnt {
            self.line(what, &show(&learnt.value), learnt);
        }
    }

    fn line<T>(&mut self, what: &str, value: &str, learnt: &Learnt<T>) {
        self.0
            .push(format!("{what} {value} ({})", learnt.evidence()));
    }
}
