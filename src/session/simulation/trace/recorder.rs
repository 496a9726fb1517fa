//! The session of a simulation, and the place where its trace is written: every call that can
//! change the session goes through here.

use std::{fmt::Write, ops::Deref, time::Instant};

use fastrand::Rng;
use serde_json::{Value, json};

use super::{
    state::State,
    values::{self, Clock},
};
use crate::{
    error::Error,
    session::{Config, Frame, MessageId, Outgoing, Output, Ping, Session},
};

/// A session whose calls are recorded once [`Self::record`] was called.
///
/// Getters are reached by [`Deref`]. There is no `DerefMut`, so no other call can bypass the
/// recorder.
pub(in crate::session::simulation) struct Recorder {
    session: Session,
    clock: Clock,
    trace: Option<Trace>,
}

struct Trace {
    lines: String,
    /// What the getters returned after the call before.
    known: Option<State>,
}

/// Lines are written by hand for the order of their members, which people read.
impl Trace {
    fn begin_line(&mut self, name: &str, args: &Value) {
        write!(self.lines, r#"{{"call":"{name}","args":{args}"#).expect("a string takes everything");
    }

    fn add(&mut self, member: &str, value: &Value) {
        write!(self.lines, r#","{member}":{value}"#).expect("a string takes everything");
    }
}

/// One call, as its line begins: the name and the arguments.
type Call<'a> = (&'static str, &'a dyn Fn(Clock) -> Value);

impl Recorder {
    pub(in crate::session::simulation) fn new(config: Config, rng: Rng, now: Instant) -> Self {
        Self { session: Session::new(config, rng, now), clock: Clock(now), trace: None }
    }

    /// Begins the trace. Call this before anything else.
    pub(in crate::session::simulation) fn record(&mut self, seed: u64) {
        let lines = format!("{}\n", json!({ "seed": seed, "config": values::config(&self.session.config) }));
        self.trace = Some(Trace { lines, known: None });
    }

    /// The lines of the trace.
    pub(in crate::session::simulation) fn into_trace(self) -> String {
        self.trace.map(|trace| trace.lines).unwrap_or_default()
    }

    pub(in crate::session::simulation) fn connect(&mut self, now: Instant) {
        self.run(("connect", &|clock| json!([clock.at(now)])), |session| session.connect(now));
    }

    pub(in crate::session::simulation) fn disconnect(&mut self) {
        self.run(("disconnect", &|_| json!([])), Session::disconnect);
    }

    pub(in crate::session::simulation) fn destroy(&mut self) {
        self.run(("destroy", &|_| json!([])), Session::destroy);
    }

    pub(in crate::session::simulation) fn handle_open(&mut self, now: Instant) {
        self.run(("handleOpen", &|clock| json!([clock.at(now)])), |session| session.handle_open(now));
    }

    pub(in crate::session::simulation) fn handle_disconnect(
        &mut self,
        now: Instant,
        reason: &str,
        error: Option<Error>,
    ) {
        let failure = error.as_ref().map(values::failure);
        self.run(
            ("handleDisconnect", &|clock| match &failure {
                Some(failure) => json!([clock.at(now), reason, failure]),
                None => json!([clock.at(now), reason]),
            }),
            |session| session.handle_disconnect(now, reason.into(), error),
        );
    }

    pub(in crate::session::simulation) fn handle_close(&mut self, now: Instant, reason: &str) {
        self.run(("handleClose", &|clock| json!([clock.at(now), reason])), |session| {
            session.handle_close(now, reason.into());
        });
    }

    pub(in crate::session::simulation) fn discard_resumable_session(&mut self) {
        self.run(("discardResumableSession", &|_| json!([])), Session::discard_resumable_session);
    }

    pub(in crate::session::simulation) fn handle_timeout(&mut self, now: Instant) {
        self.run(("handleTimeout", &|clock| json!([clock.at(now)])), |session| session.handle_timeout(now));
    }

    pub(in crate::session::simulation) fn handle_bytes(&mut self, now: Instant) {
        self.run(("handleBytes", &|clock| json!([clock.at(now)])), |session| session.handle_bytes(now));
    }

    pub(in crate::session::simulation) fn handle_pongs(&mut self, now: Instant, count: u64) {
        self.run(("handlePongs", &|clock| json!([clock.at(now), count])), |session| session.handle_pongs(now, count));
    }

    pub(in crate::session::simulation) fn handle_progress(&mut self, now: Instant, written: u64, arrived: u64) {
        self.run(("handleProgress", &|clock| json!([clock.at(now), written, arrived])), |session| {
            session.handle_progress(now, written, arrived);
        });
    }

    pub(in crate::session::simulation) fn set_can_ping(&mut self, now: Instant, can_ping: bool) {
        self.run(("setCanPing", &|clock| json!([clock.at(now), can_ping])), |session| {
            session.set_can_ping(now, can_ping);
        });
    }

    pub(in crate::session::simulation) fn handle_read_to_end(&mut self) {
        self.run(("handleReadToEnd", &|_| json!([])), Session::handle_read_to_end);
    }

    pub(in crate::session::simulation) fn pause(&mut self, now: Instant, events: usize, bytes: usize) {
        self.run(("pause", &|clock| json!([clock.at(now), events, bytes])), |session| {
            session.pause(now, events, bytes);
        });
    }

    pub(in crate::session::simulation) fn resume(&mut self, now: Instant) {
        self.run(("resume", &|clock| json!([clock.at(now)])), |session| session.resume(now));
    }

    pub(in crate::session::simulation) fn report_dropped(
        &mut self,
        since: Instant,
        until: Instant,
        count: u64,
        topics: &[&str],
    ) {
        // JavaScript makes a predicate of the topics.
        let args = |clock: Clock| json!([clock.at(since), clock.at(until), count, { "topics": topics }]);
        self.run(("reportDropped", &args), |session| {
            session.report_dropped(since, until, count, |topic| topics.contains(&topic));
        });
    }

    pub(in crate::session::simulation) fn listen(&mut self, topic: Option<&str>, wanted: bool) {
        self.run(("listen", &|_| json!([topic, wanted])), |session| session.listen(topic, wanted));
    }

    pub(in crate::session::simulation) fn subscribe(&mut self, now: Instant, topic: &str) -> String {
        let call = |session: &mut Session| session.subscribe(now, topic, None, None);
        self.run_and_compare(("subscribe", &|clock| json!([clock.at(now), topic])), call, |id, _, _| Some(json!(id)))
    }

    pub(in crate::session::simulation) fn unsubscribe(&mut self, id: &str) -> bool {
        let call = |session: &mut Session| session.unsubscribe(id);
        self.run_and_compare(("unsubscribe", &|_| json!([id])), call, |known, _, _| Some(json!(known)))
    }

    pub(in crate::session::simulation) fn join_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let call = |session: &mut Session| session.join_channel(now, name);
        self.run_and_compare(("joinChannel", &|clock| json!([clock.at(now), name])), call, |id, _, _| Some(json!(id.0)))
    }

    pub(in crate::session::simulation) fn leave_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let call = |session: &mut Session| session.leave_channel(now, name);
        let args = |clock: Clock| json!([clock.at(now), name]);
        self.run_and_compare(("leaveChannel", &args), call, |id, _, _| Some(json!(id.0)))
    }

    pub(in crate::session::simulation) fn emit(
        &mut self,
        now: Instant,
        outgoing: Outgoing,
    ) -> Result<Option<MessageId>, Error> {
        let message = values::message(&outgoing);
        self.run_and_compare(
            ("emit", &|clock| json!([clock.at(now), message])),
            |session| session.emit(now, outgoing),
            |result, _, _| match result {
                Ok(id) => id.map(|id| json!(id.0)),
                Err(error) => Some(json!({ "throws": error })),
            },
        )
    }

    /// Returns the event that the user gets.
    pub(in crate::session::simulation) fn receive(&mut self, now: Instant, frame: &str) -> Option<String> {
        self.run_and_compare(
            ("receive", &|clock| json!([clock.at(now), frame])),
            |session| session.receive(now, frame, &mut ()).map(|delivery| delivery.event.to_owned()),
            |event, _, _| event.as_ref().map(|event| serde_json::from_str(event).expect("JSON")),
        )
    }

    pub(in crate::session::simulation) fn poll_output(&mut self) -> Option<Output> {
        let args = |_: Clock| json!([]);
        self.run_and_compare(("pollOutput", &args), Session::poll_output, |output, clock, session| {
            output.as_ref().map(|output| clock.output(output, session))
        })
    }

    pub(in crate::session::simulation) fn poll_frame(&mut self, now: Instant) -> Option<Frame> {
        let call = |session: &mut Session| session.poll_frame(now);
        self.run_and_compare(("pollFrame", &|clock| json!([clock.at(now)])), call, |frame, _, _| {
            frame.as_ref().map(values::frame)
        })
    }

    pub(in crate::session::simulation) fn poll_ping(&mut self, now: Instant) -> Option<Ping> {
        let call = |session: &mut Session| session.poll_ping(now);
        self.run_and_compare(("pollPing", &|clock| json!([clock.at(now)])), call, |ping, _, _| {
            ping.as_ref().map(values::ping)
        })
    }

    fn run(&mut self, call: Call<'_>, run: impl FnOnce(&mut Session)) {
        self.run_and_compare(call, run, |(), _, _| None);
    }

    /// Runs a call and adds its line to the trace.
    fn run_and_compare<T>(
        &mut self,
        (name, args): Call<'_>,
        run: impl FnOnce(&mut Session) -> T,
        returned: impl FnOnce(&T, Clock, &Session) -> Option<Value>,
    ) -> T {
        let Self { session, clock, trace: Some(trace) } = self else { return run(&mut self.session) };
        let mut rng = session.rng.clone();
        let result = run(session);
        trace.begin_line(name, &args(*clock));
        if let Some(returned) = returned(&result, *clock, session) {
            trace.add("returns", &returned);
        }
        // The session's own random numbers are all of this one kind.
        let draws: Vec<f64> = std::iter::from_fn(|| (rng != session.rng).then(|| rng.f64())).collect();
        if !draws.is_empty() {
            trace.add("draws", &draws.into());
        }
        let state = State::of(session);
        if let Some(changes) = state.changes(trace.known.as_ref(), *clock) {
            trace.add("then", &changes);
        }
        trace.known = Some(state);
        trace.lines.push_str("}\n");
        result
    }
}

impl Deref for Recorder {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
