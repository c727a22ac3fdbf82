//! The channel for the answer, as the only one of a message.
//!
//! `ipc-channel` counts the channels of a message and panics where one is named that did not come with it. An order
//! has one channel, so that its number is 0; any other is an error like any other damage.

use ipc_channel::ipc::IpcSender;
use serde::de::{Error as _, IntoDeserializer as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes the channel.
///
/// # Errors
/// The serializer's.
pub fn serialize<T: Serialize, S: Serializer>(
    sender: &IpcSender<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    sender.serialize(serializer)
}

/// Reads the channel.
///
/// # Errors
/// The deserializer's, and one for a number that is not 0.
pub fn deserialize<'de, T: Serialize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<IpcSender<T>, D::Error> {
    let number = usize::deserialize(deserializer)?;
    if number != 0 {
        return Err(D::Error::custom(format!("it names channel {number}, expected 0")));
    }
    IpcSender::deserialize(number.into_deserializer())
}
