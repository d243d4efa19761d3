//! The command line that says what the answers said.

use clap::ValueEnum;

use super::super::super::Global;
use super::super::arguments::{IngressChoice, LayoutChoice, NewService, ResourcesChoice};
use crate::image::propose::Wish;

/// What stands for a value that nobody else is to see.
const HIDDEN: &str = "***";
/// Parts of the names of variables that are secrets.
const SECRET: [&str; 8] = [
    "PASS",
    "SECRET",
    "TOKEN",
    "KEY",
    "CREDENTIAL",
    "AUTH",
    "PRIVATE",
    "PWD",
];

/// A command line in the making.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn flag(&mut self, flag: &str, is_set: bool) {
        if is_set {
            self.0.push(flag.to_owned());
        }
    }

    fn value(&mut self, flag: &str, value: Option<&str>) {
        match value {
            None => {}
            // Else it would be taken for a flag.
            Some(value) if value.starts_with('-') => self.0.push(format!("{flag}={value}")),
            Some(value) => self.0.extend([flag.to_owned(), value.to_owned()]),
        }
    }

    fn values(&mut self, flag: &str, values: impl Iterator<Item = String>) {
        for value in values {
            self.value(flag, Some(&value));
        }
    }

    fn choice<T: ValueEnum>(&mut self, flag: &str, choice: Option<T>) {
        let value = choice.and_then(|c| c.to_possible_value());
        self.value(flag, value.as_ref().map(|v| v.get_name()));
    }
}

/// Returns the words of the command that needs no answers. `cluster` was asked for, or is not to be named.
pub(super) fn of(service: &NewService, global: &Global, cluster: Option<&str>) -> Vec<String> {
    let mut words = Words(vec!["homelab".to_owned()]);
    let repo = global.repo.as_ref().map(|dir| dir.display().to_string());
    words.value("-C", repo.as_deref());
    words.value("--cluster", cluster.or(global.cluster.as_deref()));
    words.flag("--offline", global.offline);
    words.0.push("new-service".to_owned());
    words.0.extend(service.name.clone());
    words.place(service);
    words.run(service);
    words.beside(service);
    words.0.extend(service.plan.words().map(str::to_owned));
    words.flag("--yes", true);
    words.0
}

impl Words {
    fn place(&mut self, service: &NewService) {
        let place = &service.place;
        self.value("--like", place.like.as_deref());
        let layout = Some(place.layout).filter(|l| *l != LayoutChoice::Auto);
        self.choice("--layout", layout);
        self.value("--folder", place.folder.as_deref());
        self.value("--target-namespace", place.target_namespace.as_deref());
        self.values("--depends-on", place.depends_on.iter().cloned());
    }

    fn run(&mut self, service: &NewService) {
        let run = &service.run;
        self.value("--image", run.image.as_deref());
        self.choice("--workload", run.workload);
        self.value("--schedule", run.schedule.as_deref());
        self.value("--port", run.port.map(|p| p.to_string()).as_deref());
        self.value("--host", run.host.as_deref());
        let ingress = Some(run.ingress).filter(|i| *i != IngressChoice::Auto);
        self.choice("--ingress", ingress);
        self.value("--policy", policy(run.policy()).as_deref());
        let tags = run.tags.as_ref().map(|file| file.display().to_string());
        self.value("--tags", tags.as_deref());
        self.values(
            "--env",
            run.env.iter().map(|(k, v)| format!("{k}={}", shown(k, v))),
        );
        let secrets = run.secret.iter();
        self.values(
            "--secret",
            secrets.map(|s| match s.field.as_str() {
                "" => format!("{}={}", s.key, s.item),
                field => format!("{}={}/{field}", s.key, s.item),
            }),
        );
        self.values("--seal", run.seal.iter().cloned());
        let claims = run.pvc.iter();
        self.values(
            "--pvc",
            claims.map(|c| format!("{}:{}:{}", c.name, c.size, c.mount)),
        );
        let folders = run.nfs.iter();
        self.values(
            "--nfs",
            folders.map(|n| format!("{}:{}:{}", n.server, n.path, n.mount)),
        );
        self.value("--probe", run.probe.as_deref());
        let resources = Some(run.resources).filter(|r| *r != ResourcesChoice::Auto);
        self.choice("--resources", resources);
        self.value("--prefer-node", run.prefer_node.as_deref());
        self.value("--node", run.node.as_deref());
        self.value("--run-as", run.run_as.map(|u| u.to_string()).as_deref());
        self.value("--pull-secret", run.pull_secret.as_deref());
        self.flag("--network-policy", run.network_policy);
        self.flag("--quota", run.quota);
    }

    fn beside(&mut self, service: &NewService) {
        let beside = &service.beside;
        self.value("--description", beside.description.as_deref());
        self.value("--tile", beside.tile.as_deref());
        self.value("--title", beside.title.as_deref());
        self.value("--icon", beside.icon.as_deref());
        self.flag("--monitor", beside.monitor);
        self.flag("--backup", beside.backup);
        self.flag("--tunnel", beside.tunnel);
        let folder = beside.publish_workflow.as_ref();
        self.value(
            "--publish-workflow",
            folder.map(|d| d.display().to_string()).as_deref(),
        );
    }
}

/// Returns a policy as the command line takes it; nothing for the usual one.
fn policy(wish: &Wish) -> Option<String> {
    match wish {
        Wish::Auto => None,
        Wish::None => Some("none".to_owned()),
        Wish::Timestamp => Some("timestamp".to_owned()),
        Wish::Numerical => Some("numerical".to_owned()),
        Wish::Semver(range) => Some(format!("semver:{range}")),
    }
}

/// Returns the value of a variable, unless it looks like a secret.
fn shown<'v>(name: &str, value: &'v str) -> &'v str {
    let name = name.to_uppercase();
    let authority = value
        .split_once("://")
        .and_then(|(_, rest)| rest.split('/').next());
    let has_user = authority.is_some_and(|a| a.contains('@'));
    match has_user || SECRET.iter().any(|part| name.contains(part)) {
        true => HIDDEN,
        false => value,
    }
}

/// Joins words so that a shell takes them apart again.
pub(super) fn quoted(words: &[String]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    let quote = |word: &String| match !word.is_empty() && word.chars().all(is_plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        global: Global,
        #[command(subcommand)]
        command: Command,
    }

    #[derive(clap::Subcommand)]
    enum Command {
        NewService(Box<NewService>),
    }

    fn again(arguments: &[&str]) -> Vec<String> {
        let line = Line::try_parse_from(["homelab", "new-service"].iter().chain(arguments));
        let line = line.unwrap_or_else(|e| panic!("{e}"));
        let Command::NewService(service) = line.command;
        of(&service, &line.global, None)
    }

    /// Every flag that can be given comes out again.
    #[test]
    fn flags_come_out_as_they_went_in() {
        let all = "app --like mealie --layout app-folder --folder apps/web --target-namespace web --depends-on dns \
                   --depends-on vpn --image ghcr.io/me/app:1.4.2 --workload deployment --port 3000 --host a.example.dev \
                   --ingress nginx --policy semver:1.x --tags tags.txt --env A=b --secret K=item/field --seal S --pvc data:5Gi:/data \
                   --nfs nas:/media:/m --probe /up --resources small --prefer-node worker --run-as 0 --pull-secret pull \
                   --network-policy --quota --description text --tile Tools --title App --icon app.png --monitor --backup --tunnel \
                   --publish-workflow ../app --dry-run --commit --push --yes";
        let words: Vec<&str> = all.split_whitespace().collect();
        assert_eq!(again(&words)[2..], words);
        let job = ["job", "--schedule", "0 4 * * *", "--node", "pi1", "--yes"];
        assert_eq!(again(&job)[2..], job);
        let global = again(&["app", "-C", "/r", "--cluster", "pi", "--offline"]);
        let expected = "homelab -C /r --cluster pi --offline new-service app --yes";
        assert_eq!(global.join(" "), expected);
    }

    #[test]
    fn a_value_is_no_flag() {
        let words = again(&["app", "--description=-quick", "--policy", "auto"]);
        assert_eq!(words[2..], ["app", "--description=-quick", "--yes"]);
    }

    #[test]
    fn secrets_are_not_shown() {
        for secret in ["DB_PASSWORD=x", "api_key=x", "URL=postgres://me:x@db/app"] {
            let words = again(&["app", "--env", secret]).join(" ");
            assert!(words.ends_with("=*** --yes"), "{words}");
        }
        assert!(
            again(&["app", "--env", "URL=https://a.dev/@x"])
                .join(" ")
                .contains("/@x")
        );
    }

    #[test]
    fn a_shell_takes_the_words_apart() {
        let words = ["a b", "it's", "", "$HOME", "plain:1/2", "`x`"].map(str::to_owned);
        assert_eq!(
            quoted(&words),
            r"'a b' 'it'\''s' '' '$HOME' plain:1/2 '`x`'"
        );
    }
}
