//! Prompts, objects, the propagation plan, memory checkpoints and the track store.
