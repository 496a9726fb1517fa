//! The driver of a simulation, as simple as possible: it connects the session to the modelled
//! network.

use std::time::{Duration, Instant};

use super::{Client, SimEvent, World};
use crate::{
    error::{Error, ErrorKind, Outlook},
    session::{
        Frame, Output,
        simulation::{sabotage::Sabotage, server::event_number},
    },
};

impl World {
    /// Does what the session asks for until the session asks for nothing more.
    pub(super) fn pump(&mut self) {
        self.note_progress();
        loop {
            if let Some(output) = self.session.poll_output() {
                match output {
                    Output::Dial => self.dial(),
                    Output::HangUp { farewell, orderly } => self.hang_up(farewell, orderly),
                    Output::Notice(notice) => self.handle_notice(notice),
                }
                continue;
            }
            let Client::Linked(link) = self.client else { break };
            if self.links[link].blocked_until > self.now {
                break;
            }
            if self.rng.u8(..) < 4 {
                let blocked = self.rng.u64(1..500);
                self.links[link].blocked_until = self.now + Duration::from_millis(blocked);
                self.after(blocked, SimEvent::Unblock);
                break;
            }
            if let Some(ping) = self.session.poll_ping(self.now) {
                self.send_ping(link, ping);
            } else if let Some(frame) = self.session.poll_frame(self.now) {
                let Frame::Text(text) = frame else { panic!("no attachments were sent") };
                self.send_to_server(link, text);
            } else if !self.session.has_output() {
                break;
            }
        }
    }

    /// A dial has succeeded, or failed with the HTTP status of the answer if there was one.
    pub(super) fn dial_ended(&mut self, link: usize, result: Result<(), Option<u16>>) {
        match result {
            Ok(()) => {
                self.client = Client::Linked(link);
                self.session.handle_open(self.now);
                self.carry(link);
                let greeting = self.server.accept(link);
                self.send_to_client(link, greeting);
                self.after(5000, SimEvent::Ping { link });
            }
            Err(status) => {
                self.unlink();
                let error = Error::new(ErrorKind::Network, "the dial failed");
                let error = status.map_or(error.clone(), |status| error.with_status(status));
                // A 404 may be a gateway's error page.
                let outlook = if status == Some(404) { Outlook::Unproven } else { Outlook::Passing };
                let error = error.with_outlook(outlook);
                self.session.handle_disconnect(self.now, "the dial failed".into(), Some(error));
            }
        }
    }

    /// The client reads a frame.
    pub(super) fn read(&mut self, link: usize, frame: &str, sent: Instant) {
        self.trace(format_args!("link {link} ▶ client {frame}"));
        if !self.note_frame(link, frame) {
            return;
        }
        if let Some(number) = event_number(frame)
            && self.server.log[number].refused
        {
            return self.refuse(link, number);
        }
        self.links[link].last_read_sent_at = sent;
        let connected = self.is_connected() || self.links[link].recovery.is_some();
        let delivery = self.session.receive_traced(self.now, frame);
        if let Some(number) = event_number(frame) {
            self.refusals.latest_event = Some(number);
            let mut deliveries = usize::from(delivery.is_some());
            if self.sabotaged(Sabotage::LoseEvent) {
                deliveries = 0;
            }
            self.ledger.arrived(&self.server.log[number], connected, deliveries);
            if deliveries > 0 {
                self.put_into_inbox(number);
            }
            if deliveries > 0 && self.sabotaged(Sabotage::RepeatEvent) {
                self.ledger.arrived(&self.server.log[number], connected, 1);
            }
        } else {
            assert!(delivery.is_none(), "delivered, but not an event: {frame}");
        }
        let is_part = frame.starts_with("40{") || event_number(frame).is_some();
        if let Some((topics, frames)) = self.links[link].recovery.as_mut().filter(|_| is_part) {
            *frames -= 1;
            if *frames == 0 {
                self.coverage.count("recovered", 1);
                self.ledger.recovered(topics);
                self.links[link].recovery = None;
            }
        }
    }
}
