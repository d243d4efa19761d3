use super::*;

#[test]
fn documents_that_a_workflow_checks_are_named() {
    let workflow = "# Fails if a generated doc (docs/hosts-map.md, docs/secrets-map.md) is not docs/hosts-map.md\njobs: {}\n";
    let tree = Tree::of_texts([
        (".github/workflows/drift.yml", workflow),
        (".github/workflows/test.yml", "# see docs/x.md\n"),
    ]);
    assert_eq!(
        generated_documents(&tree),
        [
            "Generate docs/hosts-map.md, docs/secrets-map.md again, which .github/workflows/drift.yml holds against the manifests."
        ]
    );
}

#[test]
fn titles_follow_neighbours() {
    let wish = Wish::default();
    assert_eq!(
        wish.title_among("a-b", ["git", "wiki", "CI"].into_iter()),
        "a-b"
    );
    assert_eq!(wish.title_among("a-b", ["Git"].into_iter()), "A B");
    assert_eq!(wish.title_among("a-b", std::iter::empty()), "A B");
}
