//! Brings a new object into the form that its siblings have.

use smol_str::SmolStr;

use crate::scaffold::spec::{Ingress, ServiceSpec};

use super::example::Seen;
use super::piece::{Content, Latitude, Piece, Text};
use super::vote;

/// So many siblings make an environment variable one that everything here has; two databases do not.
const VARIABLES: usize = 3;

/// What a mirror looks at.
pub(super) struct Mirror<'a> {
    /// The new service.
    pub spec: &'a ServiceSpec,
    /// Whether one sibling is mirrored on request: then it alone is enough.
    pub liked: bool,
    /// Whether only order and spelling change.
    pub frozen: bool,
    /// Whether the keys of this mapping name parts of the service, to which siblings add none.
    pub closed: bool,
}

impl Mirror<'_> {
    /// Changes a mapping: what siblings leave out goes (one alone does not decide that), their values and spelling come, what most of them have beside is
    /// added, and the keys follow in their order.
    pub(super) fn map(&self, pieces: &mut Vec<Piece>, seen: &[Seen<'_, '_>], depth: usize) {
        let seen: Vec<Seen<'_, '_>> = seen
            .iter()
            .filter(|s| s.node.is_mapping())
            .copied()
            .collect();
        if seen.is_empty() || depth > vote::DEEPEST {
            return;
        }
        self.rename(pieces, &seen);
        let before: Vec<SmolStr> = pieces.iter().map(|p| p.key.clone()).collect();
        let open = Mirror {
            closed: false,
            ..*self
        };
        pieces.retain_mut(|piece| {
            let having: Vec<Seen<'_, '_>> = seen
                .iter()
                .filter_map(|s| s.child(&piece.key, self.spec))
                .collect();
            if piece.latitude == Latitude::Optional
                && self.may_go(piece)
                && (self.liked || seen.len() > 1)
                && having.len() * 2 < seen.len()
            {
                return false;
            }
            open.piece(piece, &having, depth);
            !is_left_empty(piece, &having)
        });
        self.add(pieces, &before, &seen, depth);
        sort(pieces, &before, &vote::order(&seen, self.spec));
    }

    /// Gives the only entry of a mapping the key that siblings have, where it may differ.
    fn rename(&self, pieces: &mut [Piece], seen: &[Seen<'_, '_>]) {
        let [only] = pieces else { return };
        if only.latitude != Latitude::Value || matches!(only.content, Content::Scalar(_)) {
            return;
        }
        let keys = seen.iter().filter_map(|s| match s.node.entries()? {
            [entry] => s.of.key(&entry.key, self.spec),
            _ => None,
        });
        let keys: Vec<SmolStr> = keys.collect();
        let count = |key: &SmolStr| keys.iter().filter(|k| *k == key).count();
        if let Some(best) = keys.iter().rev().max_by_key(|key| count(key))
            && count(best) * 2 > seen.len()
        {
            only.key = best.clone();
        }
    }

    fn piece(&self, piece: &mut Piece, having: &[Seen<'_, '_>], depth: usize) {
        if vote::is_whole(&piece.key) && !self.frozen && !having.is_empty() {
            let theirs = vote::whole(having, having.len(), self.spec);
            let may = piece.latitude == Latitude::Optional && self.is_enough(having);
            if let Some(theirs) = theirs.filter(|_| may) {
                piece.content = theirs;
            }
            let frozen = Mirror {
                frozen: true,
                ..*self
            };
            return frozen.piece(piece, having, depth);
        }
        // The service's own chart stands beside it, wherever others keep theirs.
        let own_chart = || piece.get("name").and_then(Piece::text) == Some(&self.spec.name);
        let is_own = vote::is_own(&piece.key) || piece.key == "chartRef" && own_chart();
        if is_own && !self.frozen {
            let frozen = Mirror {
                frozen: true,
                ..*self
            };
            return frozen.piece(piece, having, depth);
        }
        // The values of another chart say nothing.
        let of_chart = |s: &Seen<'_, '_>| s.child("controllers", self.spec).is_some();
        let is_chart = piece.key == "values" && piece.get("controllers").is_some();
        if is_chart && !having.iter().any(of_chart) {
            return;
        }
        if let Some(flow) = vote::flow(having) {
            piece.flow = flow && piece.above.is_empty();
        }
        let is_port = piece.latitude == Latitude::Value && vote::is_port(&piece.key);
        let latitude = match self.frozen && !is_port {
            true => Latitude::Fixed,
            false => piece.latitude,
        };
        let ports: Vec<Seen<'_, '_>>;
        let having = match (is_port, piece.text()) {
            (true, Some(own)) => {
                ports = self.own_ports(having, own);
                ports.as_slice()
            }
            _ => having,
        };
        match &mut piece.content {
            Content::Scalar(text) => {
                if latitude != Latitude::Fixed
                    && let Some((theirs, agree)) = vote::scalar(having, self.spec)
                    && (agree == having.len() || agree >= 2 && agree * 3 >= having.len())
                    && (self.liked || having.len() > 1 || latitude == Latitude::Value)
                    && (agree > 1 || !having.iter().any(|s| s.of.says_own_name(&theirs.text)))
                {
                    *text = theirs;
                }
                if let Some(style) = vote::style(having).filter(|_| text.is_string) {
                    text.style = style;
                }
            }
            Content::Map(pieces) if vote::is_registry(&piece.key) => {
                let closed = Mirror {
                    closed: true,
                    ..*self
                };
                closed.map(pieces, having, depth + 1);
            }
            Content::Map(pieces) => self.map(pieces, having, depth + 1),
            Content::List(items) => {
                self.list(items, having, latitude, depth + 1);
                if !vote::is_own(&piece.key) {
                    self.more(items, having, depth + 1);
                }
            }
        }
    }

    /// Returns those who name or number the port that the new service has, too.
    fn own_ports<'e, 'm>(&self, having: &[Seen<'e, 'm>], own: &str) -> Vec<Seen<'e, 'm>> {
        let number = self.spec.port.map(|port| port.to_string());
        let fits = |text: Text| text.text == own || Some(text.text.as_str()) == number.as_deref();
        let fitting = having
            .iter()
            .filter(|s| s.scalar(self.spec).is_some_and(fits));
        fitting.copied().collect()
    }

    fn list<'e, 'm>(
        &self,
        items: &mut Vec<Piece>,
        seen: &[Seen<'e, 'm>],
        latitude: Latitude,
        depth: usize,
    ) {
        let lists: Vec<Seen<'e, 'm>> = seen
            .iter()
            .filter(|s| s.node.is_sequence())
            .copied()
            .collect();
        if lists.is_empty() || depth > vote::DEEPEST {
            return;
        }
        let all_scalars = items
            .iter()
            .all(|i| matches!(i.content, Content::Scalar(_)));
        if all_scalars && latitude != Latitude::Fixed {
            let theirs = vote::common(&SmolStr::default(), &lists, lists.len(), self.spec, depth);
            if let Some(Content::List(theirs)) = theirs.map(|piece| piece.content) {
                *items = theirs;
            }
            return;
        }
        let single = items.len() == 1;
        for item in items.iter_mut() {
            let name = item.get("name").and_then(Piece::text).map(SmolStr::from);
            let like = |list: &Seen<'e, 'm>| {
                let named = name
                    .as_ref()
                    .and_then(|n| vote::of_name(*list, n, self.spec));
                named.or_else(|| list.items().next().filter(|_| single || all_scalars))
            };
            let having: Vec<Seen<'_, '_>> = lists.iter().filter_map(like).collect();
            self.piece(item, &having, depth);
        }
    }

    /// Adds the items with names that more than half of the siblings have and the new object does not.
    fn more(&self, items: &mut Vec<Piece>, seen: &[Seen<'_, '_>], depth: usize) {
        let lists = seen.iter().filter(|s| s.node.is_sequence());
        let lists: Vec<Seen<'_, '_>> = lists.copied().collect();
        let known: Vec<&str> = items.iter().filter_map(|i| i.get("name")?.text()).collect();
        let has_names = known.len() == items.len() && !items.is_empty();
        if lists.is_empty() || depth > vote::DEEPEST || !has_names || !self.is_enough(seen) {
            return;
        }
        let more = vote::named(&lists, seen.len(), self.spec, depth, &known);
        items.extend(more.into_iter().filter(|item| self.is_usual(item, &lists)));
    }

    /// Leaves of a list of environment variables those that everything here has.
    fn variables(&self, mut piece: Piece, lists: &[Seen<'_, '_>]) -> Option<Piece> {
        match &mut piece.content {
            Content::List(items) if piece.key == "env" => {
                items.retain(|item| self.is_usual(item, lists));
                (!items.is_empty()).then_some(piece)
            }
            _ => Some(piece),
        }
    }

    /// Tells whether an item is an environment variable that everything here has.
    fn is_usual(&self, item: &Piece, lists: &[Seen<'_, '_>]) -> bool {
        let name = item.get("name").and_then(Piece::text).unwrap_or_default();
        let has = |s: &&Seen<'_, '_>| vote::of_name(**s, name, self.spec).is_some();
        is_variable(item) && (self.liked || lists.iter().filter(has).count() >= VARIABLES)
    }

    /// Adds what more than half of the siblings have and the new object does not.
    fn add(
        &self,
        pieces: &mut Vec<Piece>,
        before: &[SmolStr],
        seen: &[Seen<'_, '_>],
        depth: usize,
    ) {
        if !self.liked && seen.len() < 2 {
            return;
        }
        let is_closed = self.frozen || self.closed;
        for (key, having) in vote::keys(seen, seen.len(), self.spec) {
            if is_closed && !vote::is_detail(&key) {
                continue;
            }
            // A port is named or numbered, never both.
            let other = ["name", "number"].into_iter().find(|k| *k != key);
            if let ([only], Some(other), "name" | "number") = (pieces.as_slice(), other, &*key)
                && only.key == other
            {
                let theirs = seen.iter().filter(|s| s.child(other, self.spec).is_some());
                if theirs.count() * 2 > seen.len() {
                    continue;
                }
                pieces.clear();
            }
            // What brings requests to others would bring them nowhere here.
            let is_door = matches!(&*key, "ingress" | "route");
            if is_door && self.spec.ingress == Ingress::None {
                continue;
            }
            if !before.contains(&key) && !pieces.iter().any(|p| p.key == key) {
                let more = vote::common(&key, &having, seen.len(), self.spec, depth);
                pieces.extend(more.and_then(|piece| self.variables(piece, &having)));
            }
        }
    }

    /// Tells whether a piece that siblings leave out can go. Of what makes no sense in parts only details can.
    fn may_go(&self, piece: &Piece) -> bool {
        !self.frozen || matches!(piece.content, Content::Scalar(_))
    }

    fn is_enough(&self, seen: &[Seen<'_, '_>]) -> bool {
        !self.frozen && !self.closed && (self.liked || seen.len() > 1)
    }
}

/// Tells whether an item can be taken over alone: an environment variable, neither container nor port.
fn is_variable(item: &Piece) -> bool {
    match &item.content {
        Content::Map(pieces) => {
            let known = |p: &Piece| matches!(p.key.as_str(), "name" | "value");
            let is_scalar = |p: &Piece| matches!(p.content, Content::Scalar(_));
            pieces.len() == 2 && pieces.iter().all(|p| known(p) && is_scalar(p))
        }
        _ => false,
    }
}

/// Tells whether nothing is left of a collection that siblings do not write empty.
fn is_left_empty(piece: &Piece, having: &[Seen<'_, '_>]) -> bool {
    let is_empty = match &piece.content {
        Content::Map(pieces) | Content::List(pieces) => pieces.is_empty(),
        Content::Scalar(_) => false,
    };
    let theirs = having.iter().any(|s| {
        s.node.entries().is_some_and(<[_]>::is_empty) || s.node.items().is_some_and(<[_]>::is_empty)
    });
    is_empty && !theirs && piece.latitude == Latitude::Optional
}

/// Puts entries into the siblings' order. What siblings do not have stays behind what it stood behind.
fn sort(pieces: &mut Vec<Piece>, before: &[SmolStr], order: &[SmolStr]) {
    let rank = |key: &SmolStr| order.iter().position(|k| k == key);
    let (mut known, mut unknown): (Vec<Piece>, Vec<Piece>) =
        pieces.drain(..).partition(|p| rank(&p.key).is_some());
    known.sort_by_key(|p| rank(&p.key));
    unknown.sort_by_key(|p| before.iter().position(|k| *k == p.key));
    for piece in unknown {
        let own = before.iter().position(|k| *k == piece.key).unwrap_or(0);
        let above = before.iter().take(own).rev();
        let at = above
            .filter_map(|key| known.iter().position(|p| p.key == *key))
            .next();
        known.insert(at.map_or(0, |at| at + 1), piece);
    }
    *pieces = known;
}
