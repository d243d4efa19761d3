//! Images: markers, and which tag a policy selects.

pub mod marker;
