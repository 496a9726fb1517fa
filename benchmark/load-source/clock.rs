//! The clock that Node's `process.hrtime` reads too, and pauses that end when they should. Both are
//! Linux's.

/// Nanoseconds of the monotonic clock; `None` where Node reads another one.
#[cfg(target_os = "linux")]
pub(crate) fn nanoseconds() -> Option<u64> {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Some(u64::try_from(now.tv_sec).ok()? * 1_000_000_000 + u64::try_from(now.tv_nsec).ok()?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn nanoseconds() -> Option<u64> {
    None
}

/// By default the kernel lets the pauses of a thread take 50 microseconds longer than they should:
/// as long as there is between two of 20,000 events a second.
pub(crate) fn be_punctual() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_current_timer_slack(Some(std::num::NonZeroU64::MIN));
}
