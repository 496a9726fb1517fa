//! A reader that fills a buffer of the pool with each system call. rustls reads 4 KB at a time, and
//! a system call costs as much as decrypting them.

use std::{
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use crate::transport::buffer_pool;

/// A stream, and the bytes read from it. The first `consumed` of them have been passed on.
pub(in crate::transport) struct PooledBufReader<S> {
    stream: S,
    bytes: Vec<u8>,
    consumed: usize,
}

impl<S> PooledBufReader<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream, bytes: Vec::new(), consumed: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PooledBufReader<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, bytes, consumed } = self.get_mut();
        if bytes.is_empty() {
            *bytes = buffer_pool::acquire();
            let polled = pin!(stream.read_buf(bytes)).poll(cx);
            if bytes.is_empty() {
                buffer_pool::release(std::mem::take(bytes));
            }
            ready!(polled)?;
        }
        let unread = bytes.get(*consumed..).unwrap_or_default();
        let length = unread.len().min(buffer.remaining());
        buffer.put_slice(unread.get(..length).unwrap_or_default());
        *consumed += length;
        if *consumed == bytes.len() {
            *consumed = 0;
            buffer_pool::release(std::mem::take(bytes));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PooledBufReader<S> {
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
    async fn small_reads_bring_the_same_bytes() {
        let bytes: Vec<u8> = (0..251).cycle().take(3 * buffer_pool::BUFFER_BYTES).collect();
        let mut reader = PooledBufReader::new(&bytes[..]);
        let mut read: Vec<u8> = Vec::new();
        let mut buffer = [0; 4097];
        loop {
            match reader.read(&mut buffer).await.unwrap() {
                0 => break,
                length => read.extend(&buffer[..length]),
            }
        }
        assert!(read == bytes);
        assert_eq!(reader.bytes.capacity(), 0);
    }
}
