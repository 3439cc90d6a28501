//! Approvals, bound to the digest of the plan that was seen (spec 1.3).
