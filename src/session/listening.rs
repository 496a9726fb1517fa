//! Which events the user wants: those with a listener, of a live subscription or a joined channel.

use super::Session;
use crate::{
    protocol::event::Envelope,
    vocabulary::{DIRECT_TOPIC, SOCKET_SOURCE},
};

impl Session {
    /// Adds or removes listeners of a topic (`None`: of every topic); see
    /// [`Self::end_of_turn`].
    pub fn listen(&mut self, topic: Option<&str>, wanted: bool) {
        self.interest.set(topic, wanted);
    }

    /// Adds or removes listeners of messages and presence, in any channel.
    pub fn listen_to_messages(&mut self, wanted: bool) {
        self.interest.set_messages(wanted);
    }

    /// Treats everything as listened to until [`Self::end_of_turn`].
    pub fn assume_interest(&mut self) {
        self.interest.assume_all();
    }

    /// The user's thread has finished its turn: drops the interest in topics that have lost their
    /// listeners. Until then the session keeps it, since the user may be about to replace a
    /// listener.
    pub fn end_of_turn(&mut self) {
        self.interest.end_of_turn();
    }

    /// Whether any live subscription or channel wants this event.
    #[must_use]
    pub fn wants(&self, event: &Envelope<'_>) -> bool {
        self.subscriptions.want(&event.topic, event.payload) || self.is_message(event)
    }

    /// Whether an event is a direct message, or a message or presence of a channel that the user
    /// has joined.
    pub(super) fn is_message(&self, event: &Envelope<'_>) -> bool {
        let source = event.source.and_then(|source| source.strip_prefix('"')?.strip_suffix('"'));
        source == Some(SOCKET_SOURCE) && (event.topic == DIRECT_TOPIC || self.channels.number(&event.topic).is_some())
    }
}
