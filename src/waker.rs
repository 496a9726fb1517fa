//! How the engine wakes the user's thread.

/// Wakes the user's thread, which then takes what waits. One call covers everything that arrives
/// until the thread has found nothing left.
pub trait Waker: Send + Sync + 'static {
    /// Wakes the thread.
    ///
    /// # Errors
    /// [`Gone`] if the thread's environment is shutting down.
    fn wake(&self) -> Result<(), Gone>;
}

/// No thread is left to wake: its environment is shutting down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;
