//! The alphabetical policy: keys are texts, compared byte by byte.

use super::policy::{Order, Ranking};

/// Ranks keys; `asc` prefers the largest. Every text is a key, even the empty one.
pub(super) fn rank(keys: &[&str], order: Order) -> Ranking {
    let mut ranked: Vec<usize> = (0..keys.len()).collect();
    let key = |position: &usize| keys.get(*position).copied().unwrap_or_default();
    ranked.sort_by(|one, other| match order {
        Order::Ascending => key(other).cmp(key(one)),
        Order::Descending => key(one).cmp(key(other)),
    });
    let tied = ranked
        .iter()
        .take_while(|position| Some(key(position)) == ranked.first().map(key))
        .count();
    Ranking {
        ranked,
        tied,
        problems: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefers_the_largest_bytes() {
        let keys = ["1.0.9", "1.0.63", "v1", "", "é"];
        assert_eq!(rank(&keys, Order::Ascending).ranked, [4, 2, 0, 1, 3]);
        assert_eq!(rank(&keys, Order::Descending).ranked, [3, 1, 0, 2, 4]);
        assert_eq!(rank(&keys, Order::Ascending).tied, 1);
    }
}
