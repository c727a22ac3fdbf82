//! From a mask to a soft, stable edge.
