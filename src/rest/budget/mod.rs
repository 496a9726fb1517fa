//! The memory of all answers on their way to JavaScript: from the first byte of a body until the
//! JavaScript thread has taken it. An answer that finds no room is not read from its socket, which
//! makes its server wait.
//!
//! The budget belongs to the process, not to a client: a program with a client for each of its
//! tenants has one memory, too.

mod ledger;

use std::{
    fmt,
    sync::{Arc, LazyLock},
    time::Duration,
};

use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::{sync::oneshot, time::timeout};

use self::ledger::{Ledger, Ticket};

/// The budget of the process.
const DEFAULT_LIMIT: usize = 64 << 20;
/// What each answer may hold beside the budget, so that a usual answer neither pays for nor waits
/// behind large ones. A client has at most 128 requests at a time: together these are 8 MiB.
const FREE_BYTES: usize = 64 << 10;
/// How much room an answer of unknown length asks for at a time.
const STEP_BYTES: usize = 1 << 20;
/// For how long no part of any answer may arrive while an answer waits for room. Then those that
/// hold the room are not what fills the memory, but what the network or their servers hold back.
const STANDSTILL: Duration = Duration::from_secs(1);

/// The memory that answers may take together.
pub struct AnswerBudget(Mutex<State>);

struct State {
    ledger: Ledger,
    /// Those that wait for their room.
    waiting: HashMap<Ticket, oneshot::Sender<()>>,
    /// Counts the pieces of all answers.
    arrived: u64,
}

impl AnswerBudget {
    /// A budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { ledger: Ledger::new(limit), waiting: HashMap::new(), arrived: 0 })))
    }

    /// The budget of the process: 64 MiB.
    #[must_use]
    pub fn of_process() -> Arc<Self> {
        static BUDGET: LazyLock<Arc<AnswerBudget>> = LazyLock::new(|| AnswerBudget::new(DEFAULT_LIMIT));
        BUDGET.clone()
    }

    /// The most bytes that answers took from this budget at a time.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.0.lock().ledger.peak()
    }

    /// How many answers wait for room.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.lock().waiting.len()
    }
}

impl State {
    /// Wakes all whose turn has come.
    fn grant(&mut self) {
        while let Some(ticket) = self.ledger.grant_next() {
            self.wake(ticket);
        }
    }

    fn wake(&mut self, ticket: Ticket) {
        if let Some(waiting) = self.waiting.remove(&ticket) {
            // An answer that was given up meanwhile returns its room.
            let _ = waiting.send(());
        }
    }
}

/// The room of one answer. Dropping it returns the room.
pub(super) struct Share {
    budget: Arc<AnswerBudget>,
    /// `None` as long as the answer is small.
    ticket: Option<Ticket>,
    /// How many bytes the answer may hold.
    room: usize,
}

impl Share {
    pub(super) fn new(budget: &Arc<AnswerBudget>) -> Self {
        Self { budget: budget.clone(), ticket: None, room: FREE_BYTES }
    }

    /// Whether the answer holds a part of the budget.
    pub(super) fn is_counted(&self) -> bool {
        self.ticket.is_some()
    }

    /// Waits until the answer may hold as many bytes as the server has announced.
    pub(super) async fn expect(&mut self, bytes: usize) {
        if let Some(more) = bytes.checked_sub(self.room).filter(|more| *more > 0) {
            self.ask(more).await;
        }
    }

    /// Waits until the answer may hold `bytes`, of which the last ones have just arrived.
    pub(super) async fn hold(&mut self, bytes: usize) {
        if self.ticket.is_some() {
            self.budget.0.lock().arrived += 1;
        }
        if let Some(more) = bytes.checked_sub(self.room).filter(|more| *more > 0) {
            self.ask(more.max(STEP_BYTES)).await;
        }
    }

    /// The answer has arrived, and waits for JavaScript.
    pub(super) fn complete(&self) {
        if let Some(ticket) = self.ticket {
            self.budget.0.lock().ledger.complete(ticket);
        }
    }

    async fn ask(&mut self, bytes: usize) {
        let (sender, mut granted) = oneshot::channel();
        let mut arrived = {
            let mut state = self.budget.0.lock();
            let ticket = *self.ticket.get_or_insert_with(|| state.ledger.open());
            state.ledger.ask(ticket, bytes);
            state.waiting.insert(ticket, sender);
            state.grant();
            state.arrived
        };
        // The sender is dropped by nobody else, so the only other result is that the time is over.
        while timeout(STANDSTILL, &mut granted).await.is_err() {
            let mut state = self.budget.0.lock();
            let before = std::mem::replace(&mut arrived, state.arrived);
            if before == arrived
                && let Some(first) = state.ledger.end_standstill()
            {
                state.wake(first);
                // The others wait for as long again.
                state.arrived += 1;
            }
        }
        self.room = self.room.saturating_add(bytes);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut state = self.budget.0.lock();
        state.waiting.remove(&ticket);
        state.ledger.close(ticket);
        state.grant();
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Share").field("room", &self.room).finish_non_exhaustive()
    }
}
