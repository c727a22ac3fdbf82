//! What answers to clicks and a box: the prompter graph, on what the tracker sees of a frame, or on what a graph of
//! its own sees.

use std::sync::{Arc, OnceLock};

use super::asked::Asked;
use super::cues;
use crate::job::prompts::FramePrompt;
use crate::models::ModelError;
use crate::models::pack::Pack;
use crate::models::runtime::{Feed, Graph, LaterGraphs, Tensor};
use crate::raster::{Frame, Matte, resize};

/// What the graph of its own sees.
const FEATURES: [&str; 6] = ["f2", "f4", "f8", "f16", "key8", "key16"];

/// The names of its graphs in a pack: what answers, and the graph of its own that sees frames for it, where the pack has
/// one.
const GRAPHS: [&str; 2] = ["prompter", "prompter_encoder"];

/// What answers. A track that begins with a mask does without it: its graphs are opened at the first prompt.
pub(super) struct Prompter {
    later: LaterGraphs,
    /// How its own graph sees a frame, where it has one.
    own: Option<Sight>,
    graphs: Option<Graphs>,
    /// The last prompt that was answered.
    asked: Option<Asked>,
}

/// The graphs, open.
struct Graphs {
    prompter: Graph,
    encoder: Option<(Graph, Sight)>,
}

/// How a frame is seen.
#[derive(Clone, Copy)]
pub(super) struct Sight {
    /// The longer side of the picture, in pixels.
    pub long_side: u32,
    /// Both sides are multiples of this.
    pub multiple: u32,
}

/// What the prompter graph is given of a frame.
#[derive(Clone)]
pub(super) struct View {
    /// Columns and rows of the picture that was seen.
    pub size: (usize, usize),
    features: Vec<(&'static str, Arc<Tensor>)>,
}

impl View {
    /// Of what the tracker sees.
    pub fn new(size: (usize, usize), features: Vec<(&'static str, Arc<Tensor>)>) -> Self {
        Self { size, features }
    }

    /// The features as inputs of a graph.
    pub fn feeds(&self) -> Vec<(&'static str, Feed<'_>)> {
        self.features.iter().map(|(name, tensor)| (*name, tensor.feed())).collect()
    }
}

/// A frame that is prompted.
pub(super) struct Shown {
    pub frame: Arc<Frame>,
    /// What the tracker sees of it.
    pub tracker: View,
    /// What the prompter graph is given of it, once it is needed.
    known: OnceLock<Arc<View>>,
}

impl Shown {
    /// A frame of which the tracker sees `tracker`.
    pub fn new(frame: &Arc<Frame>, tracker: View) -> Self {
        Self { frame: Arc::clone(frame), tracker, known: OnceLock::new() }
    }
}

/// The answers to the steps of a prompt.
pub(super) struct Answers<'a> {
    /// Which gave them, for errors to name it.
    pub graph: &'a Graph,
    /// Columns and rows of the picture that was seen: twice those of the log odds.
    pub size: (usize, usize),
    /// Log odds and scores after each step.
    pub rounds: &'a [Vec<Tensor>],
}

impl Prompter {
    /// The prompter of `pack`, whose graphs `later` opens; it sees what the tracker sees where it has no `own` sight.
    ///
    /// # Errors
    /// [`ModelError`] when the pack has not got its graphs.
    pub fn new(pack: &Pack, later: LaterGraphs, own: Option<Sight>) -> Result<Self, ModelError> {
        GRAPHS[..1 + usize::from(own.is_some())].iter().try_for_each(|name| pack.expect_graph(name))?;
        Ok(Self { later, own, graphs: None, asked: None })
    }

    /// Its graphs, opened where they are not.
    fn graphs(&mut self) -> Result<&mut Graphs, ModelError> {
        let opened = match self.graphs.take() {
            Some(opened) => opened,
            None => {
                let mut graphs = self.later.open(&GRAPHS[..1 + usize::from(self.own.is_some())])?.into_iter();
                let missing = ModelError::Internal("swift: the prompter was not opened");
                let prompter = graphs.next().ok_or(missing)?;
                Graphs { prompter, encoder: graphs.next().zip(self.own) }
            }
        };
        Ok(self.graphs.insert(opened))
    }

    /// Log odds and scores after each step of the prompt. Steps that the last prompt had as well are not run again.
    pub fn answer(
        &mut self,
        seen: &Shown,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Answers<'_>, ModelError> {
        let view = self.graphs()?.view(seen)?;
        let size = view.size;
        let mut asked = match self.asked.take() {
            Some(asked) if asked.goes_on(&seen.frame, prompt, earlier) => asked,
            _ => Asked::new(&seen.frame, size, prompt, earlier),
        };
        let (shape, one) = ([1, 4, size.1 / 2, size.0 / 2], [1, 1, size.1 / 2, size.0 / 2]);
        let graph = &mut self.graphs()?.prompter;
        for step in asked.open(prompt) {
            asked.hint(step);
            let mut inputs = view.feeds();
            inputs.push(("hints", Feed::F32(&shape, asked.hints())));
            inputs.push(("earlier", Feed::F32(&one, asked.before())));
            asked.answered(graph.run(&inputs, &["logits", "scores"])?);
        }
        let asked = self.asked.insert(asked);
        let graph =
            &self.graphs.as_ref().ok_or(ModelError::Internal("swift: the prompter is gone"))?.prompter;
        Ok(Answers { graph, size, rounds: asked.rounds() })
    }
}

impl Graphs {
    /// What the prompter graph is given of a frame.
    fn view(&mut self, seen: &Shown) -> Result<Arc<View>, ModelError> {
        if let Some(known) = seen.known.get() {
            return Ok(Arc::clone(known));
        }
        let view = match &mut self.encoder {
            None => seen.tracker.clone(),
            Some((graph, sight)) => sight.see(graph, &seen.frame)?,
        };
        Ok(Arc::clone(seen.known.get_or_init(|| Arc::new(view))))
    }
}

impl Sight {
    /// What `graph` sees of a frame.
    fn see(self, graph: &mut Graph, frame: &Frame) -> Result<View, ModelError> {
        let (width, height) = size(self.long_side, self.multiple, (frame.width(), frame.height()));
        let small = resize::frame(frame, width, height);
        let image = cues::planes(&small);
        let shape = [1, 3, height as usize, width as usize];
        let found = graph.run(&[("image", Feed::F32(&shape, &image))], &FEATURES)?;
        if found.len() != FEATURES.len() {
            return Err(ModelError::Internal("swift: an output is missing"));
        }
        let features = FEATURES.into_iter().zip(found.into_iter().map(Arc::new)).collect();
        Ok(View::new((width as usize, height as usize), features))
    }
}

/// The size of the picture that graphs see of a frame: its longer side, and both multiples of `multiple`, in pixels.
pub(super) fn size(long_side: u32, multiple: u32, (width, height): (u32, u32)) -> (u32, u32) {
    let scale = f64::from(long_side) / f64::from(width.max(height).max(1));
    let side = |v: u32| {
        let cells = (f64::from(v) * scale / f64::from(multiple)).round() as u32;
        cells.clamp(2, long_side / multiple) * multiple
    };
    (side(width), side(height))
}
