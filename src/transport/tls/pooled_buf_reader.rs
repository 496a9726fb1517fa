//! A stream that is read in gulps for somebody who takes small sips: rustls asks for 4 KB at a time, and each call of the
//! system costs as much as it does to decrypt them.

use std::{
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use crate::transport::buffer_pool as room;

/// The stream, and what was read of it and not yet taken.
pub(in crate::transport) struct Gulps<S> {
    stream: S,
    bytes: Vec<u8>,
    taken: usize,
}

impl<S> Gulps<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream, bytes: Vec::new(), taken: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gulps<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, bytes, taken } = self.get_mut();
        if bytes.is_empty() {
            *bytes = room::take();
            let polled = pin!(stream.read_buf(bytes)).poll(cx);
            if bytes.is_empty() {
                room::give(std::mem::take(bytes));
            }
            ready!(polled)?;
        }
        let rest = bytes.get(*taken..).unwrap_or_default();
        let sip = rest.len().min(buffer.remaining());
        buffer.put_slice(rest.get(..sip).unwrap_or_default());
        *taken += sip;
        if *taken == bytes.len() {
            *taken = 0;
            room::give(std::mem::take(bytes));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gulps<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sips_are_what_the_gulps_were() {
        let bytes: Vec<u8> = (0..251).cycle().take(3 * room::ROOM_BYTES).collect();
        let mut gulps = Gulps::new(&bytes[..]);
        let mut read: Vec<u8> = Vec::new();
        let mut sip = [0; 4097];
        loop {
            match gulps.read(&mut sip).await.unwrap() {
                0 => break,
                length => read.extend(&sip[..length]),
            }
        }
        assert!(read == bytes);
        assert_eq!(gulps.bytes.capacity(), 0);
    }
}
