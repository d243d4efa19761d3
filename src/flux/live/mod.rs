//! Flux objects as the API server has them: what they say of themselves, and what they wait for.

mod drift;
mod inventory;
mod kinds;
mod object;
mod order;
mod protocol;
mod run;
mod standing;
mod suspension;
mod target;
mod workload;

pub use drift::{Drift, DriftKind, behind_their_source, drifts, is_cluster, is_whole};
pub use inventory::InventoryItem;
pub use kinds::{DISABLED, DISABLED_ANNOTATION, Family, FluxKind, KINDS, SuspendBy, controller_of};
pub use object::{KindRef, Live, Readiness};
pub use order::is_held_up;
pub use protocol::{Asked, REQUESTED_AT, Stop, resumption};
pub use run::{End, Item, Outcome, Run, State, not_reconciled};
pub use standing::{Awaited, Said, Standing};
pub use suspension::{SUSPEND_REASON, SUSPEND_UNTIL, Suspension, age, until};
pub use target::Target;
pub use workload::Workload;
