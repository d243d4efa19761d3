//! The flags that every command takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::adapter::cluster::ClusterOptions;
use crate::adapter::environment;
use crate::error::Error;
use crate::output::{ChecklistFormat, ColorChoice, DataFormat, Format, TerminalFacts};

/// Flags that every command takes.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Take DIR as the root of the repository [default: the git work tree around the current folder]
    #[arg(short = 'C', long = "repo", value_name = "DIR", global = true)]
    pub repo: Option<PathBuf>,
    /// Look at this cluster only, where the repository holds several
    #[arg(long, value_name = "NAME", global = true)]
    pub cluster: Option<String>,
    /// How to print the answer
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        global = true
    )]
    pub output: Format,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true)]
    pub color: ColorChoice,
    /// Say nothing beside the answer and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: everything that could not be looked at, and what is behind a check that passes
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Ask nothing, and do what would be asked; without a terminal nothing is asked either
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Use no network: what a registry would be asked comes from the cache
    #[arg(long, global = true)]
    pub offline: bool,
    /// End after this time, with status 4: `30s`, `1m30s`
    #[arg(long, value_name = "DUR", value_parser = duration, global = true)]
    pub timeout: Option<Duration>,
    /// The namespace of what is named without one [default: FLUX_SYSTEM_NAMESPACE, else flux-system]
    #[arg(
        short,
        long = "namespace",
        value_name = "NS",
        value_parser = NonEmptyStringValueParser::new(),
        global = true
    )]
    pub named_namespace: Option<String>,
    /// Ask the cluster of this context of the kubeconfig; again for another [default: the current one]
    #[arg(long = "context", value_name = "NAME", global = true)]
    pub contexts: Vec<String>,
    /// Read this kubeconfig [default: those of KUBECONFIG, else ~/.kube/config]
    #[arg(long, value_name = "FILE", global = true)]
    pub kubeconfig: Option<PathBuf>,
}

/// Reads a duration as Go writes it: `1h`, `1m30s`, `0.5s`, `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let refuse = || "a duration is a number and ms, s, m or h, such as 30s or 1m30s".to_owned();
    let (mut rest, mut whole) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_alphabetic());
        let (number, tail) = rest.split_at(digits.ok_or_else(refuse)?);
        let end = tail.find(|c: char| !c.is_ascii_alphabetic());
        let (unit, tail) = tail.split_at(end.unwrap_or(tail.len()));
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(refuse()),
        };
        let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let number = number.parse::<f64>().ok().filter(|_| plain);
        let part = Duration::try_from_secs_f64(number.ok_or_else(refuse)? * seconds);
        whole = part
            .ok()
            .and_then(|part| whole.checked_add(part))
            .ok_or_else(refuse)?;
        rest = tail;
    }
    (!whole.is_zero()).then_some(whole).ok_or_else(refuse)
}

impl Global {
    /// Tells whether a stream gets colour.
    pub(super) fn colored(&self, is_terminal: bool) -> bool {
        let [no_color, force, term] =
            ["NO_COLOR", "CLICOLOR_FORCE", "TERM"].map(environment::variable);
        self.color.decide(&TerminalFacts {
            no_color: no_color.as_deref(),
            clicolor_force: force.as_deref(),
            term: term.as_deref(),
            is_terminal,
        })
    }

    /// Tells whether somebody may be asked: on a terminal, outside of CI, with an answer for people, and without `--yes`.
    pub(super) fn asks(&self) -> bool {
        environment::stdin_is_terminal()
            && environment::stderr_is_terminal()
            && environment::variable("CI").is_none()
            && self.output == Format::Human
            && !self.yes
    }

    /// Returns the namespace of what is named without one.
    pub(super) fn namespace(&self) -> String {
        let named = self.named_namespace.clone();
        named
            .or_else(|| environment::variable("FLUX_SYSTEM_NAMESPACE"))
            .unwrap_or_else(|| "flux-system".to_owned())
    }

    /// Returns the namespace that Flux is installed in, which is not that of a question.
    pub(super) fn flux_namespace(&self) -> String {
        let named = environment::variable("FLUX_SYSTEM_NAMESPACE");
        named.unwrap_or_else(|| "flux-system".to_owned())
    }

    /// Returns how to reach a cluster, by its context or the current one.
    ///
    /// # Errors
    /// The network is ruled out.
    pub(super) fn cluster_of(
        &self,
        what: &str,
        context: Option<String>,
    ) -> Result<ClusterOptions, Error> {
        if self.offline {
            let message = format!("{what} needs the network, which `--offline` rules out");
            return Err(Error::usage(message));
        }
        Ok(ClusterOptions {
            kubeconfig: self.kubeconfig.clone(),
            context,
            timeout: self.timeout,
        })
    }

    /// Returns how to reach the one cluster that is asked.
    ///
    /// # Errors
    /// Several are named, or the network is ruled out.
    pub(super) fn one_cluster(&self, what: &str) -> Result<ClusterOptions, Error> {
        if self.contexts.len() > 1 {
            let message = format!("{what} asks one cluster, and `--context` names several");
            return Err(Error::usage(message));
        }
        self.cluster_of(what, self.contexts.first().cloned())
    }

    /// Returns the format of a checklist.
    ///
    /// # Errors
    /// The format is for findings only.
    pub(super) fn checklist_format(&self) -> Result<ChecklistFormat, Error> {
        self.output.checklist().ok_or_else(|| {
            Error::usage("this output format shows findings only").hint(
                "`lint` and `images check` have it; here there are human, json, yaml and markdown",
            )
        })
    }

    /// Returns the format of an answer that is no list of findings.
    ///
    /// # Errors
    /// The format is for findings only.
    pub(super) fn data_format(&self) -> Result<DataFormat, Error> {
        self.output.data().ok_or_else(|| {
            Error::usage("this output format shows findings only")
                .hint("`lint` and `images check` have it; here there are human, json and yaml")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        let read = |text| duration(text).ok().map(|d| d.as_millis());
        assert_eq!(read("1m30s"), Some(90_000));
        assert_eq!(read("0.5s"), Some(500));
        assert_eq!(read("1h1ms"), Some(3_600_001));
        for wrong in [
            "", "0s", "5", "s", "-1s", "1d", "1e3s", "1s5", "infs", "1 s", "9e99h",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
