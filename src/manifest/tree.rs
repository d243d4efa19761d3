//! The files of a repository as git sees them, each parsed once and only when something asks for it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::location::{FileId, Location, Place};
use super::source::SourceFile;

/// Reads a file that was not read up front; the path is relative to the root.
pub type Loader = dyn Fn(&str) -> Result<Vec<u8>, String> + Send + Sync;

/// What is known of a file's content before anything is parsed.
#[derive(Clone, Debug)]
pub enum Content {
    /// Text, read up front.
    Text(Arc<str>),
    /// Not read yet: no YAML by its name.
    Unread,
    /// Cannot be read, or is no UTF-8, or too large; a fragment says which.
    Unreadable(String),
}

/// One file.
pub struct TreeFile {
    /// Path relative to the root, with `/`.
    pub path: Arc<str>,
    /// What is known of its content.
    pub content: Content,
    /// Whether it is a symbolic link. Its content is that of its target.
    pub is_link: bool,
    source: OnceLock<Option<Arc<SourceFile>>>,
    bytes: OnceLock<Option<Arc<[u8]>>>,
}

/// All files of a repository, sorted by path, and its folders.
pub struct Tree {
    files: Vec<TreeFile>,
    by_path: HashMap<Arc<str>, u32>,
    directories: BTreeSet<Arc<str>>,
    loader: Arc<Loader>,
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tree({} files)", self.files.len())
    }
}

impl Tree {
    /// Makes a tree of paths relative to the root and what is known of each.
    pub fn new(mut contents: Vec<(String, Content)>, loader: Box<Loader>) -> Self {
        contents.sort_by(|a, b| a.0.cmp(&b.0));
        contents.dedup_by(|a, b| a.0 == b.0);
        let files: Vec<TreeFile> = contents.into_iter().map(TreeFile::new).collect();
        let ids = files.iter().enumerate();
        let by_path = ids
            .map(|(i, f)| (f.path.clone(), u32::try_from(i).unwrap_or(u32::MAX)))
            .collect();
        let directories = directories_of(&files);
        Tree {
            files,
            by_path,
            directories,
            loader: Arc::from(loader),
        }
    }

    /// Returns the tree as it would be with these texts in place of what is there, or added.
    pub fn with_texts<'a>(&self, texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut contents: Vec<(String, Content)> = texts
            .into_iter()
            .map(|(path, text)| (path.to_owned(), Content::Text(text.into())))
            .collect();
        // Of two with one path the first stays.
        let old = self.files.iter();
        contents.extend(old.map(|file| (file.path.to_string(), file.content.clone())));
        let loader = Arc::clone(&self.loader);
        let links = self.files.iter().filter(|file| file.is_link);
        Tree::new(contents, Box::new(move |path| loader(path)))
            .with_links(links.map(|f| f.path.as_ref()))
    }

    /// Marks files as symbolic links.
    pub fn with_links<'a>(mut self, links: impl IntoIterator<Item = &'a str>) -> Self {
        for link in links {
            let index = self.by_path.get(link).map(|index| *index as usize);
            if let Some(file) = index.and_then(|index| self.files.get_mut(index)) {
                file.is_link = true;
            }
        }
        self
    }

    /// Tells whether the file at `path` is a symbolic link.
    pub fn is_link(&self, path: &str) -> bool {
        let file = self.id(path).and_then(|id| self.file(id));
        file.is_some_and(|file| file.is_link)
    }

    /// Makes a tree of texts; for tests.
    #[cfg(test)]
    pub(crate) fn of_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let contents = texts
            .into_iter()
            .map(|(path, text)| (path.to_owned(), Content::Text(text.into())));
        Tree::new(
            contents.collect(),
            Box::new(|path| Err(format!("{path}: no such file"))),
        )
    }

    /// Returns all files, sorted by path; the index of a file is its [`FileId`].
    pub fn files(&self) -> &[TreeFile] {
        &self.files
    }

    /// Returns the number of the file at `path`.
    pub fn id(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied().map(FileId)
    }

    /// Returns the file with this number.
    pub fn file(&self, id: FileId) -> Option<&TreeFile> {
        self.files.get(id.0 as usize)
    }

    /// Returns the text of a file that is UTF-8, reading it if need be.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        let file = self.file(self.id(path)?)?;
        match &file.content {
            Content::Text(text) => Some(text.clone()),
            Content::Unreadable(_) => None,
            Content::Unread => {
                let bytes = self.bytes(path)?;
                std::str::from_utf8(&bytes).ok().map(Into::into)
            }
        }
    }

    /// Returns why a file that is there was not read: no UTF-8, too large, not allowed.
    pub fn unreadable(&self, path: &str) -> Option<&str> {
        match &self.file(self.id(path)?)?.content {
            Content::Unreadable(why) => Some(why),
            Content::Text(_) | Content::Unread => None,
        }
    }

    /// Returns the file at `path`, read as YAML whatever its name.
    pub fn source(&self, path: &str) -> Option<Arc<SourceFile>> {
        self.source_of(self.id(path)?)
    }

    /// Returns the file with this number, read as YAML.
    pub fn source_of(&self, id: FileId) -> Option<Arc<SourceFile>> {
        let file = self.file(id)?;
        file.source
            .get_or_init(|| {
                let text = self.text(&file.path)?;
                Some(Arc::new(SourceFile::parse(id, file.path.clone(), text)))
            })
            .clone()
    }

    /// Returns the bytes of a file.
    pub fn bytes(&self, path: &str) -> Option<Arc<[u8]>> {
        let file = self.file(self.id(path)?)?;
        if let Content::Text(text) = &file.content {
            return Some(Arc::from(text.as_bytes()));
        }
        file.bytes
            .get_or_init(|| (self.loader)(path).ok().map(Arc::from))
            .clone()
    }

    /// Tells whether `path` is a folder that holds a file; the root is the empty path.
    pub fn is_dir(&self, path: &str) -> bool {
        path.is_empty() || self.directories.contains(path)
    }

    /// Returns the files below a folder, at any depth, in order of path.
    pub fn files_below<'t>(&'t self, dir: &str) -> impl Iterator<Item = &'t TreeFile> + use<'t> {
        let prefix = if dir.is_empty() {
            String::new()
        } else {
            format!("{dir}/")
        };
        let start = self
            .files
            .partition_point(|f| f.path.as_ref() < prefix.as_str());
        self.files
            .iter()
            .skip(start)
            .take_while(move |f| f.path.starts_with(&prefix))
    }

    /// Returns where a place is, for people.
    pub fn location(&self, place: Place) -> Option<Location> {
        Some(self.source_of(place.file)?.location(place.span))
    }
}

impl TreeFile {
    fn new((path, content): (String, Content)) -> Self {
        TreeFile {
            path: path.into(),
            content,
            is_link: false,
            source: OnceLock::new(),
            bytes: OnceLock::new(),
        }
    }

    /// Returns the last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the text if it was read up front.
    pub fn known_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn directories_of(files: &[TreeFile]) -> BTreeSet<Arc<str>> {
    let mut directories: BTreeSet<Arc<str>> = BTreeSet::new();
    for file in files {
        let mut path: &str = &file.path;
        while let Some((parent, _)) = path.rsplit_once('/') {
            if !directories.insert(Arc::from(parent)) {
                break;
            }
            path = parent;
        }
    }
    directories
}
