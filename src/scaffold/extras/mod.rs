//! The places outside a service's folder that know about it: dashboard, monitors, backups, tunnel, and who uses a host.

pub mod annotations;
pub mod backup;
pub mod host;
pub mod monitor;
mod reload;
mod spot;
pub mod tile;
pub mod tunnel;
mod words;

#[cfg(test)]
mod fixture;

pub(crate) use words::title_of;

/// What places outside a service's folder are told beside the service itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// The name that people read; else made of the service's name.
    pub title: Option<&'a str>,
    /// The icon of a tile; else one in the manner of the neighbours.
    pub icon: Option<&'a str>,
    /// The port of the Service; else that of the container.
    pub service_port: Option<u16>,
    /// The time, as `2026-05-26T13:10:00Z`.
    pub now: &'a str,
}

impl Wish<'_> {
    fn title(&self, name: &str) -> String {
        self.title.map_or_else(|| title_of(name), str::to_owned)
    }
}
