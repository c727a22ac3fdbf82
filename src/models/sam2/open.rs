//! Opening a pack of this family.

use super::ailia::Ailia;
use super::constants::Constants;
use super::cpp::Cpp;
use super::native::Native;
use super::network::Network;
use super::parts::Layout;
use super::still::Still;
use crate::job::Device;
use crate::models::ModelError;
use crate::models::pack::Pack;
use crate::models::runtime::Placement;

/// The families' names in a manifest. They differ in their graphs and constants alone.
pub(in crate::models) const FAMILIES: [&str; 2] = ["sam2", "edgetam"];

/// What a user has to know of a pack of this family whose tracks are not what the reference gives,
/// being of a form that leaves something out.
#[must_use]
pub fn remark(pack: &Pack) -> Option<String> {
    if pack.expect_family(&FAMILIES).is_err() {
        return None;
    }
    let constants: Constants = pack.constants().ok()?;
    constants.layout.remark().map(|said| format!("{} {said}", pack.manifest().name))
}

/// The graphs of a pack, whatever their layout.
pub(super) fn open_network(
    pack: &Pack,
    constants: &Constants,
    device: Device,
    threads: usize,
) -> Result<(Box<dyn Network>, Placement), ModelError> {
    let pointer = constants.no_object_pointer.len();
    match (constants.layout, &constants.parts) {
        (Layout::Ailia, Some(parts)) => {
            let lengths = (pointer, constants.memories);
            let (network, placement) = Ailia::open(pack, parts.clone(), lengths, device, threads)?;
            Ok((Box::new(network), placement))
        }
        (Layout::Cpp, Some(parts)) => {
            let (network, placement) = Cpp::open(pack, parts.clone(), constants, device, threads)?;
            Ok((Box::new(network), placement))
        }
        (Layout::Still, _) => {
            let (network, placement) = Still::open(pack, pointer, device, threads)?;
            Ok((Box::new(network), placement))
        }
        (Layout::Native | Layout::Ailia | Layout::Cpp, _) => {
            let (network, placement) = Native::open(pack, pointer, device, threads)?;
            Ok((Box::new(network), placement))
        }
    }
}
