//! The fields of a file that name an image: containers, Helm values, kustomize's `images`.

use crate::flux::{FILE_NAMES, IMAGE_GROUP, group, kind};
use crate::image::Reference;
use crate::image::marker::{self, Part, Setter};
use crate::manifest::{
    Document, Entry, Node, Resolved, Route, ScalarStyle, Schema, SourceFile, Value,
};
use crate::scaffold::names::base;

/// A field that names an image, or its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageField {
    /// The file.
    pub file: String,
    /// The document in it.
    pub document: usize,
    /// The way to the scalar.
    pub route: Route,
    /// The 1-based line of the scalar.
    pub line: u32,
    /// What a marker here sets: the whole image, or the tag.
    pub part: Part,
    /// Registry and repository.
    pub image: String,
    /// The tag.
    pub tag: Option<String>,
    /// Whether a digest stands there, which Flux leaves away.
    pub has_digest: bool,
    /// `Deployment web`, for people.
    pub object: String,
    /// What the field's marker names, if it has one.
    pub marker: Option<Setter>,
    /// Why it can have no marker.
    pub problem: Option<&'static str>,
    /// Whether kustomize puts this into what others list: then it decides, not the containers' own tag.
    pub overrides: bool,
    /// The name by which kustomize finds the image, where that is another one.
    pub replaces: Option<String>,
}

/// Returns the fields of a file that name images, in order.
pub fn image_fields(source: &SourceFile) -> Vec<ImageField> {
    let markers = marker::scan(source).markers;
    let mut fields = Vec::new();
    for document in &source.documents {
        let Some(root) = &document.root else {
            continue;
        };
        let is_other = group(root) == IMAGE_GROUP || kind(root) == "CustomResourceDefinition";
        if is_other {
            continue;
        }
        let finder = Finder {
            source,
            document,
            root,
        };
        let mut found = Vec::new();
        match FILE_NAMES.contains(&base(&source.path)) || group(root) == "kustomize.config.k8s.io" {
            true => finder.kustomize(&mut found),
            false => finder.walk(&mut found),
        }
        fields.extend(found);
    }
    for (field, span) in &mut fields {
        let marked = markers
            .iter()
            .find(|m| m.position.as_ref().is_ok_and(|at| at.span == *span));
        field.marker = marked.and_then(|m| m.body.clone().ok());
    }
    let mut fields: Vec<ImageField> = fields.into_iter().map(|(field, _)| field).collect();
    fields.sort_by_key(|field| (field.document, field.line));
    fields
}

/// Why a tag beside a digest can have no marker.
const PINNED: &str = "a digest stands beside the tag, and decides: remove it, or keep it up to date with a marker of its own";

type Found = Vec<(ImageField, crate::manifest::Span)>;

struct Finder<'f> {
    source: &'f SourceFile,
    document: &'f Document,
    root: &'f Node,
}

impl Finder<'_> {
    fn kustomize(&self, found: &mut Found) {
        for item in self
            .root
            .get("images")
            .and_then(Node::items)
            .unwrap_or_default()
        {
            let text = |key: &str| item.text_at(&[key]).filter(|t| !t.is_empty());
            let (Some(name), Some(tag)) = (text("name"), item.entry("newTag")) else {
                continue;
            };
            let image = text("newName").unwrap_or(name);
            let Some((mut field, span)) = self.field(&tag.value, Part::Tag, image.to_owned())
            else {
                continue;
            };
            field.tag = tag.value.text().map(str::to_owned);
            field.problem = field.problem.or(text("digest").map(|_| PINNED));
            field.overrides = true;
            field.replaces = Some(name.to_owned());
            found.push((field, span));
        }
    }

    fn walk(&self, found: &mut Found) {
        let mut stack = vec![self.root];
        while let Some(node) = stack.pop() {
            match &node.value {
                Value::Mapping(entries) => {
                    self.mapping(node, entries, found);
                    stack.extend(entries.iter().map(|entry| &entry.value));
                }
                Value::Sequence(items) => stack.extend(items.iter()),
                Value::Scalar(_) | Value::Alias(_) => {}
            }
        }
    }

    fn mapping(&self, node: &Node, entries: &[Entry], found: &mut Found) {
        let entry = |key: &str| entries.iter().find(|e| e.key.text() == Some(key));
        if let Some(image) = entry("image") {
            let in_container = node.get("name").is_some();
            found.extend(self.whole(&image.value, in_container));
        }
        let (Some(repository), Some(tag)) = (entry("repository"), entry("tag")) else {
            return;
        };
        let name = repository.value.text().unwrap_or_default();
        let registry = node.text_at(&["registry"]).unwrap_or_default();
        let tag_text = tag.value.text().unwrap_or_default();
        let (tag_text, digest) = match tag_text.split_once('@') {
            Some((tag, _)) => (tag, true),
            None => (tag_text, false),
        };
        let image = match registry.trim_end_matches('/') {
            "" => name.to_owned(),
            registry => format!("{registry}/{name}"),
        };
        if tag_text.is_empty() || Reference::parse_repository(&image).is_err() {
            return;
        }
        if let Some((mut field, span)) = self.field(&tag.value, Part::Tag, image) {
            field.tag = Some(tag_text.to_owned());
            field.has_digest = digest;
            let pinned = node.text_at(&["digest"]).is_some_and(|d| !d.is_empty());
            field.problem = field.problem.or(pinned.then_some(PINNED));
            found.push((field, span));
        }
    }

    fn whole(
        &self,
        node: &Node,
        in_container: bool,
    ) -> Option<(ImageField, crate::manifest::Span)> {
        let text = node.text()?.trim();
        let named = in_container || text.contains(['/', ':']);
        let known = text.split("${").next().unwrap_or_default();
        let reference = Reference::parse(text).ok();
        let is_template = known.len() < text.len() || text.contains("{{");
        if !named || (reference.is_none() && !is_template) || text.contains("://") {
            return None;
        }
        let (mut field, span) = self.field(node, Part::Image, name_of(text).to_owned())?;
        field.tag = reference.as_ref().and_then(|r| r.tag()).map(str::to_owned);
        field.has_digest = reference.as_ref().is_some_and(|r| r.digest().is_some());
        Some((field, span))
    }

    fn field(
        &self,
        node: &Node,
        part: Part,
        image: String,
    ) -> Option<(ImageField, crate::manifest::Span)> {
        let span = node.place.span;
        let name = self.root.text_at(&["metadata", "name"]).unwrap_or_default();
        let field = ImageField {
            file: self.source.path.to_string(),
            document: self.document.index,
            route: Route::to(self.root, span.start as usize),
            line: self.source.line(span.start as usize),
            part,
            image,
            tag: None,
            has_digest: false,
            object: format!("{} {name}", kind(self.root)).trim().to_owned(),
            marker: None,
            problem: self.problem(node),
            overrides: false,
            replaces: None,
        };
        (!span.range().is_empty()).then_some((field, span))
    }

    /// Returns why a scalar can have no marker behind it.
    fn problem(&self, node: &Node) -> Option<&'static str> {
        let Value::Scalar(scalar) = &node.value else {
            return Some("it is an alias, and Flux looks only at the anchor");
        };
        let span = node.place.span;
        let before = self
            .source
            .text
            .get(..span.start as usize)
            .unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let rest = self
            .source
            .text
            .get(span.end as usize..)
            .unwrap_or_default();
        let rest = rest.lines().next().unwrap_or_default().trim_start();
        let block = matches!(scalar.style, ScalarStyle::Literal | ScalarStyle::Folded);
        if scalar.text.contains("${") || scalar.text.contains("{{") {
            Some("it holds a variable, which Flux would overwrite")
        } else if block || self.source.slice(span).contains('\n') {
            Some("it is written over several lines")
        } else if line
            .split_whitespace()
            .next_back()
            .is_some_and(|word| word.starts_with('&'))
        {
            Some("it has an anchor, and what refers to it would change as well")
        } else if rest.starts_with([',', '}', ']'])
            || line.contains("{ ")
            || line.trim_end().ends_with(['{', '[', ','])
        {
            Some(
                "it stands inside braces or brackets on one line, behind which Flux sees no marker",
            )
        } else if !rest.is_empty() && !rest.starts_with('#') {
            Some("something else follows on its line")
        } else {
            None
        }
    }
}

/// Tells whether Flux would keep the type of this scalar instead of writing a text.
pub(super) fn loses_quotes(node: &Node) -> bool {
    let Some(scalar) = node.scalar().filter(|s| s.style == ScalarStyle::Plain) else {
        return false;
    };
    match node.resolve(Schema::Kustomize) {
        Ok(Resolved::Str(text)) => text != scalar.text.as_str(),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// Returns an image without its tag and digest.
fn name_of(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::FileId;

    fn found(path: &str, text: &str) -> Vec<String> {
        let source = SourceFile::parse(FileId(0), path, text);
        let fields = image_fields(&source).into_iter().map(|f| {
            let tag = f.tag.as_deref().unwrap_or("-");
            let problem = f.problem.map(|p| {
                format!(
                    " !{}",
                    p.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
                )
            });
            let marked = if f.marker.is_some() { " marked" } else { "" };
            format!(
                "{} {} {tag} {}{marked}{}",
                f.line,
                f.image,
                f.part.word(),
                problem.unwrap_or_default()
            )
        });
        fields.collect()
    }

    #[test]
    fn containers_and_values_name_images() {
        let text = "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: ghcr.io/me/web:1.0.0\n        - name: db\n          image: postgres # {\"$imagepolicy\": \"a:b\"}\n      imagePullSecrets: []\n";
        assert_eq!(
            found("a.yaml", text),
            ["7 ghcr.io/me/web 1.0.0 image", "9 postgres - image marked"]
        );
        let values = "kind: HelmRelease\nspec:\n  values:\n    image:\n      registry: ghcr.io\n      repository: me/web\n      tag: \"1.0\"\n    sidecar: {image: {repository: a/b, tag: 1.2.3}}\n    chart: {repository: https://x.example, tag: 1}\n    other:\n      image: &i a/c:1.0.0\n      again: {image: *i}\n      image2: no\n";
        assert_eq!(
            found("a.yaml", values),
            [
                "7 ghcr.io/me/web 1.0 tag",
                "8 a/b 1.2.3 tag !it stands inside",
                "11 a/c 1.0.0 image !it has an",
                "12 a/c 1.0.0 image !it is an"
            ]
        );
    }

    #[test]
    fn kustomize_names_images_by_name() {
        let text = "kind: Kustomization\nimages:\n  - name: app\n    newName: ghcr.io/me/app\n    newTag: v1.0.0\n  - name: b\n    newTag: 3\n";
        assert_eq!(
            found("a/kustomization.yaml", text),
            ["5 ghcr.io/me/app v1.0.0 tag", "7 b 3 tag"]
        );
    }

    #[test]
    fn what_is_no_plain_value_is_told() {
        let text = "kind: Pod\nspec:\n  containers:\n    - name: a\n      image: ghcr.io/me/a:${TAG}\n    - {name: b, image: nginx:1.0.0}\n    - name: c\n      image: >-\n        c/d:1.0.0\n";
        assert_eq!(
            found("a.yaml", text),
            [
                "5 ghcr.io/me/a - image !it holds a",
                "6 nginx 1.0.0 image !it stands inside",
                "9 c/d 1.0.0 image !it is written"
            ]
        );
    }
}
