//! All exchanges of one call: its redirects and repetitions, within its time.

use std::{sync::Arc, time::SystemTime};

use http::{Method, header::LOCATION, uri::PathAndQuery};
use parking_lot::Mutex;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout_at},
};

use super::{
    Call, Outcome,
    failure::Failure,
    http::{Http, Progress, Received},
    request::{Prepared, Template},
    response::{self, Asked},
    retry,
};
use crate::{
    error::{Error, ErrorKind},
    token::Token,
    transport::{EndpointOptions, MAX_REDIRECTS, OptionError, Origin, follow, start_of},
};

/// How many requests are on the wire at once; the others wait for their turn, in the order in which they came.
const MAX_ON_THE_WIRE: usize = 128;

/// How many characters of a path are shown.
const MAX_SHOWN: usize = 200;

/// What it takes to perform calls on one server.
pub(super) struct Attempts {
    origin: Arc<Origin>,
    /// That of the next call.
    token: Mutex<Option<Token>>,
    template: Template,
    http: Http,
    places: Semaphore,
}

/// How far a call has come: what is left to tell when its time is up.
#[derive(Default)]
struct Course {
    attempts: u32,
    /// A write may have been carried out by now.
    uncertain: bool,
    /// Of the exchange under way.
    progress: Progress,
    /// What the attempt before failed with.
    former: Option<String>,
}

impl Attempts {
    pub(super) fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        let origin = Arc::new(Origin::http(options)?);
        let http = Http::new(origin.clone());
        let template = Template::new(&origin).ok_or_else(|| OptionError {
            option: "url",
            message: "url must name a server that HTTP can be spoken with".to_owned(),
        })?;
        Ok(Self { origin, token: Mutex::new(None), template, http, places: Semaphore::new(MAX_ON_THE_WIRE) })
    }

    pub(super) fn set_token(&self, token: Token) {
        *self.token.lock() = Some(token);
    }

    /// Performs one call to its end.
    pub(super) async fn perform(&self, mut call: Call) -> Outcome {
        let deadline = Instant::now() + call.timeout;
        let mut course = Course::default();
        let token = self.token.lock().clone();
        let outcome = match timeout_at(deadline, self.run(&mut call, token.as_ref(), deadline, &mut course)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(course.timed_out(&call)),
        };
        outcome.map_err(|mut failure| {
            failure.error.message = format!("{} {}: {}", call.method, without_query(&call.path), failure.error.message);
            failure.attempts = course.attempts;
            failure.uncertain = course.uncertain;
            failure
        })
    }

    async fn run(&self, call: &mut Call, token: Option<&Token>, deadline: Instant, course: &mut Course) -> Outcome {
        let prepared = self.template.prepare(call, token)?;
        loop {
            course.attempts += 1;
            let failure = match self.attempt(&call.path, &prepared, deadline, course).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            course.uncertain |= failure.uncertain && prepared.method != Method::GET;
            let left = deadline.saturating_duration_since(Instant::now());
            let may_repeat = call.repeatable && failure.passing;
            let pause =
                may_repeat.then(|| retry::pause(course.attempts, failure.error.retry_after, left, fastrand::f64()));
            let Some(pause) = pause.flatten() else { return Err(failure) };
            course.progress = Progress::default();
            course.former = Some(failure.error.message);
            sleep(pause).await;
        }
    }

    /// One request and the redirects it meets.
    async fn attempt(&self, path: &str, prepared: &Prepared, deadline: Instant, course: &mut Course) -> Outcome {
        // It is never closed, so that waiting for a place does not fail.
        let _place = self.places.acquire().await;
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
                let last = start_of(target.path(), MAX_SHOWN);
                let message = format!("the server redirected more than {MAX_REDIRECTS} times, at last to {last}");
                return Err(Error::new(ErrorKind::Protocol, message).with_status(received.status).into());
            }
        }
    }

    fn redirected(&self, method: &Method, from: &PathAndQuery, received: &Received) -> Result<PathAndQuery, Failure> {
        let location = received.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        follow(&self.origin, received.status, method, from, location).map_err(|reason| {
            let message = format!("the server answered {}, {reason}", received.status);
            let error = Error::new(ErrorKind::Protocol, message).with_status(received.status);
            // The way of web pages to answer a form that they have taken.
            Failure { uncertain: matches!(received.status, 301..=303), ..error.into() }
        })
    }
}

impl Course {
    fn timed_out(&mut self, call: &Call) -> Failure {
        self.uncertain |= self.progress.is_connected() && call.method != "GET";
        let status = self.progress.status;
        let what = if status.is_some() { "the answer did not come to its end" } else { "no answer" };
        let message = format!("{what} within {} ms", call.timeout.as_millis());
        let error = Error::new(ErrorKind::Timeout, message).with_source(self.former.take());
        Error { status, ..error }.into()
    }
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}
