//! The questions about a service: in which order, and which of them.

mod checks;

use super::super::arguments::{IngressChoice, NewService, WorkloadChoice, claim, probe};
use super::super::names;
use super::facts::Facts;
use crate::adapter::prompt::{Input, Prompter, Unanswered};
use crate::image::propose::Wish;
use crate::scaffold::spec::Ingress;

use checks::{image, policies, port, range};

/// Who is asked. Every question may be left without an answer.
pub(super) trait Person {
    /// Says something about the next question.
    fn tell(&mut self, line: &str);
    /// Asks for a line of text.
    fn input(&mut self, input: &Input<'_>) -> Result<String, Unanswered>;
    /// Lets one of a few items be chosen.
    fn select(
        &mut self,
        question: &str,
        items: &[String],
        default: usize,
    ) -> Result<usize, Unanswered>;
    /// Lets one of many items be found; the first is the default.
    fn search(&mut self, question: &str, items: &[String]) -> Result<usize, Unanswered>;
    /// Asks for yes or no.
    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Unanswered>;
}

impl Person for Prompter {
    fn tell(&mut self, line: &str) {
        Prompter::tell(self, line);
    }

    fn input(&mut self, input: &Input<'_>) -> Result<String, Unanswered> {
        Prompter::input(self, input)
    }

    fn select(
        &mut self,
        question: &str,
        items: &[String],
        default: usize,
    ) -> Result<usize, Unanswered> {
        Prompter::select(self, question, items, default)
    }

    fn search(&mut self, question: &str, items: &[String]) -> Result<usize, Unanswered> {
        Prompter::search(self, question, items)
    }

    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Unanswered> {
        Prompter::confirm(self, question, default)
    }
}

/// The last item of the namespaces.
const NEW_NAMESPACE: &str = "new namespace ...";
/// The last item of the tiles.
const NO_TILE: &str = "no tile";
/// Who may bring requests.
const DOORS: [(IngressChoice, &str); 4] = [
    (IngressChoice::Nginx, "nginx: an Ingress for ingress-nginx"),
    (IngressChoice::Traefik, "traefik: an Ingress for Traefik"),
    (
        IngressChoice::Tailscale,
        "tailscale: an Ingress for Tailscale",
    ),
    (IngressChoice::Gateway, "gateway: an HTTPRoute"),
];

/// Asks for what the arguments do not say.
pub(super) struct Interview<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) person: &'a mut dyn Person,
    pub(super) service: &'a mut NewService,
}

impl Interview<'_> {
    /// Asks all questions that are worth asking.
    pub(super) fn ask(mut self) -> Result<(), Unanswered> {
        self.namespace()?;
        self.image()?;
        self.port()?;
        self.host()?;
        self.ingress()?;
        self.policy()?;
        self.probe()?;
        self.storage()?;
        self.tile()?;
        self.beside()?;
        self.description()
    }

    fn is_job(&self) -> bool {
        let run = &self.service.run;
        run.schedule.is_some() || run.workload == Some(WorkloadChoice::Cronjob)
    }

    /// Tells whether more tags than the first are known, or can be asked for.
    fn knows_tags(&self) -> bool {
        self.facts.registry || self.service.run.tags.is_some()
    }

    /// Asks for a text; an empty one is none.
    fn text(&mut self, input: &Input<'_>) -> Result<Option<String>, Unanswered> {
        let text = self.person.input(input)?;
        Ok((!text.is_empty()).then_some(text))
    }

    fn namespace(&mut self) -> Result<(), Unanswered> {
        let Some(usual) = self.facts.namespaces.first() else {
            return Ok(());
        };
        if self.service.place.target_namespace.is_some() {
            return Ok(());
        }
        let mut items = self.facts.namespaces.clone();
        items.push(NEW_NAMESPACE.to_owned());
        let chosen = self.person.search("Namespace", &items)?;
        let namespace = match self.facts.namespaces.get(chosen) {
            Some(known) if known == usual => return Ok(()),
            Some(known) => known.clone(),
            None => self.person.input(&Input {
                question: "Name of the namespace",
                text: self.service.name.as_deref().unwrap_or_default(),
                empty: None,
                at_once: true,
                check: &names::label,
            })?,
        };
        self.service.place.target_namespace = Some(namespace);
        Ok(())
    }

    fn image(&mut self) -> Result<(), Unanswered> {
        if self.service.run.image.is_some() {
            return Ok(());
        }
        let registry = self.knows_tags();
        self.person.tell(match registry {
            true => "Such as ghcr.io/me/app:1.4.2; without tag, the newest is taken.",
            false => "Such as ghcr.io/me/app:1.4.2; the tag is the first that runs.",
        });
        let image = self.person.input(&Input {
            question: "Image",
            text: "",
            empty: None,
            at_once: false,
            check: &|text| image(text, registry),
        })?;
        self.service.run.image = Some(image);
        Ok(())
    }

    fn port(&mut self) -> Result<(), Unanswered> {
        if self.service.run.port.is_some() || self.is_job() {
            return Ok(());
        }
        let is_needed = self.service.run.host.is_some() || self.service.run.ingress.has_door();
        let empty = (!is_needed).then_some("none");
        if !is_needed {
            self.person.tell("Empty where nothing is to reach it.");
        }
        let port = self.text(&Input {
            question: "Port of the container",
            text: "",
            empty,
            at_once: true,
            check: &|text| port(text).map(drop),
        })?;
        self.service.run.port = port.and_then(|text| port_of(&text));
        Ok(())
    }

    fn host(&mut self) -> Result<(), Unanswered> {
        let run = &self.service.run;
        let is_closed = run.ingress == IngressChoice::None;
        if run.host.is_some() || run.port.is_none() || is_closed || self.is_job() {
            return Ok(());
        }
        let facts = self.facts;
        let name = self.service.name.clone().unwrap_or_default();
        let usual = facts
            .host
            .as_ref()
            .map(|host| host.replace("{name}", &name));
        let usual = usual.or_else(|| (facts.ingress == Some(Ingress::Tailscale)).then_some(name));
        let empty = (!run.ingress.has_door()).then_some("not reached from outside");
        if empty.is_some() {
            self.person
                .tell("Empty where it is not reached from outside.");
        }
        let check = |host: &str| {
            names::host(host)?;
            match (facts.taken)(host) {
                Some(at) => Err(format!("the host {host} is taken: {at}")),
                None => Ok(()),
            }
        };
        // One that is taken is no proposal.
        let usual = usual.filter(|host| check(host).is_ok());
        self.service.run.host = self.text(&Input {
            question: "Host",
            text: usual.as_deref().unwrap_or_default(),
            empty,
            at_once: true,
            check: &check,
        })?;
        Ok(())
    }

    fn ingress(&mut self) -> Result<(), Unanswered> {
        let run = &self.service.run;
        let is_open = run.host.is_some() && run.ingress == IngressChoice::Auto;
        if !is_open || (self.facts.ingress.is_some() && self.facts.is_ingress_clear) {
            return Ok(());
        }
        let usual = self.facts.ingress;
        let usual = DOORS.iter().position(|(choice, _)| choice.kind() == usual);
        let items = DOORS.map(|(_, text)| text.to_owned());
        let question = "Who brings requests to it";
        let chosen = self.person.select(question, &items, usual.unwrap_or(0))?;
        if let Some((choice, _)) = DOORS.get(chosen) {
            self.service.run.ingress = *choice;
        }
        Ok(())
    }

    fn policy(&mut self) -> Result<(), Unanswered> {
        if self.service.run.policy.is_some() {
            return Ok(());
        }
        let image = self.service.run.image.as_deref().unwrap_or_default();
        let automated = (self.facts.automated)(image);
        let policies = policies(image, self.knows_tags(), automated);
        let items: Vec<String> = policies.iter().map(|p| p.label.clone()).collect();
        let chosen = self.person.select("Updates of the image", &items, 0)?;
        let wish = policies.into_iter().nth(chosen).map(|p| p.wish);
        self.service.run.policy = match wish {
            Some(Wish::Semver(usual)) => Some(Wish::Semver(self.person.input(&Input {
                question: "Range of versions",
                text: &usual,
                empty: None,
                at_once: false,
                check: &range,
            })?)),
            other => other,
        };
        Ok(())
    }

    fn probe(&mut self) -> Result<(), Unanswered> {
        let run = &self.service.run;
        if run.probe.is_some() || run.port.is_none() || self.is_job() {
            return Ok(());
        }
        self.person
            .tell("Tells whether it is well; empty: as others have it.");
        let usual = self.facts.probe.clone().unwrap_or_default();
        self.service.run.probe = self.text(&Input {
            question: "HTTP path of its health",
            text: &usual,
            empty: Some("as others have it"),
            at_once: true,
            check: &|text| probe(text).map(drop),
        })?;
        Ok(())
    }

    fn storage(&mut self) -> Result<(), Unanswered> {
        let run = &self.service.run;
        if !run.pvc.is_empty() || !run.nfs.is_empty() || self.is_job() {
            return Ok(());
        }
        self.person
            .tell("NAME:SIZE:MOUNT, such as data:5Gi:/data; empty: none.");
        let text = self.text(&Input {
            question: "Storage",
            text: "",
            empty: Some("none"),
            at_once: false,
            check: &|text| claim(text).map(drop),
        })?;
        let claims = text.iter().filter_map(|text| claim(text).ok());
        self.service.run.pvc.extend(claims);
        Ok(())
    }

    fn tile(&mut self) -> Result<(), Unanswered> {
        let is_reached = self.service.run.host.is_some();
        if !is_reached || self.service.beside.tile.is_some() || self.facts.tiles.is_empty() {
            return Ok(());
        }
        let mut items = self.facts.tiles.clone();
        items.push(NO_TILE.to_owned());
        let chosen = self.person.search("Tile in group", &items)?;
        self.service.beside.tile = self.facts.tiles.get(chosen).cloned();
        Ok(())
    }

    /// Asks for monitor, backup and tunnel.
    fn beside(&mut self) -> Result<(), Unanswered> {
        let facts = self.facts;
        let (run, beside) = (&self.service.run, &mut self.service.beside);
        if facts.monitors && !beside.monitor && run.port.is_some() {
            beside.monitor = self.person.confirm("Watch it with a monitor?", true)?;
        }
        if facts.backups && !beside.backup && !run.pvc.is_empty() {
            beside.backup = self.person.confirm("Back up its storage?", true)?;
        }
        if facts.tunnel && !beside.tunnel && run.host.is_some() {
            self.person
                .tell("Through the tunnel everybody reaches it from the internet.");
            beside.tunnel = self.person.confirm("Add its host to the tunnel?", false)?;
        }
        Ok(())
    }

    fn description(&mut self) -> Result<(), Unanswered> {
        let is_shown = self.facts.descriptions || self.service.beside.tile.is_some();
        if !is_shown || self.service.beside.description.is_some() {
            return Ok(());
        }
        self.service.beside.description = self.text(&Input {
            question: "One line for people",
            text: "",
            empty: Some("none"),
            at_once: false,
            check: &|_| Ok(()),
        })?;
        Ok(())
    }
}

fn port_of(text: &str) -> Option<u16> {
    port(text).ok()
}

#[cfg(test)]
mod tests;
