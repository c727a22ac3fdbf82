//! The effect "AI Roto": parameter table, describe, instance, render.
