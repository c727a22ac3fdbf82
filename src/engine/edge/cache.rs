//! What edges of one frame leave for those of the frames about it.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::digest::Digest;
use crate::matte::trimap::Trimap;
use crate::models::flow;
use crate::raster::{Flow, Frame, Matte};

/// Bytes of alphas that are kept for the frames beside them.
const KEPT_BYTES: usize = 192 << 20;

/// What lasts from frame to frame: edges without regard to those beside them, and flows.
#[derive(Default)]
pub struct EdgeCache {
    edges: Mutex<VecDeque<(Digest, Arc<Edge>)>>,
    flows: Mutex<VecDeque<(Pair, Arc<Flow>)>>,
}

/// A frame and one beside it.
type Pair = (Digest, Digest);

/// Flows that are kept: those of five frames to the ones about them.
const FLOWS: usize = 24;

impl EdgeCache {
    pub(super) fn get(&self, digest: &Digest) -> Option<Arc<Edge>> {
        self.edges.lock().iter().find(|(d, _)| d == digest).map(|(_, e)| Arc::clone(e))
    }

    pub(super) fn put(&self, digest: Digest, edge: &Arc<Edge>) {
        let mut edges = self.edges.lock();
        edges.retain(|(d, _)| *d != digest);
        edges.push_back((digest, Arc::clone(edge)));
        let mut total: usize = edges.iter().map(|(_, e)| e.bytes()).sum();
        while edges.len() > 1 && total > KEPT_BYTES {
            total -= edges.pop_front().map_or(0, |(_, e)| e.bytes());
        }
    }

    /// Bytes that are held.
    pub fn memory_bytes(&self) -> usize {
        self.edges.lock().iter().map(|(_, e)| e.bytes()).sum()
    }

    pub(super) fn flow(&self, from: &KnownFrame, to: &KnownFrame) -> Arc<Flow> {
        let (Some(a), Some(b)) = (from.digest, to.digest) else {
            return Arc::new(flow::between(&from.pixels, &to.pixels));
        };
        let pair = (a, b);
        let known = self.flows.lock().iter().find(|(p, _)| *p == pair).map(|(_, f)| Arc::clone(f));
        known.unwrap_or_else(|| {
            let flow = Arc::new(flow::between(&from.pixels, &to.pixels));
            let mut flows = self.flows.lock();
            flows.push_back((pair, Arc::clone(&flow)));
            if flows.len() > FLOWS {
                flows.pop_front();
            }
            flow
        })
    }
}

/// An alpha without regard to those of the frames beside it.
#[derive(Debug)]
pub(super) struct Edge {
    pub alpha: Matte,
    pub trimap: Trimap,
    /// Blur in pixels, right and down.
    pub vectors: Option<[Matte; 2]>,
}

impl Edge {
    fn bytes(&self) -> usize {
        let vectors = self.vectors.iter().flatten().map(Matte::memory).sum::<usize>();
        self.alpha.memory() + vectors + self.trimap.data().len()
    }
}

/// A frame and, where anything made of it is kept, what it is known by.
#[derive(Clone)]
pub(super) struct KnownFrame {
    pub pixels: Arc<Frame>,
    pub digest: Option<Digest>,
}
