use super::super::fixture::{after, model, service, tree, wish};
use super::*;
use crate::scaffold::extras::Wish;
use crate::scaffold::plan::Draft;

const MAP: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: dash
  namespace: dash
data:
  settings.yaml: |
    layout:
      Tools:   # first
        columns: 2
      Media:
        columns: 3
  services.yaml: |
    # all of them
    - Tools:
        - Git:
            icon: git.svg
            href: 'https://git.lab.example.org/'
            description: Code # mine
            siteMonitor: https://git.lab.example.org/
        - Wiki:
            icon: wiki.svg
            href: 'https://wiki.lab.example.org/'
            description: Notes
            siteMonitor: https://wiki.lab.example.org/
            # no widget yet

    # films
    - Media:
        - Films:
            icon: mdi-film
            href: https://films.lab.example.org
            widget:
              type: films
  other.yaml: |
    x: 1
";

fn planned(text: &str, group: TileGroup<'_>, wish: &Wish<'_>) -> Result<String, String> {
    let tree = tree(&[("apps/dash.yaml", text)]);
    let homepage = Homepage::find(&model(&tree), 0).ok_or("none")?;
    let mut draft = Draft::new(&tree);
    let planned = homepage.plan(&mut draft, &service(), group, wish);
    planned.map_err(|error| error.to_string())?;
    Ok(after(draft, "apps/dash.yaml"))
}

/// Returns the lines that `new` has more than `old`; the others must be the same, in order.
fn added(old: &str, new: &str) -> Vec<String> {
    let mut old = old.lines().peekable();
    let added = new.lines().filter(|line| old.next_if_eq(line).is_none());
    let added = added.map(str::to_owned).collect();
    assert_eq!(old.next(), None, "{new}");
    added
}

#[test]
fn a_tile_is_written_like_its_neighbours_and_everything_else_stays() {
    let new = planned(MAP, TileGroup::Known("tools"), &wish()).unwrap();
    let old = MAP.replace("columns: 2", "columns: 3");
    // Only one of two groups is full: the columns stay.
    assert_eq!(new.matches("columns: 3").count(), 1);
    let tile = [
        "        - Paper Less:",
        "            icon: paper-less.svg",
        "            href: 'https://paper.lab.example.org/'",
        "            description: Documents",
        "            siteMonitor: https://paper.lab.example.org/api/health",
    ];
    let new = new.replace("columns: 2", "columns: 3");
    assert_eq!(added(&old, &new), tile);
    let place = new.find("# no widget yet").unwrap()..new.find("# films").unwrap();
    assert!(place.contains(&new.find("- Paper Less:").unwrap()), "{new}");
}

#[test]
fn columns_grow_where_groups_are_as_wide_as_they_have_tiles() {
    let text = MAP.replace("columns: 3", "columns: 1");
    let new = planned(&text, TileGroup::Known("Tools"), &wish()).unwrap();
    assert!(
        new.contains("Tools:   # first\n        columns: 3\n      Media:\n        columns: 1\n")
    );
}

#[test]
fn line_ends_and_the_end_of_a_block_stay() {
    let text = MAP
        .replace("services.yaml: |\n", "services.yaml: |-\n")
        .replace('\n', "\r\n");
    let new = planned(&text, TileGroup::Known("Media"), &wish()).unwrap();
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
    // A widget alone tells nothing of links: the plain tiles of the other group do.
    let tile = "              type: films
        - Paper Less:
            icon: mdi-application
            href: 'https://paper.lab.example.org/'
            description: Documents
            siteMonitor: https://paper.lab.example.org/api/health
  other.yaml: |
";
    assert!(new.contains(&tile.replace('\n', "\r\n")), "{new}");
    assert!(!new.contains('\t'));
}

#[test]
fn titles_and_icons_are_taken_as_wished() {
    let wish = Wish {
        title: Some("Paper: less"),
        icon: Some("mdi-file"),
        ..wish()
    };
    let new = planned(MAP, TileGroup::Known("Tools"), &wish).unwrap();
    assert!(
        new.contains("        - 'Paper: less':\n            icon: mdi-file\n"),
        "{new}"
    );
}

#[test]
fn groups_and_tiles_are_known() {
    let unknown = planned(MAP, TileGroup::Known("Games"), &wish()).unwrap_err();
    assert_eq!(
        unknown,
        "apps/dash.yaml: the dashboard has no group `Games`, but Tools, Media"
    );
    let text = MAP.replace("- Wiki:", "- paper less:");
    let known = planned(&text, TileGroup::Known("Tools"), &wish()).unwrap_err();
    assert_eq!(
        known,
        "apps/dash.yaml:21: the dashboard has a tile for that name already, `paper less`"
    );
    let text = MAP.replace("https://wiki.lab", "https://paper.lab");
    let known = planned(&text, TileGroup::Known("Tools"), &wish()).unwrap_err();
    assert!(
        known.contains("apps/dash.yaml:21") && known.contains("that host"),
        "{known}"
    );
}

#[test]
fn a_new_group_stands_at_the_end() {
    let new = planned(MAP, TileGroup::MayBeNew("Office"), &wish()).unwrap();
    let end = "              type: films

    - Office:
        - Paper Less:
            icon: paper-less.svg
            href: 'https://paper.lab.example.org/'
            description: Documents
            siteMonitor: https://paper.lab.example.org/api/health
  other.yaml: |
";
    assert!(new.contains(end), "{new}");
}

#[test]
fn values_of_a_chart_and_plain_files_hold_services_too() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: dash
spec:
  values:
    config:
      services:
        - Tools:
            - Git:
                href: https://git.lab.example.org
                namespace: git
                app: git
      settings:
        layout:
          - Tools:
              columns: 1
";
    let new = planned(release, TileGroup::Known("Tools"), &wish()).unwrap();
    let tile = [
        "            - Paper Less:",
        "                href: https://paper.lab.example.org",
        "                namespace: paper",
        "                app: paper-less",
    ];
    let wide = new.replace("columns: 2", "columns: 1");
    assert_ne!(wide, new);
    assert_eq!(added(release, &wide), tile);

    let kustomization =
        "configMapGenerator:\n  - name: dash\n    files: [services.yaml, settings.yaml]\n";
    let services = "- Tools:\n    - Git:\n        href: https://git.lab.example.org\n";
    let settings = "layout:\n  Tools:\n    columns: 1 # wide\n";
    let tree = tree(&[
        ("apps/kustomization.yaml", kustomization),
        ("apps/services.yaml", services),
        ("apps/settings.yaml", settings),
    ]);
    let homepage = Homepage::find(&model(&tree), 0).unwrap();
    let mut draft = Draft::new(&tree);
    let notes = homepage.plan(&mut draft, &service(), TileGroup::Known("Tools"), &wish());
    assert_eq!(notes.unwrap().len(), 1);
    let plan = draft.finish();
    let texts: Vec<&str> = plan.changes.iter().map(|c| c.after.as_str()).collect();
    let tile = "    - Paper Less:\n        href: https://paper.lab.example.org\n";
    assert_eq!(
        texts,
        [
            &format!("{services}{tile}"),
            "layout:\n  Tools:\n    columns: 2 # wide\n"
        ]
    );
}
