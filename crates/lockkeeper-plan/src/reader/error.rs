//! Why an input is no plan that can be read.

/// What was found instead of a plan. Each message says what it is and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Reading failed before the end.
    #[error("the input cannot be read: {0}")]
    Unreadable(String),
    /// Nothing, or nothing but white space.
    #[error("the input is empty: make a plan with `terraform show -json FILE` and give that")]
    Empty,
    /// The binary plan file itself.
    #[error(
        "the input is a saved plan file, not its JSON: run `terraform show -json FILE` in the folder it was made in"
    )]
    SavedPlanFile,
    /// A gzip, zstd or similar file.
    #[error("the input is compressed ({0}): unpack it first")]
    Compressed(&'static str),
    /// Bytes that are no text.
    #[error("the input is no text: byte {offset} is neither UTF-8 nor UTF-16")]
    NotText {
        /// Where the first wrong byte stands.
        offset: usize,
    },
    /// Lines of a wrapper before the JSON.
    #[error(
        "line 1 is not JSON but `{line}`: a wrapper wrote into the output. Remove all lines before the JSON \
         ({count}), or call the tool without its wrapper"
    )]
    WrapperLines {
        /// The first line, shortened.
        line: String,
        /// How many lines stand before the JSON.
        count: usize,
    },
    /// Not JSON at all.
    #[error("the input is not JSON: it begins with `{0}`")]
    NotJson(String),
    /// JSON of another kind than an object.
    #[error("the input is {0}, and a plan is one JSON object")]
    NotAnObject(&'static str),
    /// The JSON ends too early.
    #[error("the input is cut off: the JSON ends in the middle, at line {line}, column {column}")]
    Truncated {
        /// The last line.
        line: usize,
        /// The last column.
        column: usize,
    },
    /// More than one JSON document, as `terragrunt run-all` writes.
    #[error("the input holds several JSON documents, the second at line {line}: give one plan at a time")]
    SeveralDocuments {
        /// Where the second document begins.
        line: usize,
    },
    /// Text after the end of the JSON.
    #[error("text follows the end of the JSON at line {line}: remove it")]
    TextAfterwards {
        /// Where the text begins.
        line: usize,
    },
    /// JSON that is nested deeper than any real plan.
    #[error("the JSON is nested too deeply ({place}): no plan is, so it is refused")]
    TooDeep {
        /// Where.
        place: String,
    },
    /// A key that stands twice in an object, which different readers take differently.
    #[error("a key stands twice in one object ({place}): readers would disagree on it, so it is refused")]
    DuplicateKey {
        /// Where, and which key.
        place: String,
    },
    /// A number that no program can hold.
    #[error("a number is too large to be read ({place})")]
    HugeNumber {
        /// Where.
        place: String,
    },
    /// JSON, but with a value of the wrong kind.
    #[error("the plan is malformed ({place})")]
    Malformed {
        /// Where, and what was expected.
        place: String,
    },
    /// A state instead of a plan.
    #[error("the input is {0}, not a plan: run `terraform plan -out FILE`, then `terraform show -json FILE`")]
    State(&'static str),
    /// A JSON object that is something else.
    #[error("the JSON is no plan: it has neither `resource_changes` nor `planned_values` (its keys: {keys})")]
    NotAPlan {
        /// The first keys of the object.
        keys: String,
    },
    /// A major version of the format that is not known.
    #[error("the plan has format version `{0}`, and only 0.x and 1.x are known: update Lockkeeper")]
    UnsupportedVersion(String),
    /// The list of changes was cut out.
    #[error(
        "the plan names planned objects ({planned}) but has no `resource_changes`: it was trimmed, and what it would \
         do cannot be told. Give the whole output of `terraform show -json`"
    )]
    NoResourceChanges {
        /// How many objects are planned.
        planned: usize,
    },
    /// Planning failed.
    #[error(
        "planning failed (`errored` is true): what the plan lists is not all that would happen. Mend it and plan again"
    )]
    PlanningFailed,
}

impl ReadError {
    /// A stable identifier of the kind of error, for problem documents.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Empty => "empty",
            Self::SavedPlanFile => "saved-plan-file",
            Self::Compressed(_) => "compressed",
            Self::NotText { .. } => "not-text",
            Self::WrapperLines { .. } => "wrapper-lines",
            Self::NotJson(_) => "not-json",
            Self::NotAnObject(_) => "not-an-object",
            Self::Truncated { .. } => "truncated",
            Self::SeveralDocuments { .. } => "several-documents",
            Self::TextAfterwards { .. } => "text-afterwards",
            Self::TooDeep { .. } => "too-deep",
            Self::DuplicateKey { .. } => "duplicate-key",
            Self::HugeNumber { .. } => "huge-number",
            Self::Malformed { .. } => "malformed",
            Self::State(_) => "state",
            Self::NotAPlan { .. } => "not-a-plan",
            Self::UnsupportedVersion(_) => "unsupported-version",
            Self::NoResourceChanges { .. } => "no-resource-changes",
            Self::PlanningFailed => "planning-failed",
        }
    }
}
