use super::*;
use crate::scaffold::conventions::Conventions;
use crate::scaffold::spec::*;
use crate::scaffold::values::values;

#[test]
fn everything_renders_for_a_small_service() {
    let spec = ServiceSpec {
        name: "romm".into(),
        namespace: "games".into(),
        image: Image {
            repository: "ghcr.io/me/romm".into(),
            tag: "1.10".into(),
        },
        port: Some(80),
        ..Default::default()
    };
    let v = values(&spec, &Conventions::default());
    for name in names().filter(|n| !n.starts_with("parts/")) {
        match Templates::default().render(name, &v) {
            Ok(r) => eprintln!("=== {name}\n{}", r.text),
            Err(e) => eprintln!("=== {name} ERR {e}"),
        }
    }
}
