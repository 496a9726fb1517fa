//! What the user wants to receive: subscriptions, channels and listeners.

use std::{sync::atomic::Ordering, time::Instant};

use super::{Client, Waker, core::Core};
use crate::{
    error::Error,
    protocol::{event::Envelope, json::Scanner},
    session::{MessageId, Session},
};

impl<W: Waker> Client<W> {
    /// Subscribes, see [`Session::subscribe`].
    #[must_use]
    pub fn subscribe(&self, topic: &str, filter: Option<String>, return_mode: Option<String>) -> String {
        self.command(|core| {
            self.expect_listeners(core);
            core.session.subscribe(Instant::now(), topic, filter, return_mode)
        })
    }

    /// Ends a subscription, and returns false if the id is unknown. The waiting batches are marked:
    /// events that only this subscription wanted are not wanted any more, see [`Client::wants`].
    #[must_use]
    pub fn unsubscribe(&self, id: &str) -> bool {
        self.command(|core| {
            let known = core.session.unsubscribe(id);
            if known {
                core.inbox.lock().mark_for_filtering();
            }
            known
        })
    }

    /// Joins a channel, see [`Session::join_channel`]. The waker is as for [`Client::emit`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn join_channel<E: From<Error>>(
        &self,
        name: &str,
        make_waker: impl FnOnce() -> Result<W, E>,
    ) -> Result<MessageId, E> {
        self.drive(make_waker, |core| {
            self.expect_listeners(core);
            core.session.join_channel(Instant::now(), name)
        })
    }

    /// Leaves a channel, see [`Session::leave_channel`]. Its waiting messages must be checked as in
    /// [`Client::unsubscribe`]. The waker is as for [`Client::emit`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn leave_channel<E: From<Error>>(
        &self,
        name: &str,
        make_waker: impl FnOnce() -> Result<W, E>,
    ) -> Result<MessageId, E> {
        self.drive(make_waker, |core| {
            let id = core.session.leave_channel(Instant::now(), name);
            core.inbox.lock().mark_for_filtering();
            id
        })
    }

    /// Notes which events have listeners, see [`Session::listen`].
    pub fn listen(&self, topic: Option<&str>, wanted: bool) {
        self.shared.core.lock().session.listen(topic, wanted);
        if !wanted {
            self.settle_interest_at_end_of_turn();
        }
    }

    /// Notes whether messages and presence have listeners, see [`Session::listen_to_messages`].
    pub fn listen_to_messages(&self, wanted: bool) {
        self.shared.core.lock().session.listen_to_messages(wanted);
        if !wanted {
            self.settle_interest_at_end_of_turn();
        }
    }

    /// A turn of the user's thread has ended, in which it may have changed its listeners: events
    /// without listeners are not delivered from now on. Until this call, a listener may still
    /// replace one that was removed, or follow a new subscription or channel.
    pub fn end_of_turn(&self) {
        if self.shared.interest_changed.swap(false, Ordering::Relaxed) {
            self.shared.core.lock().session.end_of_turn();
        }
    }

    /// Whether a live subscription or channel wants this event (JSON text).
    #[must_use]
    pub fn wants(&self, event: &str) -> bool {
        wants(&self.shared.core.lock().session, event)
    }

    /// The user's thread adds its listeners in the same turn. An event may be faster.
    fn expect_listeners(&self, core: &mut Core<W>) {
        core.session.assume_interest();
        self.settle_interest_at_end_of_turn();
    }

    fn settle_interest_at_end_of_turn(&self) {
        self.shared.interest_changed.store(true, Ordering::Relaxed);
    }
}

/// Whether a session wants the event at the beginning of a text.
fn wants(session: &Session, event: &str) -> bool {
    Envelope::scan(&mut Scanner::new(event)).is_ok_and(|envelope| session.wants(&envelope))
}
