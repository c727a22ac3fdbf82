//! What was noticed along a track.

/// Something that happened on the way to a frame and that an artist has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noticed {
    /// What.
    pub what: Happening,
    /// The frame where it happened.
    pub time: i64,
}

/// What can happen to an object on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Another shot begins at the frame. Nothing is tracked beyond it.
    Cut = 1,
    /// It went out of the frame and was not found again.
    Left = 2,
    /// It is hidden, or what was found does not look like it.
    Hidden = 3,
}

impl Happening {
    /// Of its number; none of another.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        [Self::Cut, Self::Left, Self::Hidden].into_iter().find(|what| *what as u8 == number)
    }
}

impl Noticed {
    /// Whether the object is in another shot than the frame.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.what == Happening::Cut
    }

    /// Whether there is something to be done about it.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.is_cut()
    }

    /// What an artist is told of it in the frame at `time`.
    #[must_use]
    pub fn told(&self, object: &str, time: i64) -> String {
        let at = self.time;
        match self.what {
            Happening::Cut if time < at => {
                format!(
                    "object {object}: the shot cuts at frame {at}: prompt the object before the cut to go on"
                )
            }
            Happening::Cut => {
                format!("object {object}: the shot cuts at frame {at}: prompt the object there to go on")
            }
            Happening::Left => format!(
                "object {object} left the picture at frame {at} and was not found again: prompt it where it comes back"
            ),
            Happening::Hidden => format!(
                "object {object} is not found from frame {at} on: prompt it where it can be seen again"
            ),
        }
    }
}
