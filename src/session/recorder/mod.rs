//! The flight recorder: what goes into a session and what comes out of it, call for call.
//!
//! The session is pure, so its calls, their times and the random numbers they draw determine what
//! it does. A recording of them can be replayed later, by this session and by the one in
//! JavaScript. The driver calls the session through [`Recorder`]; while nothing is recorded that
//! costs one branch a call.
//!
//! | file | what it is |
//! |---|---|
//! | `calls.rs` | the methods of the session, each with its line |
//! | `ring.rs` | the lines, in a bounded number of bytes |
//! | `root.rs` | what a session must know to continue where the ring begins |
//! | `state.rs` | what the getters return |
//! | `values.rs` | arguments and results as JSON |
//!
//! # The lines
//!
//! Each line is a JSON object, with the names of the JavaScript session:
//!
//! | member | meaning |
//! |---|---|
//! | `config` | the first line: the settings of the session |
//! | `root` | the second line, where the ring has dropped the beginning: see `root.rs` |
//! | `call`, `args` | the method and its arguments |
//! | `returns` | what the call returned, or `{ "throws": error }`; absent: nothing |
//! | `delivers` | the topic of the event that the call delivered, in place of `returns` |
//! | `draws` | the random numbers that the call has drawn |
//! | `then` | what the getters return after the call, as far as it has changed; null: nothing |
//!
//! Times are milliseconds since the session was created. Bytes are `{ "bytes": [0, 255] }`, or
//! `{ "zeros": 2 }` where only their number is recorded, and the predicate of `reportDropped` is
//! `{ "topics": [...] }`.
//!
//! The lines hold tokens and payloads as they are. The shared JavaScript replaces them before
//! anybody sees a recording (`lib/recording/`).

mod calls;
#[cfg(test)]
mod replay;
mod ring;
mod root;
mod state;
pub(in crate::session) mod values;

use std::{
    fmt::Write,
    ops::Deref,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

#[cfg(test)]
pub(in crate::session) use self::replay::replay;
use self::{ring::Ring, state::State, values::Clock};
use super::Session;
#[cfg(test)]
use super::{Config, Rng};

/// The clock of a recorded session advances in steps of 1/64 ms. JavaScript's numbers hold such
/// times and their sums exactly, so both sessions come to the same deadlines.
const TICK: Duration = Duration::from_nanos(15_625);

/// A session whose calls can be recorded.
///
/// Getters are reached by [`Deref`]. There is no `DerefMut`, so no other call can bypass the
/// recorder.
pub struct Recorder {
    session: Session,
    tape: Option<Box<Tape>>,
}

/// A recording under way.
struct Tape {
    clock: Clock,
    detail: Detail,
    ring: Ring,
    /// What the getters returned after the call before.
    known: Option<State>,
    /// The latest calls that have no effect when they are repeated.
    latest: Latest,
}

/// How much is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Every call, and every event that it returned: a trace.
    #[cfg(test)]
    Everything,
    /// The calls that have an effect.
    Effects { attachments: bool },
}

/// The arguments of the driver's regular reports, when they were recorded last.
#[derive(Default)]
struct Latest {
    progress: Option<(u64, u64)>,
    pongs: Option<u64>,
    can_ping: Option<bool>,
    is_read_to_end: bool,
}

/// One call, as its line begins: the name and the arguments.
type Call<'a> = (&'static str, &'a dyn Fn(Clock) -> Value);

impl From<Session> for Recorder {
    fn from(session: Session) -> Self {
        Self { session, tape: None }
    }
}

impl Recorder {
    /// Begins to record, into a ring of at most `max_bytes`. With `attachments`, the bytes of
    /// attachments too, not only their number. Call this before anything else.
    pub fn record(&mut self, max_bytes: usize, attachments: bool) {
        let clock = Clock(self.session.sent_before());
        let config = json!({ "config": values::config(&self.session.config) });
        self.begin(clock, Detail::Effects { attachments }, Ring::new(&config, max_bytes));
    }

    /// The lines so far. `None`: nothing is recorded.
    #[must_use]
    pub fn recording(&self) -> Option<String> {
        Some(self.tape.as_ref()?.ring.lines())
    }

    #[cfg(test)]
    pub(in crate::session) fn new(config: Config, rng: Rng, now: Instant) -> Self {
        Session::new(config, rng, now).into()
    }

    /// Begins a trace of everything.
    #[cfg(test)]
    pub(in crate::session) fn trace(&mut self, seed: u64) {
        let clock = Clock(self.session.sent_before());
        let config = json!({ "seed": seed, "config": values::config(&self.session.config) });
        self.begin(clock, Detail::Everything, Ring::new(&config, usize::MAX));
    }

    fn begin(&mut self, clock: Clock, detail: Detail, ring: Ring) {
        self.tape = Some(Box::new(Tape { clock, detail, ring, known: None, latest: Latest::default() }));
    }

    /// The time that the session gets for `now`.
    fn tick(&self, now: Instant) -> Instant {
        let Some(tape) = &self.tape else { return now };
        tape.tick(now)
    }

    fn run(&mut self, call: Call<'_>, run: impl FnOnce(&mut Session)) {
        self.run_and_compare(call, run, |(), _, _| None);
    }

    /// Runs a call and adds its line.
    fn run_and_compare<T>(
        &mut self,
        call: Call<'_>,
        run: impl FnOnce(&mut Session) -> T,
        returned: impl FnOnce(&T, Clock, &Session) -> Option<Value>,
    ) -> T {
        let Self { session, tape: Some(tape) } = self else { return run(&mut self.session) };
        tape.run(session, call, run, |result, clock, session| ("returns", returned(result, clock, session)))
    }
}

impl Deref for Recorder {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Tape {
    fn tick(&self, now: Instant) -> Instant {
        if !matches!(self.detail, Detail::Effects { .. }) {
            return now;
        }
        let since = now.saturating_duration_since(self.clock.0).as_nanos();
        let past = u64::try_from(since % TICK.as_nanos()).unwrap_or_default();
        now.checked_sub(Duration::from_nanos(past)).unwrap_or(now)
    }

    fn run<T>(
        &mut self,
        session: &mut Session,
        (name, args): Call<'_>,
        run: impl FnOnce(&mut Session) -> T,
        outcome: impl FnOnce(&T, Clock, &Session) -> (&'static str, Option<Value>),
    ) -> T {
        let mut rng = session.rng.clone();
        let result = run(session);
        let (member, outcome) = outcome(&result, self.clock, session);
        // The session's own random numbers are all of this one kind.
        let draws: Vec<f64> = std::iter::from_fn(|| (rng != session.rng).then(|| rng.f64())).collect();
        let state = State::of(session, self.is_trace());
        let changes = state.changes(self.known.as_ref(), self.clock, self.is_trace());
        if let Detail::Effects { .. } = self.detail
            && name.starts_with("poll")
            && outcome.is_none()
            && changes.is_none()
        {
            return result;
        }
        // Written by hand for the order of the members, which people read.
        let mut line = format!(r#"{{"call":"{name}","args":{}"#, args(self.clock));
        let mut add = |member: &str, value: &Value| {
            // A string takes everything.
            let _ = write!(line, r#","{member}":{value}"#);
        };
        if let Some(outcome) = &outcome {
            add(member, outcome);
        }
        if !draws.is_empty() {
            add("draws", &draws.into());
        }
        if let Some(changes) = changes {
            add("then", &changes);
        }
        line.push_str("}\n");
        self.known = Some(state);
        self.ring.push(name, &line, session, self.clock);
        result
    }
}
