//! Reads patches: from a file or a string, strategic merge or JSON 6902.

use std::sync::Arc;

use super::decode::Text;
use super::inline;
use super::json6902;
use super::load;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::{Origin, Resource, is_empty};
use super::session::{Role, Session};
use crate::manifest::{Node, SourceFile};

/// A patch that was read.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Strategic merge patches; none where the text says nothing.
    Merge(Vec<Resource>),
    /// The operations of a JSON patch.
    Json(json6902::Patch),
}

/// Where a patch of a kustomization comes from, for messages.
pub(crate) struct Context<'a> {
    /// The folder of the kustomization.
    pub dir: &'a str,
    /// The kustomization file, which holds inline patches.
    pub file: Option<&'a Arc<SourceFile>>,
    /// The kustomization file and the entry.
    pub site: &'a Site,
    /// Whether objects were lost, so that a patch without target is nobody's fault.
    pub lossy: bool,
}

/// Reads a patch from a file or from the string itself; nothing where the file is on another host.
pub(crate) fn read(
    session: &mut Session<'_>,
    text: &Text,
    inline: bool,
    context: &Context<'_>,
) -> Outcome<Option<Content>> {
    let site = context.site.at(text.place);
    if inline {
        let parsed = inline::parse(text, context.file.map(|f| &**f));
        let move_in = |node: &Node| inline::place(node, text, context.file.map(|f| &**f));
        return content(&parsed, &site, &move_in).map(Some);
    }
    match session.source(context.dir, text, Role::Patch, &site)? {
        Some(source) => content(&source, &site, &Node::clone).map(Some),
        None => Ok(None),
    }
}

fn content(source: &SourceFile, site: &Site, place: &dyn Fn(&Node) -> Node) -> Outcome<Content> {
    let unreadable = || site.problem(ProblemKind::BadPatch, "unable to parse SM or JSON patch");
    if let Some(error) = source.errors.first() {
        let message = format!("unable to parse SM or JSON patch: yaml: {}", error.message);
        return Err(site.problem(ProblemKind::BadPatch, message));
    }
    let roots: Vec<Node> = source
        .documents
        .iter()
        .filter_map(|d| d.resolved())
        .map(|root| root.map(place).map_err(|_| unreadable()))
        .collect::<Outcome<_>>()?;
    if let Some(operations) = roots.first().filter(|root| root.is_sequence()) {
        return json6902::Patch::read(operations)
            .map(Content::Json)
            .map_err(|error| site.problem(ProblemKind::BadPatch, error.to_string()));
    }
    let patches = roots.into_iter().filter(|root| !is_empty(root));
    let patches = patches.map(|root| {
        load::validate(&root)
            .map_err(|fault| {
                let message = format!("unable to parse SM or JSON patch: {}", fault.0);
                site.problem(ProblemKind::BadPatch, message)
            })
            .map(|()| resource(root, site))
    });
    patches.collect::<Outcome<_>>().map(Content::Merge)
}

fn resource(node: Node, site: &Site) -> Resource {
    let origin = Origin {
        file: node.place.file,
        path: (&*site.path).into(),
        document: 0,
        place: node.place,
        generated: false,
    };
    Resource::new(node, origin)
}
