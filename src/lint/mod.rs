//! Rules over the rendered repository, pure: findings are data with a place.

mod finding;

pub use finding::{Finding, Fix, ObjectId, Related, Report, RuleInfo, Severity, Summary};
