//! The server's clock, estimated as NTP does it: the server's timestamp was taken between the
//! client's request and the arrival of the answer, so the answer with the shortest round trip
//! says it best.
//!
//! Only the session's clock is compared with the server's, which goes on when the clock on the wall
//! is set. An estimate that a new answer contradicts is dropped: one of the clocks was set, or the
//! machine has slept.

/// How far two clocks may drift apart: 0.05 ms a second. Quartz clocks keep to less.
const DRIFT: f64 = 0.00005;
/// The resolution of the server's timestamps: it cuts fractions of a millisecond off.
const RESOLUTION: f64 = 1.0;

/// What the server's clock shows, in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServerTime {
    /// The estimate.
    pub unix: f64,
    /// How far the truth can be from it.
    pub error: f64,
}

/// The server's clock. All instants are milliseconds of the session's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::session) struct ServerClock {
    best: Option<Sample>,
}

/// One timestamp of the server.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// What the server's clock showed when the session's clock showed zero.
    base: f64,
    error: f64,
    at: f64,
}

impl Sample {
    fn error_at(self, at: f64) -> f64 {
        self.error + (at - self.at) * DRIFT
    }
}

impl ServerClock {
    /// The server has answered at `received` what was sent at `sent`, and put its time into the
    /// answer.
    pub(in crate::session) fn handle_timestamp(&mut self, sent: f64, received: f64, timestamp: f64) {
        let error = f64::midpoint(received - sent, RESOLUTION);
        let base = timestamp + RESOLUTION / 2.0 - f64::midpoint(sent, received);
        let is_better = self.best.is_none_or(|best| {
            let known = best.error_at(received);
            error <= known || (base - best.base).abs() > error + known
        });
        if is_better {
            self.best = Some(Sample { base, error, at: received });
        }
    }

    /// The base and the error of the best estimate.
    #[cfg(test)]
    pub(in crate::session) fn best(self) -> Option<(f64, f64)> {
        self.best.map(|best| (best.base, best.error))
    }

    /// What the server's clock shows now.
    pub(in crate::session) fn time(self, now: f64) -> Option<ServerTime> {
        self.best.map(|best| ServerTime { unix: best.base + now, error: best.error_at(now) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIX: f64 = 1_700_000_000_000.0;

    #[test]
    fn the_shortest_round_trip_wins() {
        let mut clock = ServerClock::default();
        assert_eq!(clock.time(0.0), None);
        clock.handle_timestamp(100.0, 200.0, UNIX + 150.0);
        assert_eq!(clock.time(200.0), Some(ServerTime { unix: UNIX + 200.5, error: 50.5 }));
        clock.handle_timestamp(300.0, 310.0, UNIX + 325.0);
        assert_eq!(clock.time(310.0), Some(ServerTime { unix: UNIX + 330.5, error: 5.5 }), "within both bounds");
        clock.handle_timestamp(400.0, 480.0, UNIX + 440.0);
        assert_eq!(
            clock.time(1310.0),
            Some(ServerTime { unix: UNIX + 1330.5, error: 5.55 }),
            "the longer one adds nothing"
        );
    }

    #[test]
    fn an_old_estimate_gives_way_to_a_worse_one() {
        let mut clock = ServerClock::default();
        clock.handle_timestamp(0.0, 0.0, UNIX);
        clock.handle_timestamp(200_000.0, 200_020.0, UNIX + 200_010.0);
        assert_eq!(clock.time(200_020.0).map(|time| time.error), Some(10.5), "10.501 by then");
    }

    #[test]
    fn an_answer_that_contradicts_the_estimate_replaces_it() {
        let mut clock = ServerClock::default();
        clock.handle_timestamp(0.0, 2.0, UNIX);
        // The machine has slept: the session's clock stood still.
        clock.handle_timestamp(1000.0, 1100.0, UNIX + 61_050.0);
        assert_eq!(clock.time(1100.0), Some(ServerTime { unix: UNIX + 61_100.5, error: 50.5 }));
    }
}
