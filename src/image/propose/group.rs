//! Which tags belong together.

use std::collections::HashMap;

use super::family::Family;
use super::shape::Shape;

/// Puts tags together by shape.
pub(super) fn families<'t>(tags: impl Iterator<Item = &'t str>) -> Vec<Family<'t>> {
    let mut families: Vec<Family<'t>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for tag in tags {
        let shape = Shape::of(tag);
        let skeleton = shape.skeleton();
        let numbers = shape.numbers().into_iter().map(str::to_owned).collect();
        let place = *places.entry(skeleton).or_insert_with_key(|skeleton| {
            families.push(Family {
                shape,
                tags: Vec::new(),
                skeleton: skeleton.clone(),
            });
            families.len() - 1
        });
        if let Some(family) = families.get_mut(place) {
            family.tags.push((tag, numbers));
        }
    }
    join_commits(&mut families);
    families
}

/// Some commits have digits only: their tags join the family in which commits stand in that place.
fn join_commits(families: &mut Vec<Family<'_>>) {
    let with_commits: Vec<usize> = families
        .iter()
        .enumerate()
        .filter(|(_, f)| f.shape.has_commit())
        .map(|(at, _)| at)
        .collect();
    for of in with_commits {
        let mut joining = Vec::new();
        for (at, family) in families.iter().enumerate() {
            let target = families.get(of).map(|f| &f.shape);
            if let Some(kept) = target.and_then(|target| family.shape.numbers_as(target)) {
                joining.push((at, kept));
            }
        }
        for (at, kept) in joining {
            let tags = families
                .get_mut(at)
                .map(|f| std::mem::take(&mut f.tags))
                .unwrap_or_default();
            let tags = tags.into_iter().map(|(tag, numbers)| {
                let kept = kept.iter().filter_map(|n| numbers.get(*n).cloned());
                (tag, kept.collect())
            });
            if let Some(family) = families.get_mut(of) {
                family.tags.extend(tags.collect::<Vec<_>>());
            }
        }
    }
    families.retain(|family| !family.tags.is_empty());
}
