//! Who may import whom: every `crate::` path in `src/` against the table in `docs/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::repo::files_below;
use crate::support::runner::project;

/// Reads the rows `| module | may import |` of the page.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let page = std::fs::read_to_string(project().join("docs/architecture.md"));
    let page = page.expect("the page on the architecture");
    let table = page
        .split("| module | may import |")
        .nth(1)
        .expect("the table");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let words = |cell: &str| {
            cell.split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let mut cells = row.split('|').skip(1);
        let name = words(cells.next().unwrap_or_default()).remove(0);
        (
            name,
            words(cells.next().unwrap_or_default())
                .into_iter()
                .collect(),
        )
    })
    .collect()
}

/// Returns the names behind `crate::` in a text, those of a brace list included.
fn imports(text: &str) -> BTreeSet<String> {
    let name = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut found = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split_once("};").map_or(list, |(list, _)| list);
                found.extend(list.split(',').map(|item| name(item.trim())));
            }
            None => {
                found.insert(name(rest));
            }
        }
    }
    found
}

fn module_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or_default();
    first.strip_suffix(".rs").unwrap_or(first)
}

#[test]
fn modules_import_what_the_table_allows() {
    let table = table();
    let source = project().join("src");
    let mut faults = Vec::new();
    for file in files_below(&source) {
        let path = file
            .strip_prefix(&source)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let module = module_of(&path);
        let Some(allowed) = table.get(module) else {
            faults.push(format!("{module} is not in the table"));
            continue;
        };
        let text = std::fs::read_to_string(&file).unwrap();
        // Tests look wherever they like.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_module = |name: &String| table.contains_key(name);
        for import in imports(text).into_iter().filter(is_module) {
            if import != module && !allowed.contains(&import) {
                faults.push(format!("{path} imports {import}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_is_described() {
    let page = std::fs::read_to_string(project().join("docs/architecture.md")).unwrap();
    for module in table().keys() {
        assert!(
            page.matches(&format!("\n| `{module}` |")).count() >= 2,
            "{module}"
        );
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for file in files_below(&project().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let is_exempt = file.extension().is_none_or(|e| e != "rs") || file.ends_with("tests.rs");
        assert!(is_exempt || text.starts_with("//! "), "{}", file.display());
    }
}
