//! The known shapes as paths in a trie: the text between the values of an event, piece by piece.
//!
//! `{"id":"e1","seat":{"row":4}}` is the path `{"id":` · value · `,"seat":{"row":` · value · `}}`.
//! Paths with the same beginning share it. A piece reaches from the end of one value to the start
//! of the next, so it holds all keys and brackets in between. The opening bracket of a list ends
//! its piece, because lists vary in length. Pieces are learned from texts that a strict scanner has
//! accepted, so a text that follows a path byte by byte is JSON as well.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The states where the paths of events and those of objects in lists begin. They are separate
/// because each state predicts the edge that it followed last.
pub(super) const EVENT: usize = 0;
pub(super) const ELEMENT: usize = 1;

/// What follows a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A scalar.
    Scalar,
    /// The rest of an array.
    List,
    /// Nothing: the object ends, and has this shape.
    End(u32),
}

/// The result of following one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The state after the piece.
    pub(super) state: usize,
    pub(super) next: Next,
    /// The end of the piece.
    pub(super) at: usize,
}

/// A piece that leads from one state to another. A step reads one edge, which fills one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Edge {
    /// The first bytes of its piece, and a mask for shorter pieces.
    head: u128,
    mask: u128,
    to: u32,
    next: Next,
    /// Its piece: the start in the trie's bytes, and the length.
    start: u32,
    length: u32,
}

/// The bytes that one comparison covers: all of most pieces.
const HEAD: usize = 16;
/// An edge that matches nothing, because no text is that long.
const NONE: Edge = Edge { head: 0, mask: 0, to: 0, next: Next::Scalar, start: 0, length: u32::MAX };

/// The paths of all known shapes.
#[derive(Debug)]
pub(super) struct Trie {
    /// By state: the edge that was followed last. It nearly always matches again.
    likely: Vec<Edge>,
    /// By state: the number of open objects.
    depths: Vec<u32>,
    /// The edges, each with the state where it starts.
    edges: Vec<(u32, Edge)>,
    /// The bytes of all pieces.
    bytes: Vec<u8>,
    /// The edges by start state and piece.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            likely: vec![NONE; 2],
            depths: vec![0; 2],
            edges: Vec::new(),
            bytes: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl Trie {
    /// The number of states, and the bytes of all pieces.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.likely.len(), self.bytes.len())
    }

    /// Follows the piece at `at`. The matched piece may be a prefix of the piece in the text. Then
    /// no value follows it, and [`Self::follow_another`] finds the longer one.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call costs as much as the step, and each value takes one")]
    pub(super) fn follow(&mut self, state: usize, bytes: &[u8], at: usize) -> Option<Step> {
        let edge = self.likely.get(state)?;
        let length = edge.length as usize;
        if (window(bytes, at) ^ edge.head) & edge.mask == 0
            && (length <= HEAD || bytes.get(at..at + length) == Some(edge.piece(&self.bytes)))
        {
            return Some(Step { state: edge.to as usize, next: edge.next, at: at + length });
        }
        self.follow_unlikely(state, bytes, at)
    }

    /// Follows another piece at `at` than [`Self::follow`] did: no value came after `not`.
    #[cold]
    pub(super) fn follow_another(&mut self, state: usize, bytes: &[u8], at: usize, not: Step) -> Option<Step> {
        self.follow_unlikely(state, bytes, at).filter(|step| step.at != not.at)
    }

    #[cold]
    fn follow_unlikely(&mut self, state: usize, bytes: &[u8], at: usize) -> Option<Step> {
        let edge = self.search(state, bytes, at)?;
        *self.likely.get_mut(state)? = edge;
        Some(Step { state: edge.to as usize, next: edge.next, at: at + edge.length as usize })
    }

    /// Whether the path of these pieces is known.
    pub(super) fn contains<'a>(&self, root: usize, mut pieces: impl Iterator<Item = &'a [u8]>) -> bool {
        let step = |state, piece: &[u8]| {
            let edge = self.find(self.hash(state, piece), state, piece)?;
            self.edges.get(edge as usize).map(|(_, edge)| edge.to as usize)
        };
        pieces.try_fold(root, step).is_some()
    }

    /// Adds the path of a shape.
    pub(super) fn insert<'a>(&mut self, root: usize, pieces: impl Iterator<Item = &'a [u8]>, shape: u32) -> Option<()> {
        let mut pieces = pieces.peekable();
        let mut state = root;
        while let Some(piece) = pieces.next() {
            let hash = self.hash(state, piece);
            if let Some(edge) = self.find(hash, state, piece) {
                state = self.edges.get(edge as usize)?.1.to as usize;
                continue;
            }
            let next = match (pieces.peek(), piece.last()) {
                (None, _) => Next::End(shape),
                (_, Some(b'[')) => Next::List,
                _ => Next::Scalar,
            };
            let depth = depth_behind(piece, *self.depths.get(state)?);
            let edge = u32::try_from(self.edges.len()).ok()?;
            let to = u32::try_from(self.likely.len()).ok()?;
            let start = u32::try_from(self.bytes.len()).ok()?;
            self.bytes.extend(piece);
            let (from, length) = (u32::try_from(state).ok()?, u32::try_from(piece.len()).ok()?);
            let (head, mask) = head(piece);
            self.likely.push(NONE);
            self.depths.push(depth);
            self.edges.push((from, Edge { head, mask, to, next, start, length }));
            let (edges, bytes, hasher) = (&self.edges, &self.bytes, &self.hasher);
            self.index.insert_unique(hash, edge, |&edge| {
                let edge = edges.get(edge as usize);
                edge.map_or(0, |(from, edge)| hash_piece(hasher, *from as usize, edge.piece(bytes)))
            });
            state = to as usize;
        }
        Some(())
    }

    /// The edge whose piece is at `at`, likely or not.
    #[cold]
    fn search(&self, state: usize, bytes: &[u8], at: usize) -> Option<Edge> {
        let end = piece_end(bytes, at, *self.depths.get(state)?)?;
        let piece = bytes.get(at..end)?;
        let edge = self.find(self.hash(state, piece), state, piece)?;
        self.edges.get(edge as usize).map(|(_, edge)| *edge)
    }

    fn find(&self, hash: u64, state: usize, piece: &[u8]) -> Option<u32> {
        let same = |&edge: &u32| {
            let edge = self.edges.get(edge as usize);
            edge.is_some_and(|(from, edge)| *from as usize == state && edge.piece(&self.bytes) == piece)
        };
        self.index.find(hash, same).copied()
    }

    fn hash(&self, state: usize, piece: &[u8]) -> u64 {
        hash_piece(&self.hasher, state, piece)
    }
}

impl Edge {
    #[inline]
    fn piece<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize;
        bytes.get(start..start + self.length as usize).unwrap_or_default()
    }
}

/// The bytes from `at` on, padded with zeros at the end of the text.
#[inline]
fn window(bytes: &[u8], at: usize) -> u128 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(window) => u128::from_le_bytes(*window),
        None => last_window(bytes, at),
    }
}

fn last_window(bytes: &[u8], at: usize) -> u128 {
    let rest = bytes.get(at..).unwrap_or_default();
    match bytes.last_chunk::<HEAD>() {
        Some(_) if rest.is_empty() => 0,
        Some(last) => u128::from_le_bytes(*last) >> (8 * (HEAD - rest.len())),
        None => head(rest).0,
    }
}

/// The first bytes of a piece, and a mask for shorter pieces.
fn head(piece: &[u8]) -> (u128, u128) {
    let (mut head, mut mask) = ([0; HEAD], [0; HEAD]);
    for ((byte, mask), of) in head.iter_mut().zip(&mut mask).zip(piece) {
        (*byte, *mask) = (*of, 0xff);
    }
    (u128::from_le_bytes(head), u128::from_le_bytes(mask))
}

fn hash_piece(hasher: &DefaultHashBuilder, state: usize, piece: &[u8]) -> u64 {
    hasher.hash_one((state, piece))
}

/// The number of open objects after a piece.
fn depth_behind(piece: &[u8], mut depth: u32) -> u32 {
    let mut at = 0;
    while let Some(byte) = piece.get(at) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'"' => at = key_end(piece, at).unwrap_or(piece.len()),
            _ => {}
        }
        at += 1;
    }
    depth
}

/// The end of the piece that starts at `at`: before a scalar, after `[`, or after the outermost
/// object. The look-up of the piece validates its content.
fn piece_end(bytes: &[u8], mut at: usize, mut depth: u32) -> Option<usize> {
    let mut behind_colon = false;
    loop {
        match bytes.get(at)? {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'[' => return Some(at + 1),
            b':' => behind_colon = true,
            b'"' if behind_colon => return Some(at),
            b'"' => at = key_end(bytes, at)?,
            b',' | b' ' | b'\n' | b'\r' | b'\t' => {}
            _ => return Some(at),
        }
        behind_colon &= !matches!(bytes.get(at), Some(b'{' | b'}' | b','));
        at += 1;
    }
}

/// The closing quote of the key whose opening quote is at `at`.
fn key_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += 1;
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(trie: &mut Trie, pieces: &[&str], shape: u32) {
        trie.insert(EVENT, pieces.iter().map(|piece| piece.as_bytes()), shape).unwrap();
    }

    #[test]
    fn follows_a_path_to_its_shape() {
        let mut trie = Trie::default();
        insert(&mut trie, &[r#"{"id":"#, r#","seat":{"row":"#, "}}"], 3);
        insert(&mut trie, &[r#"{"id":"#, r#","seat":"#, "}"], 4);
        insert(&mut trie, &[r#"{"id":"#, r#","seat":["#, "}"], 5);
        for (text, shape, list) in [
            (r#"{"id":1,"seat":{"row":2}}  "#, 3, false),
            (r#"{"id":1,"seat":2}"#, 4, false),
            (r#"{"id":1,"seat":[}"#, 5, true),
        ] {
            for _ in 0..2 {
                let bytes = text.as_bytes();
                let first = trie.follow(EVENT, bytes, 0).unwrap();
                assert_eq!((first.next, first.at), (Next::Scalar, 6));
                let mut second = trie.follow(first.state, bytes, 7).unwrap();
                if second.next == Next::Scalar && matches!(bytes[second.at], b'{' | b'[') {
                    second = trie.follow_another(first.state, bytes, 7, second).unwrap();
                }
                assert_eq!(second.next, if list { Next::List } else { Next::Scalar });
                let end = trie.follow(second.state, bytes, if list { second.at } else { second.at + 1 }).unwrap();
                assert_eq!((end.next, end.at), (Next::End(shape), text.trim_end().len()), "{text}");
            }
        }
        for text in [r#"{"id" :1"#, r#"{"ie":1"#, r#"{"id": 1"#, r#"{"id":{"a":1"#, r#"{"id":"#, "", "{", "[1", "7"] {
            let found = trie.follow(EVENT, text.as_bytes(), 0);
            let no_value = |at| !matches!(text.as_bytes().get(at), Some(b'1'));
            assert!(found.is_none_or(|step| no_value(step.at)), "{text}: {found:?}");
        }
    }

    #[test]
    fn many_paths_share_their_beginning() {
        let mut trie = Trie::default();
        for n in 0..1000 {
            insert(&mut trie, &[r#"{"id":"#, &format!(r#","x{n}":"#), "}"], n);
        }
        assert_eq!(trie.size().0, 3 + 2 * 1000);
        for n in (0..1000).rev() {
            let text = format!(r#"{{"id":1,"x{n}":2}}"#);
            let first = trie.follow(EVENT, text.as_bytes(), 0).unwrap();
            let second = trie.follow(first.state, text.as_bytes(), 7).unwrap();
            assert_eq!(trie.follow(second.state, text.as_bytes(), second.at + 1).unwrap().next, Next::End(n));
        }
    }
}
