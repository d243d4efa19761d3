//! Module `flux`.

pub mod envsubst;
