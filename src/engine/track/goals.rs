//! What a frame lacks, what is known of it, and which frames it depends on.

use super::missing::Missing;
use crate::engine::chain::{self, Resolver, Unknown, too_far};
use crate::engine::digest::Digest;
use crate::engine::lane::{Goal, Target};
use crate::engine::plan::Anchors;
use crate::job::FrameState;

/// What one object lacks.
pub struct Lacking {
    /// What is to be computed.
    pub goal: Goal,
    /// What it is known by, when the frame itself needs it.
    pub result: Option<Digest>,
}

/// What is known of a frame.
pub fn state(resolvers: &[Resolver], time: i64) -> FrameState {
    let kept = |resolver: &Resolver, found: Result<Digest, Unknown>| found.is_ok_and(|d| resolver.has(&d));
    let tracked = |resolver: &Resolver| match resolver.plan.around(time) {
        Anchors::On(keyframe) => {
            resolver.plan.keyframes[keyframe].given().is_some() || kept(resolver, resolver.key(keyframe))
        }
        around => around.keys().all(|key| kept(resolver, resolver.reach(key, time).map(|r| r.wanted))),
    };
    let tracked = resolvers.iter().all(tracked);
    FrameState {
        tracked,
        pinned: resolvers.iter().any(|r| matches!(r.plan.around(time), Anchors::On(_))),
        confidence: tracked.then(|| resolvers.iter().map(|r| confidence(r, time)).fold(1.0, f32::min)),
    }
}

/// The confidence in an object of a tracked frame, as the frame itself has it. What is lost meanwhile is not sure at all.
fn confidence(resolver: &Resolver, time: i64) -> f32 {
    let found = match resolver.plan.around(time) {
        Anchors::On(keyframe) if resolver.plan.keyframes[keyframe].given().is_some() => Some(1.0),
        Anchors::On(keyframe) => resolver.key(keyframe).ok().and_then(|d| resolver.supply().confidence(&d)),
        around => chain::confidence(resolver, around, time),
    };
    found.unwrap_or(0.0)
}

/// What has to be computed for the frame at `time`.
///
/// # Errors
/// [`Missing::Frame`] where nothing can be computed before a frame is seen; [`Missing::Failed`] where that is too far
/// from its prompt.
pub fn goals(resolvers: &[Resolver], time: i64) -> Result<Vec<Lacking>, Missing> {
    let mut goals = Vec::new();
    let (mut unseen, mut far) = (None, None);
    for (object, resolver) in resolvers.iter().enumerate() {
        let around = resolver.plan.around(time);
        let mut lacks = |found: Result<Option<(Target, Digest)>, Unknown>| match found {
            Ok(None) => {}
            Ok(Some((target, result))) => {
                goals.push(Lacking { goal: Goal { object, target }, result: Some(result) });
            }
            Err(Unknown::Frame(time)) => unseen = unseen.or(Some(time)),
            Err(Unknown::Behind(reach)) => {
                let goal = Goal { object, target: Target::Chain(reach) };
                goals.push(Lacking { goal, result: None });
            }
            Err(Unknown::Far { time, from }) => far = Some(too_far(time, from)),
        };
        if let Anchors::On(keyframe) = around {
            if resolver.plan.keyframes[keyframe].given().is_none() {
                let key = resolver.key(keyframe);
                lacks(key.map(|k| (!resolver.has(&k)).then_some((Target::Keyframe(keyframe), k))));
            }
            continue;
        }
        for key in around.keys() {
            lacks(resolver.reach(key, time).map(|reach| {
                let result = reach.wanted;
                (!resolver.has(&result)).then_some((Target::Chain(reach), result))
            }));
        }
    }
    if let Some(error) = far {
        return Err(error.into());
    }
    // Steps first, so that all objects come to the frame that is fetched next.
    match unseen {
        Some(time) if goals.is_empty() => Err(Missing::Frame(time)),
        _ => Ok(goals),
    }
}

/// The first and the last frame that the one at `time` depends on.
pub fn path(resolvers: &[Resolver], time: i64) -> (i64, i64) {
    let (mut first, mut last) = (time, time);
    for resolver in resolvers {
        let keyframes = &resolver.plan.keyframes;
        let of = |around: Anchors| match around {
            Anchors::On(keyframe) => vec![keyframe],
            around => around.keys().collect(),
        };
        let mut open = of(resolver.plan.around(time));
        let mut met = vec![false; keyframes.len()];
        while let Some(keyframe) = open.pop() {
            if std::mem::replace(&mut met[keyframe], true) {
                continue;
            }
            (first, last) = (first.min(keyframes[keyframe].time), last.max(keyframes[keyframe].time));
            open.extend(resolver.plan.remembered(keyframe));
            open.extend(keyframes[keyframe].earlier.map(of).into_iter().flatten());
        }
    }
    (first, last)
}
