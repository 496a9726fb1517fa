//! Which answers measure a round trip: those of control pings, and of one request at a time, as TCP
//! times one segment. Application pings know themselves when they were sent.

/// After this many milliseconds another request is timed: not every server answers.
const REQUEST_TIMEOUT: f64 = 10_000.0;

/// The pings and requests that are timed. All instants are milliseconds of the session's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::session) struct RoundTrips {
    /// What was sent before this instant measures nothing: the link is another one, or was not
    /// read.
    since: f64,
    pings: u64,
    pinged_at: f64,
    /// Pongs that have come over the link.
    pongs: u64,
    request: Option<(u64, f64)>,
    /// No request with this id or a higher one was sent yet.
    next_id: u64,
}

impl RoundTrips {
    /// A link has opened.
    pub(in crate::session) const fn handle_open(&mut self, now: f64) {
        self.pings = 0;
        self.pongs = 0;
        self.request = None;
        self.handle_resume(now);
    }

    /// The session reads the link again: answers may have waited in it.
    pub(in crate::session) const fn handle_resume(&mut self, now: f64) {
        self.since = now;
    }

    /// A control ping is sent.
    pub(in crate::session) const fn handle_ping(&mut self, now: f64) {
        self.pings += 1;
        self.pinged_at = now;
    }

    /// The peer has answered `count` control pings on this link. Returns the duration of the latest
    /// one, if all are answered.
    pub(in crate::session) fn handle_pongs(&mut self, now: f64, count: u64) -> Option<f64> {
        if count <= self.pongs {
            return None;
        }
        self.pongs = count;
        if count == self.pings { self.duration(self.pinged_at, now) } else { None }
    }

    /// A frame is sent; `next_id` is the id that the next request will have.
    pub(in crate::session) fn handle_frame(&mut self, now: f64, next_id: u64) {
        if next_id > self.next_id {
            self.next_id = next_id;
            if self.request.is_none_or(|(_, at)| now - at > REQUEST_TIMEOUT) {
                self.request = Some((next_id - 1, now));
            }
        }
    }

    /// The server has answered a request. Returns when that was sent, if it is timed.
    pub(in crate::session) fn handle_answer(&mut self, id: u64) -> Option<f64> {
        self.request.take_if(|(timed, _)| *timed == id).map(|(_, at)| at)
    }

    /// How long an answer took that has come now.
    pub(in crate::session) fn duration(&self, sent: f64, now: f64) -> Option<f64> {
        (sent >= self.since).then_some(now - sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_is_timed_when_all_pings_are_answered() {
        let mut trips = RoundTrips::default();
        trips.handle_open(0.0);
        trips.handle_ping(10.0);
        trips.handle_ping(20.0);
        assert_eq!(trips.handle_pongs(25.0, 1), None, "which of both?");
        assert_eq!(trips.handle_pongs(28.0, 2), Some(8.0));
        assert_eq!(trips.handle_pongs(29.0, 2), None, "it was counted");
        trips.handle_ping(30.0);
        trips.handle_resume(40.0);
        assert_eq!(trips.handle_pongs(41.0, 3), None, "the link was not read");
        trips.handle_open(50.0);
        trips.handle_ping(50.0);
        assert_eq!(trips.handle_pongs(53.0, 1), Some(3.0), "each link counts from zero");
    }

    #[test]
    fn one_request_is_timed_at_a_time() {
        let mut trips = RoundTrips::default();
        trips.handle_open(0.0);
        trips.handle_frame(1.0, 0);
        assert_eq!(trips.handle_answer(0), None, "no request was sent");
        trips.handle_frame(2.0, 1);
        trips.handle_frame(3.0, 2);
        assert_eq!((trips.handle_answer(1), trips.handle_answer(0), trips.handle_answer(0)), (None, Some(2.0), None));
        trips.handle_frame(4.0, 3);
        trips.handle_frame(10_000.0, 4);
        assert_eq!(trips.handle_answer(3), None);
        trips.handle_frame(10_003.0, 5);
        assert_eq!(trips.handle_answer(2), Some(4.0), "nothing has replaced it");
        trips.handle_frame(20_000.0, 6);
        trips.handle_frame(30_001.0, 7);
        assert_eq!(trips.handle_answer(6), Some(30_001.0), "the one before was never answered");
    }
}
