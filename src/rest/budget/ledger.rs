//! The account of a memory budget: which answers hold how much of it, and who waits for room.
//!
//! Answers get room in the order in which they asked. An answer that has a part of its body goes
//! before one that has none, because finishing it frees its room. Two rules exclude a deadlock: if
//! nobody holds anything, the first answer gets what it asks for, however much that is; and the
//! oldest of the answers that hold room always gets more. So no more than the limit and one answer
//! is held, and an answer is bounded by its own limit.

use std::collections::{BTreeMap, BTreeSet};

/// Identifies an answer. Older answers have smaller tickets.
pub(super) type Ticket = u64;

/// What the answers of a process hold, and what they wait for.
#[derive(Debug)]
pub(super) struct Ledger {
    limit: usize,
    held: usize,
    /// How much of that is of answers that are complete, and wait for JavaScript.
    complete: usize,
    /// The most that was held at a time.
    peak: usize,
    shares: BTreeMap<Ticket, Share>,
    /// In the order in which they get room: first those that hold some (`false`), by age.
    waiting: BTreeSet<(bool, Ticket)>,
    last_ticket: Ticket,
}

#[derive(Debug, Default)]
struct Share {
    held: usize,
    /// What it waits for.
    asked: usize,
    is_complete: bool,
}

impl Ledger {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, held: 0, complete: 0, peak: 0, shares: BTreeMap::new(), waiting: BTreeSet::new(), last_ticket: 0 }
    }

    /// The most bytes that were held at a time.
    pub(super) fn peak(&self) -> usize {
        self.peak
    }

    /// Adds an answer that holds nothing.
    pub(super) fn open(&mut self) -> Ticket {
        self.last_ticket += 1;
        self.shares.insert(self.last_ticket, Share::default());
        self.last_ticket
    }

    /// Asks for more room. [`Self::grant_next`] returns the ticket, now or later. An answer asks
    /// again only after that.
    pub(super) fn ask(&mut self, ticket: Ticket, bytes: usize) {
        let Some(share) = self.shares.get_mut(&ticket) else { return };
        share.asked = bytes;
        self.waiting.insert((share.held == 0, ticket));
    }

    /// The answer has arrived. It keeps its room.
    pub(super) fn complete(&mut self, ticket: Ticket) {
        let Some(share) = self.shares.get_mut(&ticket).filter(|share| !share.is_complete) else { return };
        share.is_complete = true;
        self.complete += share.held;
    }

    /// Returns the room of an answer, whether it waited or not.
    pub(super) fn close(&mut self, ticket: Ticket) {
        let Some(share) = self.shares.remove(&ticket) else { return };
        self.held -= share.held;
        if share.is_complete {
            self.complete -= share.held;
        }
        self.waiting.remove(&(share.held == 0, ticket));
    }

    /// Gives room to the first answer that waits, if there is enough. To be called until it returns
    /// `None`.
    pub(super) fn grant_next(&mut self) -> Option<Ticket> {
        let &(is_new, ticket) = self.waiting.first()?;
        let asked = self.shares.get(&ticket)?.asked;
        let fits = self.held.checked_add(asked).is_some_and(|held| held <= self.limit);
        let is_oldest = !is_new && self.shares.first_key_value().is_some_and(|(&oldest, _)| oldest == ticket);
        (fits || is_oldest || self.held == 0).then(|| self.grant_first()).flatten()
    }

    /// Gives room to the first answer that waits, since none of those with room arrives: beside
    /// what is complete, that room is not memory that is used.
    pub(super) fn end_standstill(&mut self) -> Option<Ticket> {
        let (_, ticket) = self.waiting.first()?;
        let asked = self.shares.get(ticket)?.asked;
        let fits = self.complete.checked_add(asked).is_some_and(|held| held <= self.limit);
        (fits || self.complete == 0).then(|| self.grant_first()).flatten()
    }

    fn grant_first(&mut self) -> Option<Ticket> {
        let (_, ticket) = self.waiting.pop_first()?;
        let share = self.shares.get_mut(&ticket)?;
        let asked = std::mem::take(&mut share.asked);
        share.held = share.held.saturating_add(asked);
        self.held = self.held.saturating_add(asked);
        self.peak = self.peak.max(self.held);
        Some(ticket)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn granted(ledger: &mut Ledger) -> Vec<Ticket> {
        std::iter::from_fn(|| ledger.grant_next()).collect()
    }

    fn ask(ledger: &mut Ledger, sizes: &[usize]) -> Vec<Ticket> {
        let asked = sizes.iter().map(|size| {
            let ticket = ledger.open();
            ledger.ask(ticket, *size);
            ticket
        });
        asked.collect()
    }

    #[test]
    fn what_does_not_fit_waits_in_its_turn() {
        let mut ledger = Ledger::new(100);
        let tickets = ask(&mut ledger, &[60, 40, 30, 5]);
        assert_eq!(granted(&mut ledger), [1, 2]);
        // The last one would fit, but does not overtake.
        ledger.close(*tickets.get(1).unwrap());
        assert_eq!(granted(&mut ledger), [3, 4]);
        ledger.close(3);
        ledger.close(3);
        assert_eq!((ledger.held, ledger.peak()), (65, 100));
    }

    #[test]
    fn an_answer_above_the_limit_passes_alone() {
        let mut ledger = Ledger::new(100);
        ask(&mut ledger, &[10, 1000, 10]);
        assert_eq!(granted(&mut ledger), [1]);
        ledger.close(1);
        assert_eq!(granted(&mut ledger), [2]);
        ledger.close(2);
        assert_eq!(granted(&mut ledger), [3]);
    }

    #[test]
    fn answers_that_hold_room_go_first_and_the_oldest_of_them_never_waits() {
        let mut ledger = Ledger::new(100);
        ask(&mut ledger, &[40, 40]);
        assert_eq!(granted(&mut ledger), [1, 2]);
        ask(&mut ledger, &[20]);
        ledger.ask(2, 30);
        assert_eq!(granted(&mut ledger), [0_u64; 0]);
        ledger.ask(1, 70);
        assert_eq!(granted(&mut ledger), [1]);
        assert_eq!(ledger.held, 150);
        ledger.close(1);
        assert_eq!(granted(&mut ledger), [2, 3]);
    }

    #[test]
    fn an_answer_that_is_given_up_while_it_waits_leaves_nothing() {
        let mut ledger = Ledger::new(100);
        ask(&mut ledger, &[100, 100, 100]);
        assert_eq!(granted(&mut ledger), [1]);
        ledger.ask(1, 50);
        ledger.close(2);
        ledger.close(1);
        assert_eq!(granted(&mut ledger), [3]);
        ledger.close(3);
        assert_eq!((ledger.held, ledger.shares.len(), ledger.waiting.len()), (0, 0, 0));
    }

    #[test]
    fn a_standstill_ends_with_the_first_that_waits() {
        let mut ledger = Ledger::new(100);
        ask(&mut ledger, &[60, 40, 50, 50]);
        assert_eq!(granted(&mut ledger), [1, 2]);
        ledger.complete(2);
        ledger.complete(2);
        assert_eq!((ledger.end_standstill(), ledger.grant_next()), (Some(3), None));
        ledger.complete(3);
        // What is complete is memory, and JavaScript is busy.
        assert_eq!(ledger.end_standstill(), None);
        ledger.close(2);
        assert_eq!((ledger.complete, ledger.end_standstill()), (50, Some(4)));
        ledger.close(3);
        assert_eq!((ledger.complete, ledger.end_standstill()), (0, None));
    }

    /// Answers of random sizes that grow, end and are given up: all get their room, in bounds.
    #[test]
    fn no_order_of_calls_leads_to_a_deadlock() {
        const LARGEST: usize = 150;
        for seed in 0..500 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut ledger = Ledger::new(100);
            let mut running: BTreeMap<Ticket, usize> = BTreeMap::new();
            let mut waiting = BTreeSet::new();
            let mut opened = 0;
            while opened < 60 || !running.is_empty() {
                for ticket in granted(&mut ledger) {
                    assert!(waiting.remove(&ticket), "{seed}: {ticket} did not wait");
                }
                assert!(ledger.held <= 100 + LARGEST, "{seed}: {} held", ledger.held);
                let idle: Vec<_> = running.keys().copied().filter(|ticket| !waiting.contains(ticket)).collect();
                assert!(running.is_empty() || !idle.is_empty(), "{seed}: nobody can go on");
                let chosen = random.choice(idle);
                match (random.u8(0..10), chosen) {
                    (0..4, _) if opened < 60 => {
                        let (ticket, size) = (ledger.open(), random.usize(1..=LARGEST));
                        let first = random.usize(1..=size);
                        running.insert(ticket, size - first);
                        ledger.ask(ticket, first);
                        waiting.insert(ticket);
                        opened += 1;
                    }
                    (4..6, Some(ticket)) if running.get(&ticket).is_some_and(|left| *left > 0) => {
                        let left = running.get_mut(&ticket).unwrap();
                        let more = random.usize(1..=*left);
                        *left -= more;
                        ledger.ask(ticket, more);
                        waiting.insert(ticket);
                    }
                    (6, _) => {
                        if let Some(ticket) = random.choice(waiting.iter().copied().collect::<Vec<_>>()) {
                            ledger.close(ticket);
                            waiting.remove(&ticket);
                            running.remove(&ticket);
                        }
                    }
                    (_, Some(ticket)) => {
                        ledger.close(ticket);
                        running.remove(&ticket);
                    }
                    _ => {}
                }
            }
            assert_eq!((ledger.held, ledger.waiting.len()), (0, 0), "{seed}");
        }
    }
}
