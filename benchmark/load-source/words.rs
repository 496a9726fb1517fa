//! The texts of the events.

/// What is special about the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    /// All strings but those that the protocol enumerates are outside Latin-1.
    Wide,
    /// The payload of each event has a member that no other has.
    Unique,
}

/// The topics are of one length, so that all ids and stamps are found at the same place of a frame.
pub(crate) struct Words {
    pub(crate) id: &'static str,
    pub(crate) topic: &'static str,
    /// Of the events that nobody listens to.
    pub(crate) other_topic: &'static str,
    pub(crate) session: &'static str,
    pub(crate) statuses: [&'static str; 2],
    pub(crate) entry: &'static str,
    pub(crate) user: &'static str,
    pub(crate) table: &'static str,
    pub(crate) prose: &'static str,
}

impl Kind {
    pub(crate) fn words(self) -> &'static Words {
        if self == Self::Wide { &WIDE } else { &LATIN }
    }
}

const LATIN: Words = Words {
    id: "evt_",
    topic: "session.status",
    other_topic: "session.answer",
    session: "ses_",
    statuses: ["scheduled", "active"],
    entry: "answer",
    user: "usr_",
    table: "sessions",
    prose: "The proctor looked at the recording and found nothing to report. ",
};

const WIDE: Words = Words {
    id: "соб_",
    topic: "сессия.статус",
    other_topic: "сессия.ответы",
    session: "сес_",
    statuses: ["назначено", "активно"],
    entry: "ответ",
    user: "чел_",
    table: "сессии",
    prose: "Проктор просмотрел запись и не нашёл ничего необычного. ",
};
