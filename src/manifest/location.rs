//! Where a piece of YAML stands: byte spans, files, and lines and columns for people.

/// Identifies one source file within a repository snapshot; an index into its file list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

impl FileId {
    /// Marks a node that stands in no file: one that a transformer or generator made.
    pub const NONE: FileId = FileId(u32::MAX);
}

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Returns the span from `start` to `end`, both in bytes.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span {
            start: clamp(start),
            end: clamp(end),
        }
    }

    /// Returns the span as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Tells whether `offset` lies inside.
    pub fn contains(self, offset: usize) -> bool {
        self.range().contains(&offset)
    }
}

/// The file and byte span a node was read from. Survives rendering, so that a finding on a rendered object can still
/// point at the line that a person has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file, or [`FileId::NONE`].
    pub file: FileId,
    /// The bytes within it.
    pub span: Span,
}

impl Place {
    /// The place of what no file contains.
    pub const NONE: Place = Place {
        file: FileId::NONE,
        span: Span { start: 0, end: 0 },
    };

    /// Tells whether this names a real place in a file.
    pub fn is_known(self) -> bool {
        self.file != FileId::NONE
    }
}

impl Default for Place {
    fn default() -> Self {
        Place::NONE
    }
}

/// A place for people and JSON: lines and columns are 1-based, columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// Path relative to the repository root, with `/`.
    pub file: String,
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the last character's end.
    pub end_line: u32,
    /// Column one past the last character.
    pub end_column: u32,
    /// The same as bytes, for snippets.
    pub span: Span,
}
