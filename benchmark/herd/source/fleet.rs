//! The clients, and the events of virtual time.

use std::{cmp::Reverse, collections::BinaryHeap, fmt::Write, time::Duration};

use crate::server::{Answer, Server};

/// From a client to the server, or back.
const ONE_WAY: Duration = Duration::from_millis(25);
/// An attempt to connect takes two trips.
const ROUND_TRIP: Duration = Duration::from_millis(50);

/// When a client tries again.
pub(crate) trait Client {
    /// The connection is lost. Returns the time of the next attempt.
    fn handle_loss(&mut self, now: Duration) -> Duration;

    /// That time has come.
    fn begin_attempt(&mut self, _now: Duration) {}

    /// An attempt has failed. Returns the time of the next one.
    fn handle_failure(&mut self, now: Duration, retry_after: Option<Duration>) -> Duration;
}

pub(crate) struct Fleet {
    clients: Vec<Box<dyn Client>>,
    server: Server,
    /// When which client makes an attempt.
    attempts: BinaryHeap<Reverse<(Duration, usize)>>,
    /// When which client learns that its attempt has failed.
    failures: BinaryHeap<Reverse<(Duration, usize, Option<Duration>)>>,
}

/// What happened.
#[derive(Default)]
pub(crate) struct Report {
    /// Attempts in each second.
    attempts: Vec<u32>,
    /// When each client was back.
    back: Vec<Duration>,
}

impl Fleet {
    pub(crate) fn new(clients: Vec<Box<dyn Client>>, server: Server) -> Self {
        Self { clients, server, attempts: BinaryHeap::new(), failures: BinaryHeap::new() }
    }

    /// All connections are lost at 0. Runs until all clients are back.
    pub(crate) fn run(mut self) -> Report {
        let mut report = Report::default();
        for (number, client) in self.clients.iter_mut().enumerate() {
            self.attempts.push(Reverse((client.handle_loss(Duration::ZERO), number)));
        }
        loop {
            let attempt = self.attempts.peek().map(|Reverse((at, _))| *at);
            let failure = self.failures.peek().map(|Reverse((at, ..))| *at);
            match (attempt, failure) {
                (None, None) => return report,
                (attempt, Some(failure)) if attempt.is_none_or(|attempt| failure <= attempt) => self.fail(),
                _ => self.attempt(&mut report),
            }
        }
    }

    fn attempt(&mut self, report: &mut Report) {
        let Some(Reverse((now, number))) = self.attempts.pop() else { return };
        let Some(client) = self.clients.get_mut(number) else { return };
        client.begin_attempt(now);
        report.count(now);
        match self.server.handle_attempt(now + ONE_WAY) {
            Answer::Refused => self.failures.push(Reverse((now + ROUND_TRIP, number, None))),
            Answer::Overloaded(retry_after) => {
                self.failures.push(Reverse((now + ROUND_TRIP, number, retry_after)));
            }
            Answer::Ready(at) => report.back.push(at + ONE_WAY),
        }
    }

    fn fail(&mut self) {
        let Some(Reverse((now, number, retry_after))) = self.failures.pop() else { return };
        let Some(client) = self.clients.get_mut(number) else { return };
        self.attempts.push(Reverse((client.handle_failure(now, retry_after), number)));
    }
}

impl Report {
    fn count(&mut self, now: Duration) {
        let second = usize::try_from(now.as_secs()).unwrap_or(usize::MAX);
        if self.attempts.len() <= second {
            self.attempts.resize(second + 1, 0);
        }
        if let Some(attempts) = self.attempts.get_mut(second) {
            *attempts += 1;
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let mut back = self.back.clone();
        back.sort_unstable();
        let at =
            |share: usize| back.get((back.len() * share / 100).min(back.len() - 1)).map_or(0.0, Duration::as_secs_f64);
        let total: u32 = self.attempts.iter().sum();
        let peak = self.attempts.iter().max().copied().unwrap_or_default();
        let mut json = format!(
            r#"{{"peak":{peak},"attempts":{total},"wasted":{},"half":{:.1},"most":{:.1},"all":{:.1},"perSecond":["#,
            u64::from(total) - back.len() as u64,
            at(50),
            at(99),
            at(100),
        );
        for (second, attempts) in self.attempts.iter().enumerate() {
            let comma = if second == 0 { "" } else { "," };
            let _ = write!(json, "{comma}{attempts}");
        }
        json + "]}"
    }
}
