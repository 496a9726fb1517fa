//! How far a session over long-polling has come on its way to a WebSocket.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Sleep, sleep, sleep_until};

use super::{exchange::Exchanges, prober::Prober};
use crate::transport::websocket::WebSocket;

/// How long the requests under way may take to end once a WebSocket is there. The server waits for
/// 10 seconds.
const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(8);

/// Probes for a WebSocket again and again until one takes over.
pub(super) struct Upgrade {
    prober: Option<Arc<Prober>>,
    stage: Stage,
}

enum Stage {
    /// There will be no WebSocket.
    Off,
    /// The next probe starts then.
    Waiting(Pin<Box<Sleep>>),
    Probing(Pin<Box<dyn Future<Output = Option<Box<WebSocket>>> + Send>>),
    /// The WebSocket is there. The requests under way have this long to end.
    Ready(Box<WebSocket>, Pin<Box<Sleep>>),
}

impl Upgrade {
    /// Without a prober the session stays with long-polling.
    pub(super) fn new(prober: Option<Prober>) -> Self {
        let mut upgrade = Self { prober: prober.map(Arc::new), stage: Stage::Off };
        upgrade.schedule_probe();
        upgrade
    }

    /// Gives up any WebSocket.
    pub(super) fn stop(&mut self) {
        *self = Self { prober: None, stage: Stage::Off };
    }

    /// Whether a WebSocket waits to take over.
    pub(super) const fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Ready(..))
    }

    /// Advances the probe of the session at this target.
    pub(super) fn advance(&mut self, cx: &mut Context<'_>, target: &Arc<str>, exchanges: &Exchanges) {
        loop {
            match &mut self.stage {
                Stage::Off => return,
                Stage::Waiting(at) => {
                    if at.as_mut().poll(cx).is_pending() {
                        return;
                    }
                    let Some(prober) = self.prober.clone() else { return };
                    let (cookies, token) = exchanges.credentials();
                    let target = target.clone();
                    let probe = async move { prober.probe(&target, cookies, &token).await };
                    self.stage = Stage::Probing(Box::pin(probe));
                }
                Stage::Probing(probe) => match probe.as_mut().poll(cx) {
                    Poll::Pending => return,
                    Poll::Ready(Some(socket)) => {
                        self.stage = Stage::Ready(socket, Box::pin(sleep(TAKEOVER_TIMEOUT)));
                    }
                    Poll::Ready(None) => self.schedule_probe(),
                },
                Stage::Ready(socket, timeout) => {
                    // The server sends nothing over it before it takes over, so it can only end.
                    if socket.poll_receive(cx).is_pending() && timeout.as_mut().poll(cx).is_pending() {
                        return;
                    }
                    self.schedule_probe();
                }
            }
        }
    }

    fn schedule_probe(&mut self) {
        self.stage = match &self.prober {
            None => Stage::Off,
            Some(prober) => Stage::Waiting(Box::pin(sleep_until(prober.next_probe().into()))),
        };
    }

    /// Hands out the WebSocket that takes over.
    pub(super) fn complete(&mut self) -> Option<Box<WebSocket>> {
        let Stage::Ready(socket, _) = std::mem::replace(&mut self.stage, Stage::Off) else { return None };
        if let Some(prober) = &self.prober {
            prober.record_success();
        }
        Some(socket)
    }
}
