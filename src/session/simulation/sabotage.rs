//! Defects put in place of the session's behaviour: they show that each check of the simulation can
//! fail.

/// A defect that the simulation must notice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sabotage {
    LoseEvent,
    RepeatEvent,
    LoseSubscription,
    LoseUnsubscription,
    LoseJoin,
    LoseGap,
    LoseOverflow,
    LoseOutcome,
    RepeatOutcome,
    ResumeRefused,
    LosePongs,
    FakePongs,
}

impl Sabotage {
    pub(super) const ALL: [Self; 12] = [
        Self::LoseEvent,
        Self::RepeatEvent,
        Self::LoseSubscription,
        Self::LoseUnsubscription,
        Self::LoseJoin,
        Self::LoseGap,
        Self::LoseOverflow,
        Self::LoseOutcome,
        Self::RepeatOutcome,
        Self::ResumeRefused,
        Self::LosePongs,
        Self::FakePongs,
    ];

    /// A part of the panic message that the defect must cause.
    pub(super) const fn symptom(self) -> &'static str {
        match self {
            Self::LoseEvent => "arrived and was not delivered",
            Self::RepeatEvent => "delivered twice",
            Self::LoseSubscription | Self::LoseUnsubscription => "subscriptions on the server",
            Self::LoseJoin => "channels on the server",
            Self::LoseGap => "lost and no gap reports it",
            Self::LoseOverflow => "dropped and no gap reports it",
            Self::LoseOutcome => "calls without an outcome",
            Self::RepeatOutcome => "a second outcome",
            Self::ResumeRefused => "was refused and comes again",
            Self::LosePongs => "dead and not closed",
            Self::FakePongs => "alive and closed",
        }
    }
}
