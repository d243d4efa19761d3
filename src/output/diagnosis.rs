//! Diagnoses: the story from what is not ready to its cause, and the next command; the same as data.

use std::io::{self, BufWriter, Write};

use owo_colors::OwoColorize;
use serde::Serialize;

use super::style::Palette;
use super::{DataFormat, text, write_json, write_yaml};
use crate::diagnosis::{About, Cause, Confidence, Diagnosis, Step, Verdict};

/// How many characters of a step are shown to whoever does not want everything.
const DETAIL: usize = 240;
/// How many objects with the same cause are named.
const NAMED: usize = 8;
/// The least width that text is wrapped to.
const NARROW: usize = 60;
/// The widest that prose is wrapped to.
const WIDE: usize = 110;

/// What `diagnose` answers.
#[derive(Debug, Default)]
pub struct DiagnosesView {
    clusters: Vec<ClusterView>,
}

/// What one cluster has to say.
#[derive(Debug)]
pub struct ClusterView {
    /// The context, where several clusters are asked.
    pub context: Option<String>,
    /// The diagnoses, or why there are none: a message and what to do about it.
    pub result: Result<Vec<Diagnosis>, (String, Option<String>)>,
}

/// How diagnoses are shown to people.
#[derive(Clone, Copy, Debug)]
pub struct DiagnosisStyle {
    /// The width of the terminal; nothing where there is none.
    pub width: Option<usize>,
    /// Whether in colour.
    pub color: bool,
    /// Whether all that was looked at is told.
    pub is_verbose: bool,
}

#[derive(Serialize)]
struct Document {
    version: u32,
    diagnoses: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<Failure>>,
}

#[derive(Serialize)]
struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    kind: String,
    namespace: String,
    name: String,
    ready: &'static str,
    steps: Vec<StepItem>,
    causes: Vec<CauseItem>,
    next: Vec<String>,
    explains: Vec<String>,
}

#[derive(Serialize)]
struct StepItem {
    object: String,
    check: &'static str,
    verdict: &'static str,
    detail: String,
}

#[derive(Serialize)]
struct CauseItem {
    id: &'static str,
    message: String,
    help: String,
    confidence: &'static str,
    object: String,
}

#[derive(Serialize)]
struct Failure {
    context: String,
    message: String,
    hint: Option<String>,
}

impl DiagnosesView {
    /// Makes a view of what the clusters say.
    pub fn new(clusters: Vec<ClusterView>) -> Self {
        DiagnosesView { clusters }
    }

    fn document(&self) -> Document {
        let several = self
            .clusters
            .iter()
            .any(|cluster| cluster.context.is_some());
        let mut document = Document {
            version: 1,
            diagnoses: Vec::new(),
            errors: several.then(Vec::new),
        };
        for cluster in &self.clusters {
            match &cluster.result {
                Ok(all) => {
                    let items = all.iter().map(|one| item(cluster.context.as_deref(), one));
                    document.diagnoses.extend(items);
                }
                Err((message, hint)) => document.errors.get_or_insert_default().push(Failure {
                    context: cluster.context.clone().unwrap_or_default(),
                    message: message.clone(),
                    hint: hint.clone(),
                }),
            }
        }
        document
    }
}

fn item(context: Option<&str>, diagnosis: &Diagnosis) -> Item {
    let (kind, namespace, name) = match &diagnosis.subject {
        About::Thing(thing) => (&*thing.kind, &*thing.namespace, &*thing.name),
        About::Service(name) => ("service", "", &**name),
        About::Everything(namespace) => {
            ("everything", namespace.as_deref().unwrap_or_default(), "")
        }
        About::Missing(typed) => ("", "", &**typed),
    };
    let step = |step: &Step| StepItem {
        object: step.object.path(),
        check: step.check,
        verdict: verdict(step.verdict),
        detail: step.detail.clone(),
    };
    let cause = |cause: &Cause| CauseItem {
        id: cause.id,
        message: cause.message.clone(),
        help: cause.help.clone(),
        confidence: match cause.confidence {
            Confidence::Certain => "certain",
            Confidence::Likely => "likely",
            Confidence::Possible => "possible",
        },
        object: cause.object.path(),
    };
    Item {
        context: context.map(str::to_owned),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        ready: match diagnosis.is_ready {
            Some(true) => "True",
            Some(false) => "False",
            None => "Unknown",
        },
        steps: diagnosis.steps.iter().map(step).collect(),
        causes: diagnosis.causes.iter().map(cause).collect(),
        next: diagnosis.next.clone(),
        explains: diagnosis
            .explains
            .iter()
            .map(|thing| thing.path())
            .collect(),
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Bad => "bad",
        Verdict::Unknown => "unknown",
    }
}

/// Writes the diagnoses in the format asked for.
///
/// # Errors
/// Those of the writer.
pub fn write_diagnoses(
    format: DataFormat,
    view: &DiagnosesView,
    style: DiagnosisStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        DataFormat::Human => Human::new(style).write(view, &mut out)?,
        DataFormat::Json => write_json(&view.document(), &mut out)?,
        DataFormat::Yaml => write_yaml(&view.document(), &mut out)?,
    }
    out.flush()
}

/// Writes for people.
struct Human {
    style: DiagnosisStyle,
    palette: Palette,
    width: usize,
}

impl Human {
    fn new(style: DiagnosisStyle) -> Self {
        Human {
            style,
            palette: Palette::new(style.color),
            width: style.width.unwrap_or(WIDE).clamp(NARROW, WIDE),
        }
    }

    fn write(&self, view: &DiagnosesView, out: &mut dyn Write) -> io::Result<()> {
        let mut is_first = true;
        for cluster in &view.clusters {
            let Ok(diagnoses) = &cluster.result else {
                continue;
            };
            if !is_first {
                writeln!(out)?;
            }
            if let Some(context) = &cluster.context {
                let heading = format!("context {}", text::one_line(context));
                writeln!(out, "{}\n", heading.style(self.palette.strong))?;
            }
            is_first = false;
            for (at, diagnosis) in diagnoses.iter().enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                self.diagnosis(diagnosis, out)?;
            }
        }
        Ok(())
    }

    fn diagnosis(&self, diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
        let title = title(diagnosis);
        writeln!(out, "{}", text::one_line(&title).style(self.palette.strong))?;
        let shown = |step: &&Step| self.style.is_verbose || !step.is_aside;
        let mut last = None;
        for step in diagnosis.steps.iter().filter(shown) {
            let is_subject = diagnosis.is_about(&step.object);
            self.step(step, is_subject || last == Some(&step.object), out)?;
            last = Some(&step.object);
        }
        self.explained(diagnosis, out)?;
        for (at, cause) in diagnosis.causes.iter().enumerate() {
            self.cause(at, cause, out)?;
        }
        for (at, command) in diagnosis.next.iter().enumerate() {
            let label = if at == 0 { "Next:   " } else { "        " };
            let command = text::one_line(command);
            let label = label.style(self.palette.note);
            writeln!(out, "{label}{}", command.style(self.palette.code))?;
        }
        Ok(())
    }

    fn step(&self, step: &Step, is_same: bool, out: &mut dyn Write) -> io::Result<()> {
        let style = match step.verdict {
            Verdict::Ok => self.palette.note,
            Verdict::Bad => self.palette.error,
            Verdict::Unknown => self.palette.warning,
        };
        let indent = "  ".repeat(step.depth);
        let label = match (is_same, step.relation) {
            (true, _) => step.check.to_owned(),
            (false, "") => step.object.to_string(),
            (false, relation) => format!("{relation} {}", step.object),
        };
        let word = format!("{:<8}", verdict(step.verdict));
        if step.check == "log" && step.verdict == Verdict::Bad {
            let label = if is_same {
                "its last words".to_owned()
            } else {
                label
            };
            writeln!(out, "  {}{indent}  {label}:", word.style(style))?;
            for line in step.detail.lines() {
                let line = text::one_line(line);
                writeln!(
                    out,
                    "          {indent}    {}",
                    line.style(self.palette.dim)
                )?;
            }
            return Ok(());
        }
        let more = if is_same && step.depth > 0 { "  " } else { "" };
        let detail = self.cut(&text::short_hashes(&step.detail));
        let line = text::one_line(&format!("{label}: {detail}")).into_owned();
        let room = self.width.saturating_sub(10 + indent.len() + more.len());
        let mut lines = text::wrap(&line, room.max(NARROW / 2)).into_iter();
        let first = lines.next().unwrap_or_default();
        writeln!(out, "  {}{indent}{more}{first}", word.style(style))?;
        for line in lines {
            writeln!(out, "          {indent}{more}  {line}")?;
        }
        Ok(())
    }

    fn cut(&self, detail: &str) -> String {
        match !self.style.is_verbose && detail.chars().count() > DETAIL {
            true => format!("{}…", detail.chars().take(DETAIL).collect::<String>()),
            false => detail.to_owned(),
        }
    }

    fn explained(&self, diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
        let all = &diagnosis.explains;
        if all.is_empty() {
            return Ok(());
        }
        let shown = match self.style.is_verbose {
            true => all.len(),
            false => NAMED,
        };
        let names: Vec<String> = all
            .iter()
            .take(shown)
            .map(|thing| thing.to_string())
            .collect();
        let rest = all.len().saturating_sub(shown);
        let more = match rest {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        let line = format!("{}{more}", names.join(", "));
        self.paragraph("Behind: ", &line, out)
    }

    fn cause(&self, at: usize, cause: &Cause, out: &mut dyn Write) -> io::Result<()> {
        let label = match (at, cause.confidence) {
            (0, Confidence::Possible) => "Maybe:  ",
            (0, _) => "Cause:  ",
            _ => "And:    ",
        };
        self.paragraph(label, &self.cut_long(&cause.message), out)?;
        match cause.help.is_empty() {
            true => Ok(()),
            false => self.paragraph("        ", &cause.help, out),
        }
    }

    /// Messages of builds can be pages.
    fn cut_long(&self, message: &str) -> String {
        match !self.style.is_verbose && message.chars().count() > 3 * DETAIL {
            true => format!("{}…", message.chars().take(3 * DETAIL).collect::<String>()),
            false => message.to_owned(),
        }
    }

    fn paragraph(&self, label: &str, message: &str, out: &mut dyn Write) -> io::Result<()> {
        let message = text::short_hashes(&text::one_line(message)).into_owned();
        let lines = text::wrap(&message, self.width.saturating_sub(label.len()));
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "        " };
            writeln!(out, "{}{line}", label.style(self.palette.strong))?;
        }
        Ok(())
    }
}

fn title(diagnosis: &Diagnosis) -> String {
    let subject = match &diagnosis.subject {
        About::Thing(thing) => thing.to_string(),
        About::Service(name) => format!("service {name}"),
        About::Everything(None) => "everything".to_owned(),
        About::Everything(Some(namespace)) => format!("everything in {namespace}"),
        About::Missing(typed) => return format!("{typed} is not there"),
    };
    match (diagnosis.is_ready, diagnosis.causes.is_empty()) {
        (Some(true), true) if diagnosis.is_unsure() => {
            format!("{subject} is ready, as far as could be looked at")
        }
        (Some(true), true) => format!("{subject} is ready"),
        (Some(true), false) => format!("{subject} says that it is ready, and something is wrong"),
        (Some(false), _) => format!("{subject} is not ready"),
        (None, _) => format!("it is not known whether {subject} is ready"),
    }
}
