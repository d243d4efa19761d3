//! `homelab images automate`: everything that keeps the image of a workload up to date.

mod candidates;
mod check;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use self::candidates::{Scene, Wanted};
use crate::adapter::repo_files::Snapshot;
use crate::command::act::PlanArgs;
use crate::command::first_tag::{FirstTag, Question, first_tag};
use crate::command::scaffolding::{refused, settings, tags_of, templates, times};
use crate::command::{Global, Terminal, gather};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::image::propose::{TagChoice, TagOrder, Wish};
use crate::image::{Reference, TagPolicy};
use crate::scaffold::author::Author;
use crate::scaffold::commit::Deed;
use crate::scaffold::conventions::{Conventions, Neighbourhood, Siblings};
use crate::scaffold::images::{self, Ground, ImageField, Subject};
use crate::scaffold::layout::Layout;
use crate::scaffold::plan::{Draft, Plan};
use crate::scaffold::spec::{Image, ServiceSpec};
use crate::scaffold::{is_of_service, names_of_path};

/// The arguments of `images automate`.
#[derive(Args, Debug)]
pub struct Automate {
    /// A service, a file, or a line of a file that names an image
    #[arg(value_name = "NAME|FILE[:LINE]")]
    target: String,
    /// Which tags to follow: auto, semver:RANGE, timestamp, numerical
    #[arg(
        long,
        value_name = "POLICY",
        value_parser = Wish::from_str,
        default_value = "auto",
        hide_default_value = true
    )]
    policy: Wish,
    /// Take the tags from FILE (`-`: stdin) instead of the registry: one on each line, a JSON array, or a registry's answer
    #[arg(long, value_name = "FILE")]
    tags: Option<PathBuf>,
    #[command(flatten)]
    act: PlanArgs,
}

impl Automate {
    /// Plans, shows and writes.
    ///
    /// # Errors
    /// There is no such image, it is one of several, or its tags have no order.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let snapshot = gather::repository(global, terminal)?;
        let plan = self.plan(global, &snapshot, terminal)?;
        let deed = Deed {
            kind: "feat",
            scope: Some("images"),
            what: &format!("keep the image of {} up to date", self.target),
            description: None,
        };
        self.act.act(plan, &snapshot.root, &deed, global, terminal)
    }

    /// Plans what is to be written; nothing where the image is kept up to date already.
    ///
    /// # Errors
    /// There is no such image, it is one of several, its tags have no order, or Flux would not see the marker.
    pub(crate) fn plan(
        &self,
        global: &Global,
        snapshot: &Snapshot,
        terminal: &mut Terminal<'_>,
    ) -> Result<Plan, Error> {
        if self.policy == Wish::None {
            return Err(Error::usage("`--policy none` leaves nothing to automate"));
        }
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        gather::expect_flux(&model, snapshot, terminal);
        let scene = Scene::of(&model, snapshot, global)?;
        let fields = match scene.choose(&self.target)? {
            Wanted::Fields(fields) => fields,
            Wanted::Marked(fields) => return Ok(already(&fields)),
        };
        let detection = Layout::detect(&model, scene.cluster_of(&fields)?);
        let ground = Ground {
            model: &model,
            cluster: scene.cluster_of(&fields)?,
            detection: &detection,
            remote: snapshot.remote.as_deref(),
        };
        Planner {
            scene: &scene,
            ground,
            field: fields.main(),
            others: &fields.others,
            wish: &self.policy,
            args: self,
            global,
        }
        .run(terminal)
    }
}

/// Says that there is nothing to do.
fn already(fields: &[ImageField]) -> Plan {
    let notes = fields.iter().filter_map(|field| {
        let setter = field.marker.as_ref()?;
        Some(format!(
            "{}:{}: {} is kept up to date already, by {setter}",
            field.file, field.line, field.image
        ))
    });
    Plan {
        notes: notes.collect(),
        ..Plan::default()
    }
}

/// What a plan for one field is made with.
struct Planner<'p> {
    scene: &'p Scene<'p>,
    ground: Ground<'p>,
    field: &'p ImageField,
    /// Other places of the same image in the same file.
    others: &'p [ImageField],
    wish: &'p Wish,
    args: &'p Automate,
    global: &'p Global,
}

impl Planner<'_> {
    fn run(&self, terminal: &mut Terminal<'_>) -> Result<Plan, Error> {
        let field = self.field;
        let image = self.reference()?;
        let service = images::service_of(&self.ground, &field.file);
        let times = times(self.scene.snapshot);
        let near = Neighbourhood {
            layout: service.as_ref().map(|(service, _)| service.layout),
            folder: names_of_path(&field.file).0,
            like: None,
            times: &times,
        };
        let siblings = Siblings::of(self.ground.model, self.ground.detection, &near);
        let conventions = Conventions::learn(&siblings);
        let like = images::neighbours(&self.ground, &siblings);
        let mut draft = Draft::new(&self.scene.snapshot.tree);
        let (choice, first) = self.choice(&image, &like, &mut draft, terminal)?;
        let (name, namespace, folders) = self.identity(service);
        let spec = ServiceSpec {
            name: name.clone(),
            namespace: namespace.clone(),
            image: Image {
                repository: field.image.clone(),
                tag: field.tag.clone().unwrap_or_default(),
            },
            policy: Some(choice.clone()),
            ..ServiceSpec::default()
        };
        let templates = templates(self.scene.snapshot)?;
        let author = Author {
            templates: &templates,
            siblings: &siblings,
            conventions: &conventions,
            spec: &spec,
        };
        let secret = self.pull_secret();
        let subject = Subject {
            name: &name,
            namespace: &namespace,
            image: &field.image,
            choice: &choice,
            file: &field.file,
            folders: &folders,
            pull_secret: secret.as_deref(),
        };
        let planned = images::plan(&mut draft, &self.ground, &author, &subject).map_err(refused)?;
        for field in self.others.iter().rev().chain([field]) {
            images::mark(&mut draft, field, &planned.policy).map_err(refused)?;
        }
        if !planned.applied {
            let message = format!("nothing would apply {}", planned.files.join(", "));
            return Err(Error::usage(message).hint(
                "add the folder to a kustomization file that Flux reads, then run this again",
            ));
        }
        self.tell(&mut draft, &choice, &first, &planned);
        if let Some(secret) = secret.as_ref().filter(|_| !planned.reused) {
            draft.notes.push(format!(
                "the Secret `{secret}`, with which the pods pull, must be in namespace `{}` too",
                planned.policy.namespace
            ));
        }
        if first.needs_pull_secret && secret.is_none() {
            draft.notes.push(format!(
                "{} is private, and no Secret is known with which Flux could list its tags: set `spec.secretRef` of its ImageRepository",
                field.image
            ));
        }
        self.check(&mut draft)?;
        Ok(draft.finish())
    }

    fn reference(&self) -> Result<Reference, Error> {
        let field = self.field;
        let repository = Reference::parse_repository(&field.image)
            .map_err(|error| Error::usage(format!("{}:{}: {error}", field.file, field.line)))?;
        Ok(field
            .tag
            .as_ref()
            .map_or(repository.clone(), |tag| repository.with_tag(tag)))
    }

    /// Chooses a policy: one that is there for the image, else what the tags propose.
    fn choice(
        &self,
        image: &Reference,
        like: &[TagChoice],
        draft: &mut Draft<'_>,
        terminal: &mut Terminal<'_>,
    ) -> Result<(TagChoice, FirstTag), Error> {
        let field = self.field;
        if let Some((id, choice)) = images::fitting_policy(&self.ground, &field.image, &field.file)
        {
            let fits = field
                .tag
                .as_ref()
                .is_none_or(|tag| TagPolicy::new(&choice.spec()).could_choose(tag).is_ok());
            if fits && self.wish.allows(&choice.order) && self.args.tags.is_none() {
                draft
                    .notes
                    .push(format!("{id} selects the tags of this image already"));
                return Ok((choice, FirstTag::default()));
            }
        }
        let question = Question {
            image,
            wish: self.wish,
            like,
            tags: self
                .args
                .tags
                .as_ref()
                .map(|path| tags_of(path))
                .transpose()?,
            architectures: &settings(self.scene.snapshot)?.architectures,
        };
        let first = first_tag(&question, self.global, terminal)?;
        match (first.choice(), &first.no_policy) {
            (Some(choice), _) => Ok((choice.clone(), first.clone())),
            (None, Some(_)) if field.tag.is_none() && !first.asked => {
                let warnings: String = first
                    .warnings
                    .iter()
                    .map(|warning| format!(": {warning}"))
                    .collect();
                let said = format!(
                    "{}:{}: no tag stands there, and which there are is not known{warnings}",
                    field.file, field.line
                );
                Err(Error::usage(said)
                    .hint("write the tag that runs, or give the image's tags with `--tags FILE`"))
            }
            (None, Some(why)) => {
                let warnings = first.warnings.iter().map(|warning| format!(" ({warning})"));
                let said = format!(
                    "{}:{}: {why}{}",
                    field.file,
                    field.line,
                    warnings.collect::<String>()
                );
                Err(Error::usage(said).hint(why.hint()))
            }
            (None, None) => Err(Error::usage(format!("{}: no policy", field.image))),
        }
    }

    /// Returns name and namespace of the service, and its own folders.
    fn identity(
        &self,
        service: Option<(&crate::scaffold::layout::Service, Vec<String>)>,
    ) -> (String, String, Vec<String>) {
        let object = self.scene.object(self.field);
        if let Some((service, folders)) = service {
            // One of several things that a folder holds has a name of its own.
            let apart = object
                .as_ref()
                .filter(|id| !id.name.is_empty() && !is_of_service(&service.name, &id.name));
            let name = apart.map_or(&service.name, |id| &id.name);
            return (name.clone(), service.namespace.clone(), folders);
        }
        let named = object
            .as_ref()
            .map(|id| id.name.clone())
            .filter(|n| !n.is_empty() && !n.contains("${"));
        let image = names_of_path(&self.field.image).1.to_owned();
        (
            named.unwrap_or(image),
            object.map(|id| id.namespace).unwrap_or_default(),
            Vec::new(),
        )
    }

    /// Returns the Secret with which the pods of the field's object pull.
    fn pull_secret(&self) -> Option<String> {
        let source = self.scene.snapshot.tree.source(&self.field.file)?;
        let root = source.documents.get(self.field.document)?.root.as_ref()?;
        let secrets = root
            .at_path(&["spec", "template", "spec", "imagePullSecrets"])?
            .items()?;
        secrets.first()?.text_at(&["name"]).map(str::to_owned)
    }

    fn tell(
        &self,
        draft: &mut Draft<'_>,
        choice: &TagChoice,
        first: &FirstTag,
        planned: &images::Planned,
    ) {
        let field = self.field;
        draft.notes.extend(first.warnings.iter().cloned());
        let why = first
            .proposals
            .first()
            .map_or("", |proposal| proposal.why.as_str());
        if !why.is_empty() {
            draft.notes.push(format!(
                "{} selects {why}: {}",
                planned.policy,
                described(choice)
            ));
        }
        let current = field.tag.as_deref();
        match first.winner().filter(|winner| current != Some(*winner)) {
            Some(winner) => draft.notes.push(format!(
                "{}:{}: Flux will write `{winner}` there at its first run, in place of `{}`",
                field.file,
                field.line,
                current.unwrap_or("no tag")
            )),
            None if !first.asked && !why.is_empty() => {
                draft.notes.push("which tags there are was not asked: the policy follows from the shape of the present one".to_owned());
            }
            None => {}
        }
        if field.has_digest {
            draft.notes.push(format!(
                "{}:{}: Flux leaves the digest away when it writes the tag",
                field.file, field.line
            ));
        }
        if let Some(missing) = self.scene.controllers_missing(self.ground.cluster) {
            draft.next.push(missing);
        }
    }

    /// Refuses a plan after which Flux would do harm, and tells what else the rules find.
    fn check(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        let tree = draft.outcome();
        let after = Model::of(&tree, self.ground.remote);
        for finding in check::new_findings(self.ground.model, &after) {
            let at = format!("{}:{}", finding.location.file, finding.location.line);
            let is_harm = matches!(
                finding.rule,
                "image/rewrite-hazard" | "image/marker-misplaced"
            );
            if is_harm {
                let error = Error::usage(format!("{at}: {}", finding.message));
                return Err(match finding.help {
                    Some(help) => error.hint(help),
                    None => error,
                });
            }
            draft
                .notes
                .push(format!("{at}: {} ({})", finding.message, finding.rule));
        }
        Ok(())
    }
}

fn described(choice: &TagChoice) -> String {
    let order = match &choice.order {
        TagOrder::Semver(range) => format!("semver `{range}`"),
        TagOrder::Numerical => "numerical".to_owned(),
        TagOrder::Alphabetical => "alphabetical".to_owned(),
    };
    match &choice.pattern {
        Some(pattern) => format!("{order} of `{pattern}`"),
        None => order,
    }
}
