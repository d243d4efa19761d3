//! Which questions are asked, given flags and facts.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    service: NewService,
}

/// Gives answers in order, and notes the questions. Where there is none left, Enter is pressed.
#[derive(Default)]
struct Scripted {
    answers: Vec<(&'static str, &'static str)>,
    asked: Vec<String>,
    refused: Vec<String>,
}

impl Scripted {
    fn answer(&mut self, question: &str) -> Option<&'static str> {
        self.asked.push(question.to_owned());
        let found = self.answers.iter().position(|(to, _)| *to == question)?;
        Some(self.answers.remove(found).1)
    }

    fn item(&mut self, question: &str, items: &[String], default: usize) -> usize {
        let Some(answer) = self.answer(question) else {
            return default;
        };
        let found = items.iter().position(|item| item.starts_with(answer));
        found.unwrap_or_else(|| panic!("{question}: {answer} of {items:?}"))
    }
}

impl Person for Scripted {
    fn tell(&mut self, line: &str) {
        assert!(line.chars().count() <= 66, "{line}");
    }

    fn input(&mut self, input: &Input<'_>) -> Result<String, Unanswered> {
        // Question, punctuation and some room for an answer fit a narrow terminal.
        assert!(input.question.len() <= 34, "{}", input.question);
        while let Some(answer) = self.answer(input.question) {
            match (input.check)(answer) {
                Ok(()) => return Ok(answer.to_owned()),
                Err(why) => self.refused.push(why),
            }
        }
        match input.text.is_empty() && input.empty.is_none() {
            true => Err(Unanswered::Left),
            false => Ok(input.text.to_owned()),
        }
    }

    fn select(
        &mut self,
        question: &str,
        items: &[String],
        default: usize,
    ) -> Result<usize, Unanswered> {
        Ok(self.item(question, items, default))
    }

    fn search(&mut self, question: &str, items: &[String]) -> Result<usize, Unanswered> {
        Ok(self.item(question, items, 0))
    }

    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Unanswered> {
        Ok(self.answer(question).map_or(default, |a| a == "yes"))
    }
}

/// A repository with a dashboard, monitors, backups and a tunnel.
fn facts() -> Facts<'static> {
    Facts {
        namespaces: Vec::new(),
        host: Some("{name}.lab.example.dev".to_owned()),
        ingress: Some(Ingress::Nginx),
        is_ingress_clear: true,
        probe: Some("/health".to_owned()),
        tiles: vec!["Media".to_owned(), "Tools".to_owned()],
        monitors: true,
        backups: true,
        tunnel: true,
        descriptions: true,
        registry: true,
        automated: Box::new(|_| true),
        taken: Box::new(|host| host.starts_with("wiki.").then(|| "wiki.yaml:3".to_owned())),
    }
}

/// Asks about the service `app` with some flags. Returns it with the questions and what was refused.
fn talk(
    flags: &str,
    facts: &Facts<'_>,
    answers: &[(&'static str, &'static str)],
) -> (NewService, Scripted, Result<(), Unanswered>) {
    let words = ["x", "app"].into_iter().chain(flags.split_whitespace());
    let mut service = Line::try_parse_from(words).unwrap().service;
    let mut person = Scripted {
        answers: answers.to_vec(),
        ..Scripted::default()
    };
    let ended = Interview {
        facts,
        person: &mut person,
        service: &mut service,
    }
    .ask();
    (service, person, ended)
}

#[test]
fn everything_is_asked_in_order() {
    let answers = [
        ("Image", "ghcr.io/me/app:1.4.2"),
        ("Port of the container", "3000"),
        ("Storage", "data:5Gi:/data"),
    ];
    let (service, person, ended) = talk("", &facts(), &answers);
    assert_eq!(ended, Ok(()));
    let expected = [
        "Image",
        "Port of the container",
        "Host",
        "Updates of the image",
        "HTTP path of its health",
        "Storage",
        "Tile in group",
        "Watch it with a monitor?",
        "Back up its storage?",
        "Add its host to the tunnel?",
        "One line for people",
    ];
    assert_eq!(person.asked, expected);
    assert_eq!(service.run.host.as_deref(), Some("app.lab.example.dev"));
    assert_eq!(service.run.probe.as_deref(), Some("/health"));
    assert_eq!(service.run.policy, Some(Wish::Auto));
    assert_eq!(service.run.ingress, IngressChoice::Auto);
    let beside = &service.beside;
    assert_eq!(beside.tile.as_deref(), Some("Media"));
    assert_eq!(
        (beside.monitor, beside.backup, beside.tunnel),
        (true, true, false)
    );
}

#[test]
fn flags_are_never_asked_for_again() {
    let flags = "--image a/b:1 --port 80 --host a.dev --policy none --probe / --pvc d:1Gi:/d --tile Tools --monitor \
                 --backup --tunnel --description x --target-namespace web";
    let mut facts = facts();
    facts.namespaces = vec!["default".to_owned(), "web".to_owned()];
    let (_, person, _) = talk(flags, &facts, &[]);
    assert_eq!(person.asked, Vec::<String>::new());
}

#[test]
fn what_nobody_reaches_has_neither_host_nor_tile() {
    let (service, person, _) = talk("--image a/b:1", &facts(), &[]);
    let expected = [
        "Port of the container",
        "Updates of the image",
        "Storage",
        "One line for people",
    ];
    assert_eq!(person.asked, expected);
    assert_eq!((service.run.port, service.run.host), (None, None));
    let job = "--image a/b:1 --workload cronjob --schedule @daily --policy none";
    let (_, person, _) = talk(job, &facts(), &[]);
    assert_eq!(person.asked, ["One line for people"]);
}

#[test]
fn what_the_repository_has_not_is_not_asked_for() {
    let facts = Facts {
        host: None,
        ingress: None,
        is_ingress_clear: false,
        probe: None,
        tiles: Vec::new(),
        monitors: false,
        backups: false,
        tunnel: false,
        descriptions: false,
        ..facts()
    };
    let flags = "--image a/b:1 --port 80 --policy none --pvc d:1Gi:/d";
    let (service, person, _) = talk(flags, &facts, &[]);
    assert_eq!(person.asked, ["Host", "HTTP path of its health"]);
    assert_eq!(service.run.host, None);
    let answers = [
        ("Host", "app.dev"),
        ("Who brings requests to it", "traefik"),
    ];
    let (service, ..) = talk(flags, &facts, &answers);
    assert_eq!(service.run.ingress, IngressChoice::Traefik);
}

#[test]
fn wrong_answers_are_refused_with_a_reason() {
    let answers = [
        ("Image", "ghcr.io/me/app"),
        ("Image", "ghcr.io/me/app:2"),
        ("Port of the container", "99999"),
        ("Port of the container", "80"),
        ("Host", "wiki.lab.example.dev"),
        ("Host", "https://app.dev"),
    ];
    let mut facts = facts();
    facts.registry = false;
    let (service, person, ended) = talk("", &facts, &answers);
    assert_eq!(ended, Ok(()));
    assert_eq!(person.refused.len(), 4, "{:?}", person.refused);
    assert_eq!(
        person.refused[2],
        "the host wiki.lab.example.dev is taken: wiki.yaml:3"
    );
    assert_eq!(service.run.image.as_deref(), Some("ghcr.io/me/app:2"));
    let (_, _, ended) = talk("", &facts, &[]);
    assert_eq!(ended, Err(Unanswered::Left));
}

#[test]
fn namespaces_are_shared_or_new() {
    let mut facts = facts();
    facts.namespaces = vec!["default".to_owned(), "web".to_owned()];
    let flags = "--image a/b:1 --policy none";
    let chosen = |answers: &[(&'static str, &'static str)]| {
        let (service, ..) = talk(flags, &facts, answers);
        service.place.target_namespace
    };
    assert_eq!(chosen(&[]), None);
    assert_eq!(chosen(&[("Namespace", "web")]).as_deref(), Some("web"));
    let new = [("Namespace", "new"), ("Name of the namespace", "lab")];
    assert_eq!(chosen(&new).as_deref(), Some("lab"));
}

#[test]
fn an_ingress_needs_port_and_host() {
    let mut facts = facts();
    facts.host = None;
    let (_, person, ended) = talk("--image a/b:1 --ingress nginx", &facts, &[]);
    assert_eq!(ended, Err(Unanswered::Left));
    assert_eq!(person.asked, ["Port of the container"]);
    let (_, person, _) = talk("--image a/b:1 --port 80 --ingress none", &facts, &[]);
    assert!(!person.asked.contains(&"Host".to_owned()));
}

#[test]
fn a_range_is_asked_for() {
    let answers = [
        ("Updates of the image", "semver"),
        ("Range of versions", "1.x"),
    ];
    let (service, ..) = talk("--image a/b:1.4.2", &facts(), &answers);
    assert_eq!(service.run.policy, Some(Wish::Semver("1.x".to_owned())));
}
