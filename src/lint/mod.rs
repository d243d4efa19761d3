//! Rules over the rendered repository, pure: findings are data with a place.

mod context;
mod distance;
mod engine;
mod finding;
mod ignores;
mod outlook;
mod pods;
mod policy_test;
mod registry_facts;
mod renovate;
pub mod rules;
mod sink;
mod tag_policies;

pub use context::{Context, IgnoredBy, MarkedFile, PolicyLookup};
pub use distance::distance;
pub use engine::{Rule, Selection, covers, run};
pub use finding::{Finding, Fix, ObjectId, Related, Report, RuleInfo, Severity, Summary};
pub use outlook::{NoLatest, Outlook, current_tag};
pub use policy_test::PolicyTest;
pub use registry_facts::RegistryFacts;
pub use sink::{Draft, Sink};
