//! How the user's thread is told that something waits for it.

/// A bell. Whoever rings it does so once, until the user's thread has looked.
pub trait Waker: Send + Sync + 'static {
    /// Rings; false when there is nobody left to hear it.
    fn wake(&self) -> bool;
}
