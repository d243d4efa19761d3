//! Flux objects as the API server has them: what they say of themselves, and what they wait for.

mod inventory;
mod kinds;
mod object;
mod order;
mod protocol;
mod suspension;
mod target;
mod workload;

pub use inventory::InventoryItem;
pub use kinds::{DISABLED, DISABLED_ANNOTATION, Family, FluxKind, KINDS, SuspendBy};
pub use object::{KindRef, Live, Readiness};
pub use order::levels;
pub use protocol::{Asked, REQUESTED_AT};
pub use suspension::{SUSPEND_REASON, SUSPEND_UNTIL, Suspension, age};
pub use target::Target;
pub use workload::Workload;
