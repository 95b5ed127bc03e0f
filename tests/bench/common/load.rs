//! A light client: keep-alive connections that are never idle.
//!
//! It writes prepared requests and counts responses, nothing else, so that the
//! processor time of the machine goes to the server.

use std::{
    io::{Read as _, Write as _},
    net::{self, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime,
    time::Instant,
};

/// Requests that are on their way on one connection at a time.
pub(crate) const PIPELINED: usize = 32;

/// What a load did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Driven {
    /// Responses.
    pub(crate) responses: u32,
    /// Those that were no success.
    pub(crate) failures: u32,
    pub(crate) took: Duration,
}

impl Driven {
    pub(crate) fn per_second(self) -> f64 {
        f64::from(self.responses) / self.took.as_secs_f64()
    }
}

/// Sends all of `requests` so many times over so many connections.
pub(crate) fn drive(
    address: SocketAddr,
    connections: usize,
    requests: Vec<Vec<u8>>,
    rounds: usize,
) -> Driven {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let requests = Arc::new(requests);
    runtime.block_on(async {
        let started = Instant::now();
        let share = requests.len().div_ceil(connections);
        let lines: Vec<_> = (0..connections)
            .map(|line| {
                let requests = Arc::clone(&requests);
                let range =
                    (line * share).min(requests.len())..((line + 1) * share).min(requests.len());
                tokio::spawn(async move { exchange(address, &requests[range], rounds).await })
            })
            .collect();
        let (mut responses, mut failures) = (0, 0);
        for line in lines {
            let (all, failed) = line.await.unwrap();
            responses += all;
            failures += failed;
        }
        Driven {
            responses,
            failures,
            took: started.elapsed(),
        }
    })
}

/// Sends `requests` so many times over one connection and returns how many answers came and
/// how many of them were no success.
async fn exchange(address: SocketAddr, requests: &[Vec<u8>], rounds: usize) -> (u32, u32) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let (mut responses, mut failures) = (0, 0);
    let mut unread = Vec::with_capacity(64 * 1024);
    for batch in (0..rounds).flat_map(|_| requests.chunks(PIPELINED)) {
        socket.write_all(&batch.concat()).await.unwrap();
        let mut awaited = batch.len();
        while 0 < awaited {
            let read = socket.read_buf(&mut unread).await.unwrap();
            assert_ne!(0, read, "the server ended the connection");
            let mut start = 0;
            while let Some((status, length)) = response(&unread[start..]) {
                start += length;
                awaited -= 1;
                responses += 1;
                failures += u32::from(!(200..300).contains(&status));
            }
            unread.drain(..start);
        }
    }
    (responses, failures)
}

/// Reads status and length of the response that `bytes` begin with, once it is whole.
fn response(bytes: &[u8]) -> Option<(u16, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = str::from_utf8(&bytes[..end]).unwrap();
    let status = head[9..12].parse().unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse::<usize>().unwrap());
    (end + length <= bytes.len()).then_some((status, end + length))
}

/// A connection on which one thing is asked after the other.
pub(crate) struct Line {
    socket: net::TcpStream,
    unread: Vec<u8>,
}

impl Line {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let socket = net::TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        Self {
            socket,
            unread: Vec::new(),
        }
    }

    /// Asks one thing and returns the body of the answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.socket.write_all(request).unwrap();
        self.body()
    }

    /// Asks many things at once and returns the bodies of the answers.
    pub(crate) fn ask_all(&mut self, requests: &[Vec<u8>]) -> Vec<Vec<u8>> {
        self.socket.write_all(&requests.concat()).unwrap();
        requests.iter().map(|_| self.body()).collect()
    }

    fn body(&mut self) -> Vec<u8> {
        let mut piece = vec![0; 64 * 1024];
        loop {
            if let Some((status, length)) = response(&self.unread) {
                assert_eq!(200, status);
                let mut blank = self.unread.windows(4);
                let start = blank.position(|four| four == b"\r\n\r\n").unwrap() + 4;
                let whole: Vec<u8> = self.unread.drain(..length).collect();
                return whole[start..].to_vec();
            }
            let read = self.socket.read(&mut piece).unwrap();
            assert_ne!(0, read, "the server ended the connection");
            self.unread.extend_from_slice(&piece[..read]);
        }
    }
}
