//! All exchanges of one call, with its redirects and retries, within its timeout.

use std::{sync::Arc, time::SystemTime};

use http::{Method, header::LOCATION, uri::PathAndQuery};
use parking_lot::Mutex;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout_at},
};

use super::{
    Call, Outcome,
    budget::{AnswerBudget, Share},
    failure::Failure,
    http::{Http, MAX_CONCURRENT_REQUESTS, Progress, Received},
    request::{Prepared, Template},
    response::{self, Asked},
    retry,
};
use crate::{
    error::{Error, ErrorKind},
    log::{Log, record},
    token::Token,
    transport::{EndpointOptions, MAX_REDIRECTS, OptionError, Origin, follow, start_of},
};

/// How many characters of a path an error shows.
const MAX_SHOWN_CHARACTERS: usize = 200;

/// Performs calls on one server.
pub(super) struct Attempts {
    origin: Arc<Origin>,
    /// The token of the next call.
    token: Mutex<Option<Token>>,
    template: Template,
    http: Http,
    permits: Semaphore,
    log: Log,
}

/// How far a call has come. It decides what the user learns when the call times out.
#[derive(Default)]
struct Course {
    attempts: u32,
    /// Whether a write may have taken effect.
    uncertain: bool,
    /// The progress of the current exchange.
    progress: Progress,
    /// Why the previous attempt failed.
    previous: Option<String>,
}

impl Attempts {
    pub(super) fn new(options: EndpointOptions, budget: Arc<AnswerBudget>, log: Log) -> Result<Self, OptionError> {
        let origin = Arc::new(Origin::http(options)?);
        let http = Http::new(origin.clone(), budget);
        let template = Template::new(&origin)
            .ok_or_else(|| OptionError { option: "url", message: "url must name an HTTP server".to_owned() })?;
        let permits = Semaphore::new(MAX_CONCURRENT_REQUESTS as usize);
        Ok(Self { origin, token: Mutex::new(None), template, http, permits, log })
    }

    pub(super) fn set_token(&self, token: Token) {
        *self.token.lock() = Some(token);
    }

    /// Performs one call to its end. Returns the room of its answer, too.
    pub(super) async fn perform(&self, mut call: Call) -> (Outcome, Option<Share>) {
        let deadline = Instant::now() + call.timeout;
        let mut course = Course::default();
        let token = self.token.lock().clone();
        let outcome = match timeout_at(deadline, self.run(&mut call, token.as_ref(), deadline, &mut course)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(course.timed_out(&call)),
        };
        let outcome = outcome.map_err(|mut failure| {
            failure.error.message = format!("{} {}: {}", call.method, without_query(&call.path), failure.error.message);
            failure.error.uncertain = course.uncertain;
            failure
        });
        (outcome, course.progress.share)
    }

    async fn run(&self, call: &mut Call, token: Option<&Token>, deadline: Instant, course: &mut Course) -> Outcome {
        let prepared = self.template.prepare(call, token)?;
        loop {
            course.attempts += 1;
            let failure = match self.attempt(&call.path, &prepared, deadline, course).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            course.uncertain |= failure.error.uncertain && prepared.method != Method::GET;
            let left = deadline.saturating_duration_since(Instant::now());
            let may_retry = call.repeatable && failure.transient;
            let delay =
                may_retry.then(|| retry::delay(course.attempts, failure.error.retry_after, left, fastrand::f64()));
            let Some(delay) = delay.flatten() else { return Err(failure) };
            let Error { kind, message, status, .. } = &failure.error;
            record!(
                WARN,
                self.log,
                "retrying",
                method = call.method.as_str(),
                path = without_query(&call.path),
                attempt = course.attempts,
                retry_in = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
                code = kind.code(),
                status = *status,
                reason = message.as_str(),
            );
            course.progress = Progress::default();
            course.previous = Some(failure.error.message);
            sleep(delay).await;
        }
    }

    /// Sends one request and follows its redirects.
    async fn attempt(&self, path: &str, prepared: &Prepared, deadline: Instant, course: &mut Course) -> Outcome {
        // The semaphore is never closed, so acquiring a permit does not fail.
        let _permit = self.permits.acquire().await;
        let mut target = prepared.target.clone();
        let mut redirects = 0;
        loop {
            let request = self.template.request(prepared, &target);
            let authority = self.origin.authority();
            let received = self.http.exchange(request, authority, deadline, &mut course.progress).await?;
            if !matches!(received.status, 300..400) {
                let asked = Asked { method: &prepared.method, path: without_query(path) };
                return response::judge(asked, received, SystemTime::now());
            }
            target = self.redirected(&prepared.method, &target, &received)?;
            redirects += 1;
            if redirects > MAX_REDIRECTS {
                let last = start_of(target.path(), MAX_SHOWN_CHARACTERS);
                let message = format!("the server redirected more than {MAX_REDIRECTS} times, at last to {last}");
                return Err(Error::new(ErrorKind::Protocol, message).with_status(received.status).into());
            }
        }
    }

    fn redirected(&self, method: &Method, from: &PathAndQuery, received: &Received) -> Result<PathAndQuery, Failure> {
        let location = received.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        follow(&self.origin, received.status, method, from, location).map_err(|reason| {
            let message = format!("the server answered {}, {reason}", received.status);
            // Web pages answer a form that they have accepted with one of these statuses.
            let uncertain = matches!(received.status, 301..=303);
            Error::new(ErrorKind::Protocol, message).with_status(received.status).with_uncertain(uncertain).into()
        })
    }
}

impl Course {
    fn timed_out(&mut self, call: &Call) -> Failure {
        self.uncertain |= self.progress.is_connected() && call.method != "GET";
        let status = self.progress.status;
        let what = if status.is_some() { "no complete answer" } else { "no answer" };
        let message = format!("{what} within {} ms", call.timeout.as_millis());
        let error = Error::new(ErrorKind::Timeout, message).with_source(self.previous.take());
        Error { status, ..error }.into()
    }
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}
