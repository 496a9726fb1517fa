//! The methods of a session that can change it, each with the line that it leaves.

use std::time::Instant;

use bytes::Bytes;
use serde_json::json;

use super::{
    Detail, Latest, Recorder, Tape,
    values::{self, Clock},
};
use crate::{
    error::Error,
    protocol::event::Recognizer,
    session::{BinaryEvent, Delivery, Frame, MessageId, Outgoing, Output, Ping, Session},
    token::Token,
};

#[allow(missing_docs, reason = "each is documented where the session has it")]
impl Recorder {
    pub fn connect(&mut self, now: Instant) {
        let now = self.tick(now);
        self.run(("connect", &|clock| json!([clock.at(now)])), |session| session.connect(now));
    }

    /// Not recorded: it concerns only what the session measures.
    pub fn set_unix_time(&mut self, now: Instant, unix: f64) {
        self.session.set_unix_time(now, unix);
    }

    pub fn disconnect(&mut self) {
        self.run(("disconnect", &|_| json!([])), Session::disconnect);
    }

    pub fn destroy(&mut self) {
        self.run(("destroy", &|_| json!([])), Session::destroy);
    }

    pub fn handle_open(&mut self, now: Instant) {
        let now = self.tick(now);
        self.forget_latest();
        self.run(("handleOpen", &|clock| json!([clock.at(now)])), |session| session.handle_open(now));
    }

    pub fn handle_disconnect(&mut self, now: Instant, reason: String, error: Option<Error>) {
        let now = self.tick(now);
        let (given, failure) = (reason.clone(), error.as_ref().map(values::failure));
        let args = |clock: Clock| values::without_end(json!([clock.at(now), given, failure]));
        self.run(("handleDisconnect", &args), |session| session.handle_disconnect(now, reason, error));
    }

    pub fn handle_close(&mut self, now: Instant, reason: String) {
        let now = self.tick(now);
        let given = reason.clone();
        self.run(("handleClose", &|clock| json!([clock.at(now), given])), |session| session.handle_close(now, reason));
    }

    pub fn discard_resumable_session(&mut self) {
        self.run(("discardResumableSession", &|_| json!([])), Session::discard_resumable_session);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.tick(now);
        self.run(("handleTimeout", &|clock| json!([clock.at(now)])), |session| session.handle_timeout(now));
    }

    pub fn handle_bytes(&mut self, now: Instant) {
        let now = self.tick(now);
        self.run(("handleBytes", &|clock| json!([clock.at(now)])), |session| session.handle_bytes(now));
    }

    pub fn handle_pongs(&mut self, now: Instant, count: u64) {
        let now = self.tick(now);
        if self.is_news(|latest| latest.pongs.replace(count) != Some(count)) {
            self.run(("handlePongs", &|clock| json!([clock.at(now), count])), |session| {
                session.handle_pongs(now, count);
            });
        }
    }

    pub fn handle_progress(&mut self, now: Instant, written: u64, arrived: u64) {
        let now = self.tick(now);
        if self.is_news(|latest| latest.progress.replace((written, arrived)) != Some((written, arrived))) {
            self.run(("handleProgress", &|clock| json!([clock.at(now), written, arrived])), |session| {
                session.handle_progress(now, written, arrived);
            });
        }
    }

    pub fn set_can_ping(&mut self, now: Instant, can_ping: bool) {
        let now = self.tick(now);
        if self.is_news(|latest| latest.can_ping.replace(can_ping) != Some(can_ping)) {
            self.run(("setCanPing", &|clock| json!([clock.at(now), can_ping])), |session| {
                session.set_can_ping(now, can_ping);
            });
        }
    }

    pub fn handle_read_to_end(&mut self) {
        if self.is_news(|latest| !std::mem::replace(&mut latest.is_read_to_end, true)) {
            self.run(("handleReadToEnd", &|_| json!([])), Session::handle_read_to_end);
        }
    }

    pub fn pause(&mut self, now: Instant, events: usize, bytes: usize) {
        let now = self.tick(now);
        self.forget_latest();
        self.run(("pause", &|clock| json!([clock.at(now), events, bytes])), |session| {
            session.pause(now, events, bytes);
        });
    }

    pub fn resume(&mut self, now: Instant) {
        let now = self.tick(now);
        self.run(("resume", &|clock| json!([clock.at(now)])), |session| session.resume(now));
    }

    /// `concerns` tells whether events of a topic were dropped.
    pub fn report_dropped(&mut self, since: Instant, until: Instant, count: u64, concerns: impl Fn(&str) -> bool) {
        let (since, until) = (self.tick(since), self.tick(until));
        // JavaScript makes a predicate of the topics.
        let topics: Vec<String> = if self.tape.is_some() { self.concerned(&concerns) } else { vec![] };
        let args = |clock: Clock| json!([clock.at(since), clock.at(until), count, { "topics": topics }]);
        self.run(("reportDropped", &args), |session| session.report_dropped(since, until, count, &concerns));
    }

    pub fn discard_since(&mut self, since: Instant) {
        let since = self.tick(since);
        self.run(("discardSince", &|clock| json!([clock.at(since)])), |session| session.discard_since(since));
    }

    pub fn abandon(&mut self, reason: &str) {
        self.run(("abandon", &|_| json!([reason])), |session| session.abandon(reason));
    }

    pub fn listen(&mut self, topic: Option<&str>, wanted: bool) {
        self.run(("listen", &|_| json!([topic, wanted])), |session| session.listen(topic, wanted));
    }

    pub fn listen_to_messages(&mut self, wanted: bool) {
        self.run(("listenToMessages", &|_| json!([wanted])), |session| session.listen_to_messages(wanted));
    }

    pub fn assume_interest(&mut self) {
        self.run(("assumeInterest", &|_| json!([])), Session::assume_interest);
    }

    pub fn end_of_turn(&mut self) {
        self.run(("endOfTurn", &|_| json!([])), Session::end_of_turn);
    }

    pub fn provide_token(&mut self, now: Instant, token: Token) {
        let now = self.tick(now);
        let Self { session, tape: Some(tape) } = self else { return self.session.provide_token(now, token) };
        let given = values::token(&token);
        let args = |clock: Clock| json!([clock.at(now), given]);
        let run = |session: &mut Session| session.provide_token(now, token);
        tape.run(session, ("provideToken", &args), run, |(), _, _| ("returns", None));
    }

    pub fn refuse_token(&mut self, now: Instant) -> bool {
        let now = self.tick(now);
        let call = |session: &mut Session| session.refuse_token(now);
        self.run_and_compare(("refuseToken", &|clock| json!([clock.at(now)])), call, |known, _, _| Some(json!(known)))
    }

    /// The token for the dial.
    pub fn dial_token(&mut self) -> Option<Token> {
        let call = Session::dial_token;
        self.run_and_compare(("dialToken", &|_| json!([])), call, |token, _, _| token.as_ref().map(values::token))
    }

    pub fn subscribe(
        &mut self,
        now: Instant,
        topic: &str,
        filter: Option<String>,
        return_mode: Option<String>,
    ) -> String {
        let now = self.tick(now);
        let Self { session, tape: Some(tape) } = self else {
            return self.session.subscribe(now, topic, filter, return_mode);
        };
        let (given, mode) = (filter.clone(), return_mode.clone());
        let args = |clock: Clock| values::without_end(json!([clock.at(now), topic, given, mode]));
        let run = |session: &mut Session| session.subscribe(now, topic, filter, return_mode);
        tape.run(session, ("subscribe", &args), run, |id, _, _| ("returns", Some(json!(id))))
    }

    pub fn unsubscribe(&mut self, id: &str) -> bool {
        let call = |session: &mut Session| session.unsubscribe(id);
        self.run_and_compare(("unsubscribe", &|_| json!([id])), call, |known, _, _| Some(json!(known)))
    }

    pub fn join_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let now = self.tick(now);
        let call = |session: &mut Session| session.join_channel(now, name);
        self.run_and_compare(("joinChannel", &|clock| json!([clock.at(now), name])), call, |id, _, _| Some(json!(id.0)))
    }

    pub fn leave_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let now = self.tick(now);
        let call = |session: &mut Session| session.leave_channel(now, name);
        let args = |clock: Clock| json!([clock.at(now), name]);
        self.run_and_compare(("leaveChannel", &args), call, |id, _, _| Some(json!(id.0)))
    }

    /// # Errors
    /// As [`Session::emit`].
    pub fn emit(&mut self, now: Instant, outgoing: Outgoing) -> Result<Option<MessageId>, Error> {
        let now = self.tick(now);
        let Self { session, tape: Some(tape) } = self else { return self.session.emit(now, outgoing) };
        let message = values::message(&outgoing, |bytes| tape.binary(bytes));
        let args = |clock: Clock| json!([clock.at(now), message]);
        let run = |session: &mut Session| session.emit(now, outgoing);
        tape.run(session, ("emit", &args), run, |result, _, _| {
            let outcome = match result {
                Ok(id) => id.map(|id| json!(id.0)),
                Err(error) => Some(json!({ "throws": error })),
            };
            ("returns", outcome)
        })
    }

    #[inline]
    pub fn receive<'a, R: Recognizer>(
        &mut self,
        now: Instant,
        frame: &'a str,
        recognizer: &'a mut R,
    ) -> Option<Delivery<'a, R::Event<'a>>> {
        if self.tape.is_none() {
            return self.session.receive(now, frame, recognizer);
        }
        self.record_receive(now, frame, recognizer)
    }

    /// Apart, so that clients that record nothing do not pay for it.
    #[cold]
    #[inline(never)]
    fn record_receive<'a, R: Recognizer>(
        &mut self,
        now: Instant,
        frame: &'a str,
        recognizer: &'a mut R,
    ) -> Option<Delivery<'a, R::Event<'a>>> {
        let now = self.tick(now);
        let Self { session, tape: Some(tape) } = self else { return self.session.receive(now, frame, recognizer) };
        let args = |clock: Clock| json!([clock.at(now), frame]);
        tape.run(
            session,
            ("receive", &args),
            |session| session.receive(now, frame, recognizer),
            |delivery, _, _| ("delivers", delivery.as_ref().map(|delivery| json!(delivery.topic))),
        )
    }

    pub fn receive_binary(&mut self, now: Instant, frame: Bytes) -> Option<Delivery<'static, BinaryEvent>> {
        let now = self.tick(now);
        let Self { session, tape: Some(tape) } = self else { return self.session.receive_binary(now, frame) };
        let bytes = tape.binary(&frame);
        let args = |clock: Clock| json!([clock.at(now), bytes]);
        let run = |session: &mut Session| session.receive_binary(now, frame);
        tape.run(session, ("receiveBinary", &args), run, |delivery, _, _| {
            ("delivers", delivery.as_ref().map(|delivery| json!(delivery.topic)))
        })
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        let args = |_: Clock| json!([]);
        self.run_and_compare(("pollOutput", &args), Session::poll_output, |output, clock, session| {
            output.as_ref().map(|output| clock.output(output, session))
        })
    }

    pub fn poll_frame(&mut self, now: Instant) -> Option<Frame> {
        let now = self.tick(now);
        let Self { session, tape: Some(tape) } = self else { return self.session.poll_frame(now) };
        let args = |clock: Clock| json!([clock.at(now)]);
        let has_attachments = tape.has_attachments();
        let run = |session: &mut Session| session.poll_frame(now);
        tape.run(session, ("pollFrame", &args), run, |frame, _, _| {
            ("returns", frame.as_ref().map(|frame| values::frame(frame, has_attachments)))
        })
    }

    pub fn poll_ping(&mut self, now: Instant) -> Option<Ping> {
        let now = self.tick(now);
        let call = |session: &mut Session| session.poll_ping(now);
        self.run_and_compare(("pollPing", &|clock| json!([clock.at(now)])), call, |ping, _, _| {
            ping.as_ref().map(values::ping)
        })
    }

    /// Receives a frame and returns the text of its event, which is in the line, too.
    #[cfg(test)]
    pub(in crate::session) fn receive_traced(&mut self, now: Instant, frame: &str) -> Option<String> {
        if self.tape.as_ref().is_some_and(|tape| !tape.is_trace()) {
            return self.receive(now, frame, &mut ()).map(|delivery| delivery.event.to_owned());
        }
        self.run_and_compare(
            ("receive", &|clock| json!([clock.at(now), frame])),
            |session| session.receive(now, frame, &mut ()).map(|delivery| delivery.event.to_owned()),
            |event, _, _| event.as_ref().map(|event| serde_json::from_str(event).expect("JSON")),
        )
    }

    /// The topics of subscriptions and channels of which events were dropped.
    fn concerned(&self, concerns: impl Fn(&str) -> bool) -> Vec<String> {
        let Session { subscriptions, channels, .. } = &self.session;
        let topics = subscriptions.numbers().into_iter().filter_map(|number| subscriptions.topic(number));
        let names = channels.numbers().into_iter().filter_map(|number| channels.name(number));
        let mut concerned: Vec<String> = topics.map(str::to_owned).chain(names.map(|name| name.to_string())).collect();
        concerned.sort_unstable();
        concerned.dedup();
        concerned.retain(|topic| concerns(topic));
        concerned
    }

    /// Whether to make a call that the driver repeats at every turn: a repetition has no effect.
    fn is_news(&mut self, note: impl FnOnce(&mut Latest) -> bool) -> bool {
        self.tape.as_mut().is_none_or(|tape| note(&mut tape.latest) || tape.is_trace())
    }

    /// A new link, or a pause: the driver's reports begin again.
    fn forget_latest(&mut self) {
        if let Some(tape) = &mut self.tape {
            tape.latest = Latest::default();
        }
    }
}

impl Tape {
    fn binary(&self, bytes: &[u8]) -> serde_json::Value {
        values::binary(bytes, self.has_attachments())
    }

    fn has_attachments(&self) -> bool {
        self.detail != Detail::Effects { attachments: false }
    }

    pub(super) fn is_trace(&self) -> bool {
        !matches!(self.detail, Detail::Effects { .. })
    }
}
